"""The first stage, standard library only: Debian packages and `env/`; then the same command line in `env/`'s Python."""

from __future__ import annotations

import fcntl
import os
import signal
import sys

from workspace import debian, exclusive, python_env
from workspace.console import WorkspaceError, fail, say
from workspace.paths import PYTHON, ROOT, VAR
from workspace.steps import Steps, digest

OLDEST_PYTHON = (3, 10)
#: Words after `./run` that look at a bench or use it, but never make it.
LOOKING = {"stop", "status", "shell", "bench", "pictures"}
USING_TEST_BENCH = {"benchmarks"}


def main() -> None:
	# Build services set CI for what they run. Frappe's workers take it for their own test mode, in which no mail is sent.
	os.environ.pop("CI", None)
	# Containers often forbid bytecode, to stay small; every process would compile all of Frappe again, for seconds.
	os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
	os.environ.setdefault("PYTHONPYCACHEPREFIX", str(VAR / "bytecode"))
	# A TERM (`kill`, `./run stop`, a service manager) ends us in order, as Ctrl-C does. INT is set as well, for a shell
	# starts background commands with it ignored.
	for number in (signal.SIGINT, signal.SIGTERM):
		signal.signal(number, signal.default_int_handler)
	try:
		_check_python()
		word = sys.argv[2] if len(sys.argv) > 2 else ""
		if sys.argv[1] == "run" and word in LOOKING:
			if not PYTHON.exists():
				raise WorkspaceError("nothing is set up yet: start ./run first")
		elif sys.argv[1] == "run" and {"-h", "--help"} & set(sys.argv[2:]) and PYTHON.exists():
			pass
		else:
			uses_tests = sys.argv[1] == "test" or word in USING_TEST_BENCH
			exclusive.hold("test" if uses_tests else "run")
			prepare()
	except WorkspaceError as error:
		fail(error)
	except KeyboardInterrupt:
		fail("interrupted")
	except OSError as error:
		fail(f"{error.strerror}: {error.filename}" if error.filename else error)
	os.chdir(ROOT)
	os.execv(PYTHON, [str(PYTHON), "-m", "workspace.cli", *sys.argv[1:]])


def _check_python() -> None:
	if sys.version_info < OLDEST_PYTHON:
		raise WorkspaceError("Python 3.10 or newer is needed")


def prepare() -> None:
	"""Debian packages and env/, by one process at a time."""
	with open(VAR / "setup.lock", "w") as lock:
		try:
			fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
		except BlockingIOError:
			say("  . waiting for another set-up in this folder to end")
			fcntl.flock(lock, fcntl.LOCK_EX)
		steps = Steps()
		packages = digest(repr(debian.PACKAGES), *debian.missing_programs())
		steps.run("debian", "install Debian packages", packages, debian.install_missing)
		steps.run("python", "install Python packages", python_env.inputs(), python_env.make, (PYTHON,))
