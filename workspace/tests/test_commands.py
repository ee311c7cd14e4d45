"""Other programs: quiet while they work, one clear line when they do not, gone when we are."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from workspace import commands, exclusive
from workspace.commands import explain, run_logged
from workspace.console import WorkspaceError
from workspace.paths import ROOT


@pytest.fixture(autouse=True)
def log_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
	monkeypatch.setattr(commands, "VAR", tmp_path)
	monkeypatch.setattr(commands, "ROOT", tmp_path)
	return tmp_path / "log"


def test_a_failure_shows_the_end_of_the_log_without_secrets(tmp_path: Path, log_folder: Path):
	with pytest.raises(WorkspaceError) as caught:
		run_logged(["sh", "-c", "seq 100; echo pass=hunter2; exit 3"], "it", cwd=tmp_path, secrets=["hunter2"])
	assert "\n    100\n    pass=***" in str(caught.value)
	assert "\n    50\n" not in str(caught.value)
	assert "hunter2" not in (log_folder / "it.log").read_text()


def test_a_missing_program_is_named(tmp_path: Path):
	with pytest.raises(WorkspaceError, match="no-such-program is missing"):
		run_logged(["no-such-program"], "it", cwd=tmp_path)


@pytest.mark.parametrize(
	("output", "words"),
	[
		("…\nOSError: [Errno 28] No space left on device\n…", "no space left on the disk"),
		("npm error code ENOTFOUND\nnpm error network", "the package registry cannot be reached"),
		("error sending request for url (…)", "the package registry cannot be reached"),
		("Failed to establish a new connection: [Errno 111]", "the package registry cannot be reached"),
	],
)
def test_a_known_cause_is_one_line(tmp_path: Path, output: str, words: str):
	message = explain("pip failed", output, tmp_path / "log" / "pip.log", fetches=True)
	assert words in message
	assert "\n" not in message


def test_a_command_ends_with_its_killed_parent(tmp_path: Path):
	program = "from workspace.commands import run_logged; run_logged(['sleep', '61.25'], 'sleep-test')"
	parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
	try:
		child = wait_for_child(parent.pid, "61.25")
	finally:
		parent.send_signal(signal.SIGKILL)
		parent.wait(10)
	psutil.wait_procs([child], timeout=5)
	assert not child.is_running()


def wait_for_child(pid: int, word: str) -> psutil.Process:
	for _ in range(100):
		for child in psutil.Process(pid).children():
			if word in child.cmdline():
				return child
		time.sleep(0.1)
	raise AssertionError("the command did not start")


def test_what_a_killed_step_started_is_ended_by_the_next_start():
	"""The parent's death ends the command, not what the command had started: the next holder of the lock does."""
	program = "from workspace.commands import run_logged; run_logged(['sh', '-c', 'sleep 63.75; true'], 'sleep-test')"
	mark = {exclusive.STEP_MARK: f"{ROOT}:toy"}
	parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **mark})
	shell = wait_for_child(parent.pid, "sleep 63.75; true")
	sleep = wait_for_child(shell.pid, "63.75")
	parent.send_signal(signal.SIGKILL)
	parent.wait(10)
	assert sleep.is_running()
	exclusive.end_leftovers("toy")
	psutil.wait_procs([sleep], timeout=5)
	assert not sleep.is_running()
