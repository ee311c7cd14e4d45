"""`./run` and `./test` as a user meets them; in a copy, so that nothing real is touched."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from workspace.paths import ROOT, WORKSPACE
from workspace.processes import MARKER


@pytest.fixture
def copy(tmp_path: Path) -> Path:
	"""The repository's scripts without anything set up."""
	for name in ("run", "test"):
		shutil.copy2(ROOT / name, tmp_path / name)
	shutil.copytree(WORKSPACE, tmp_path / "workspace", ignore=shutil.ignore_patterns("node_modules", "tests"))
	return tmp_path


def call(copy: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
	environment = {name: value for name, value in os.environ.items() if name not in (MARKER, "PYTHONPATH")}
	return subprocess.run(
		words, cwd=copy, capture_output=True, text=True, env={**environment, **env}, timeout=120, check=False
	)


def assert_one_line(done: subprocess.CompletedProcess[str], words: str) -> None:
	assert done.returncode == 1
	assert re.search(words, done.stderr), done.stderr
	assert len(done.stderr.strip().splitlines()) == 1, done.stderr
	assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(("script", "lock"), [("./run", "run"), ("./test", "test")])
def test_a_second_start_is_one_clear_line_and_a_killed_first_does_not_block(copy: Path, script: str, lock: str):
	program = f"import time; from workspace import exclusive; exclusive.hold({lock!r}); print('held', flush=True); time.sleep(60)"
	first = subprocess.Popen([sys.executable, "-c", program], cwd=copy, stdout=subprocess.PIPE, text=True)
	assert first.stdout and first.stdout.readline() == "held\n"
	try:
		assert_one_line(call(copy, script), rf"error: .* \(pid {first.pid}\)")
	finally:
		first.send_signal(signal.SIGKILL)
		first.wait(10)
	ask = f"from workspace import exclusive; print(exclusive.holder({lock!r}))"
	assert call(copy, sys.executable, "-c", ask).stdout == "None\n"


def test_mark_of_a_build_service_does_not_reach_frappe_which_would_send_no_mail(copy: Path):
	(copy / "env/bin").mkdir(parents=True)
	python = copy / "env/bin/python"
	python.write_text('#!/bin/sh\necho "CI is ${CI-not set}"\n')
	python.chmod(0o755)
	assert call(copy, "./run", "status", CI="true").stdout == "CI is not set\n"


@pytest.mark.parametrize("word", ["status", "stop", "bench", "shell"])
def test_looking_before_anything_is_set_up_is_one_clear_line(copy: Path, word: str):
	assert_one_line(call(copy, "./run", word), "nothing is set up yet")


def test_an_unreachable_registry_is_one_clear_line(copy: Path):
	nowhere = "http://127.0.0.1:9/simple"
	settings = {"PIP_INDEX_URL": nowhere, "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
	assert_one_line(call(copy, "./run", **settings), "the package registry cannot be reached")


def test_ctrl_c_during_set_up_ends_the_step_it_was_at(copy: Path):
	slow = copy / "bin"
	slow.mkdir()
	(copy / "workspace" / "python_env.py").write_text(
		"from workspace.commands import run_logged\n"
		"def inputs(): return '1'\n"
		"def make(): run_logged(['sh', '-c', 'sleep 62.5; true'], 'slow')\n"
	)
	process = subprocess.Popen(["./run"], cwd=copy, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
	assert process.stdout
	while "Python" not in process.stdout.readline():
		assert process.poll() is None
	time.sleep(0.5)
	process.send_signal(signal.SIGINT)
	_output, errors = process.communicate(timeout=20)
	assert "Traceback" not in errors
	left = [found for found in psutil.process_iter(["cmdline"]) if "62.5" in " ".join(found.info["cmdline"] or [])]
	assert left == []


def test_ci_calls_test_and_nothing_else():
	lines = (ROOT / ".ci" / "run").read_text().splitlines()
	commands = [line for line in lines if line and not line.startswith("#")]
	assert commands == ['exec "$(dirname "$0")/../test"']
	assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_no_file_of_the_workspace_outgrows_its_reader():
	files = [*WORKSPACE.rglob("*.py"), *(WORKSPACE / "assets").glob("*.mjs")]
	long = [
		file.name for file in files if "node_modules" not in file.parts and len(file.read_text().splitlines()) > 400
	]
	assert long == []
