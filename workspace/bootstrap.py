"""The first stage, standard library only: Debian packages and `env/`; then the same command line in `env/`'s Python."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

from workspace import debian, python_env
from workspace.console import WorkspaceError, fail, say
from workspace.paths import PYTHON, ROOT, VAR
from workspace.steps import Steps, digest

OLDEST_PYTHON = (3, 10)
#: Subcommands of `./run` that look at a bench or use it, but never make it.
LOOKING = {"stop", "status", "shell", "bench", "-h", "--help"}


def main() -> None:
	try:
		if sys.version_info < OLDEST_PYTHON:
			raise WorkspaceError("Python 3.10 or newer is needed")
		if not (sys.argv[1:2] == ["run"] and LOOKING & set(sys.argv[2:3])):
			prepare()
		elif not PYTHON.exists():
			raise WorkspaceError("nothing is set up yet: start ./run first")
	except WorkspaceError as error:
		fail(error)
	except KeyboardInterrupt:
		fail("interrupted")
	except OSError as error:
		fail(f"{error.strerror}: {error.filename}" if error.filename else error)
	os.chdir(ROOT)
	os.execv(PYTHON, [str(PYTHON), "-m", "workspace.cli", *sys.argv[1:]])


def prepare() -> None:
	"""Debian packages and env/, by one process at a time."""
	VAR.mkdir(exist_ok=True)
	with open(VAR / "setup.lock", "w") as lock:
		try:
			fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			say("  . waiting for another set-up in this folder to end")
			fcntl.flock(lock, fcntl.LOCK_EX)
		steps = Steps()
		programs = digest(Path(debian.__file__), *debian.missing_programs())
		steps.run("debian", "install Debian packages", programs, debian.install_missing)
		steps.run("python", "install Python packages", python_env.inputs(), python_env.make, (PYTHON,))
