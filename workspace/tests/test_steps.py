"""Steps: skipped only while nothing has changed, due again after a failure or a kill."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workspace.paths import ROOT
from workspace.steps import Steps, digest, write_atomically


@pytest.fixture
def steps(tmp_path: Path) -> Steps:
	return Steps(tmp_path / "stamps")


def test_a_step_runs_once_while_its_inputs_are_unchanged(steps: Steps):
	done: list[int] = []
	assert steps.run("a", "step a", "1", lambda: done.append(1))
	assert not steps.run("a", "step a", "1", lambda: done.append(2))
	assert steps.run("a", "step a", "2", lambda: done.append(3))
	assert done == [1, 3]


def test_a_step_runs_again_if_its_product_is_gone(steps: Steps, tmp_path: Path):
	product = tmp_path / "product"
	assert steps.run("a", "step a", "1", product.touch, (product,))
	product.unlink()
	assert steps.run("a", "step a", "1", product.touch, (product,))


def test_a_failed_step_leaves_no_stamp(steps: Steps):
	with pytest.raises(ZeroDivisionError):
		steps.run("a", "step a", "1", lambda: 1 / 0)
	assert steps.recorded("a") is None


def test_a_killed_step_leaves_no_stamp(steps: Steps, tmp_path: Path):
	program = (
		"import sys, time; from pathlib import Path; from workspace.steps import Steps\n"
		"Steps(Path(sys.argv[1])).run('a', 'step a', '1', lambda: time.sleep(60))"
	)
	process = subprocess.Popen(
		[sys.executable, "-c", program, str(steps.folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
	)
	assert process.stdout and "step a" in process.stdout.readline()
	process.send_signal(signal.SIGKILL)
	process.wait(10)
	assert steps.recorded("a") is None
	assert steps.run("a", "step a", "1", lambda: None)


def test_digest_sees_content_names_and_order_of_texts(tmp_path: Path):
	folder = tmp_path / "folder"
	folder.mkdir()
	(folder / "a.py").write_text("1")
	first = digest(folder)
	(folder / "a.py").write_text("2")
	second = digest(folder)
	(folder / "a.py").rename(folder / "b.py")
	third = digest(folder)
	assert len({first, second, third}) == 3
	assert digest("a", "bc") != digest("ab", "c")


def test_digest_ignores_what_building_and_running_leave_behind(tmp_path: Path):
	(tmp_path / "a.py").write_text("1")
	before = digest(tmp_path)
	for name in ("__pycache__/a.pyc", "dist/a.js", "node_modules/b.js"):
		file = tmp_path / name
		file.parent.mkdir()
		file.write_text("x")
	assert digest(tmp_path) == before


def test_digest_is_the_same_after_a_touch(tmp_path: Path):
	(tmp_path / "a").write_text("1")
	before = digest(tmp_path)
	later = time.time() + 100
	os.utime(tmp_path / "a", (later, later))
	assert digest(tmp_path) == before


def test_write_atomically_keeps_the_old_text_if_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
	file = tmp_path / "file"
	write_atomically(file, "old")

	def full(_descriptor: int) -> None:
		raise OSError(28, "No space left on device")

	monkeypatch.setattr(os, "fsync", full)
	with pytest.raises(OSError):
		write_atomically(file, "new")
	assert file.read_text() == "old"


def test_write_atomically_sets_the_mode_whatever_the_umask(tmp_path: Path):
	before = os.umask(0)
	try:
		write_atomically(tmp_path / "secret", "x", mode=0o600)
	finally:
		os.umask(before)
	assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
