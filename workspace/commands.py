"""Other programs, run quietly: output goes to a log, its tail is shown on failure. Standard library only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from workspace.console import WorkspaceError, say
from workspace.paths import ROOT, VAR

_TAIL = 15
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_OUTAGES = (
	"Temporary failure in name resolution",
	"Failed to establish a new connection",
	"Could not resolve",
	"ENOTFOUND",
	"EAI_AGAIN",
	"ECONNREFUSED",
	"ETIMEDOUT",
	"Max retries exceeded",
	"(from versions: none)",
	"error sending request for url",
	"Unable to fetch some archives",
	"Connection refused",
	"Network is unreachable",
)


def run_logged(
	command: Sequence[str | Path],
	log: str,
	*,
	cwd: Path = ROOT,
	env: Mapping[str, str] | None = None,
	secrets: Sequence[str] = (),
	fetches: bool = False,
	progress: bool = False,
) -> str:
	"""Run `command` with its output in `var/log/LOG.log`; returns the output.

	`secrets` are blotted out of what is shown and kept. `fetches`: the command needs a registry, so a network's failure
	is explained as that. `progress`: show its lines that tell a percentage.
	Raises WorkspaceError with the log's last lines.
	"""
	path = VAR / "log" / f"{log}.log"
	path.parent.mkdir(parents=True, exist_ok=True)
	environment = {**os.environ, **(env or {})}
	with open(path, "w", encoding="utf-8") as stream:
		try:
			process = subprocess.Popen(
				[str(part) for part in command],
				cwd=cwd,
				env=environment,
				stdin=subprocess.DEVNULL,
				stdout=subprocess.PIPE,
				stderr=subprocess.STDOUT,
				text=True,
				encoding="utf-8",
				errors="replace",
				start_new_session=True,
				preexec_fn=_end_with_parent,
			)
		except FileNotFoundError as error:
			raise WorkspaceError(f"{error.filename} is missing") from error
		try:
			assert process.stdout
			for line in process.stdout:
				for secret in secrets:
					line = line.replace(secret, "***")
				stream.write(line)
				stream.flush()
				if progress and " % " in line:
					say(f"    {line.rstrip()}")
			returncode = process.wait()
		except BaseException:
			# Ctrl-C or a signal: the command has a session of its own, with all it has started.
			_end_group(process)
			raise
	output = path.read_text(encoding="utf-8")
	if returncode == 0:
		return output
	raise WorkspaceError(explain(f"{Path(str(command[0])).name} failed ({log})", output, path, fetches))


def _end_with_parent() -> None:
	"""Runs in the child: a killed `./run` must not leave a step at work that the next one starts again."""
	_LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_group(process: subprocess.Popen[str]) -> None:
	for number in (signal.SIGTERM, signal.SIGKILL):
		with contextlib.suppress(ProcessLookupError):
			os.killpg(process.pid, number)
		with contextlib.suppress(subprocess.TimeoutExpired):
			process.wait(5)
			return


def explain(what: str, output: str, path: Path, fetches: bool = False) -> str:
	"""One line where the cause is known, else the end of the log."""
	if "No space left on device" in output or "ENOSPC" in output:
		return f"{what}: no space left on the disk"
	if fetches and any(sign in output for sign in _OUTAGES):
		return f"{what}: the package registry cannot be reached (see {path.relative_to(ROOT)})"
	tail = "\n    ".join(output.splitlines()[-_TAIL:])
	return f"{what}; the end of {path.relative_to(ROOT)}:\n    {tail}"
