"""One at a time: locks that live as long as the process, through exec. Standard library only."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
from pathlib import Path

from workspace.console import WorkspaceError
from workspace.paths import ROOT, VAR

#: In the environment of every step's command, and so of all it starts: which lock its `./run` or `./test` held.
STEP_MARK = "CS_WORKSPACE_STEP"

#: What holds each lock.
HOLDERS = {
	"run": "./run is already at work in this folder",
	"test": "the tests' bench is in use (./test or ./run benchmarks)",
}


def lock_file(name: str) -> Path:
	return VAR / f"{name}.lock"


def hold(name: str) -> None:
	"""Take the lock for good, or say who has it. The descriptor stays open, and is inherited by exec only."""
	VAR.mkdir(exist_ok=True)
	descriptor = os.open(lock_file(name), os.O_RDWR | os.O_CREAT, 0o644)
	try:
		fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
	except BlockingIOError as error:
		raise WorkspaceError(f"{HOLDERS[name]} (pid {holder(name)})") from error
	os.ftruncate(descriptor, 0)
	os.write(descriptor, f"{os.getpid()}\n".encode())
	os.set_inheritable(descriptor, True)
	os.environ[STEP_MARK] = f"{ROOT}:{name}"
	end_leftovers(name)


def end_leftovers(name: str) -> None:
	"""Kill what a killed holder's steps still do. Whoever holds the lock now has not started any step yet.

	Safe at any point: a step's result counts only once its stamp is written.
	"""
	mark = f"{STEP_MARK}={ROOT}:{name}".encode()
	for folder in Path("/proc").glob("[0-9]*"):
		pid = int(folder.name)
		if pid == os.getpid():
			continue
		with contextlib.suppress(OSError):
			if mark in (folder / "environ").read_bytes().split(b"\0"):
				os.kill(pid, signal.SIGKILL)


def holder(name: str) -> int | None:
	"""Process that has the lock, if any: the kernel forgets a lock with its process, however that ends."""
	try:
		with open(lock_file(name)) as stream:
			fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
	except FileNotFoundError:
		return None
	except BlockingIOError:
		return int(lock_file(name).read_text() or 0)
	return None
