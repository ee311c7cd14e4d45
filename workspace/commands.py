"""Other programs, run quietly: output goes to a log, its tail is shown on failure. Standard library only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from workspace.console import WorkspaceError
from workspace.paths import ROOT, VAR

_TAIL = 15
_OUTAGES = (
	"Temporary failure in name resolution",
	"Failed to establish a new connection",
	"Could not resolve",
	"ENOTFOUND",
	"EAI_AGAIN",
	"ECONNREFUSED",
	"ETIMEDOUT",
	"Max retries exceeded",
)


def run_logged(
	command: Sequence[str | Path],
	log: str,
	*,
	cwd: Path = ROOT,
	env: Mapping[str, str] | None = None,
	secrets: Sequence[str] = (),
) -> str:
	"""Run `command` with its output in `var/log/LOG.log`; returns the output.

	Raises WorkspaceError with the log's last lines; `secrets` are blotted out of what is shown and kept.
	"""
	path = VAR / "log" / f"{log}.log"
	path.parent.mkdir(parents=True, exist_ok=True)
	environment = {**os.environ, **(env or {})}
	with open(path, "w+", encoding="utf-8", errors="replace") as stream:
		try:
			done = subprocess.run(
				[str(part) for part in command],
				cwd=cwd,
				env=environment,
				stdin=subprocess.DEVNULL,
				stdout=stream,
				stderr=subprocess.STDOUT,
				check=False,
			)
		except FileNotFoundError as error:
			raise WorkspaceError(f"{error.filename} is missing") from error
	output = path.read_text(encoding="utf-8", errors="replace")
	for secret in secrets:
		output = output.replace(secret, "***")
	if secrets:
		path.write_text(output, encoding="utf-8")
	if done.returncode == 0:
		return output
	raise WorkspaceError(explain(f"{Path(str(command[0])).name} failed ({log})", output, path))


def explain(what: str, output: str, path: Path) -> str:
	"""One line where the cause is known, else the end of the log."""
	if "No space left on device" in output or "ENOSPC" in output:
		return f"{what}: no space left on the disk"
	if any(sign in output for sign in _OUTAGES):
		return f"{what}: the package registry cannot be reached (see {path.relative_to(ROOT)})"
	tail = "\n    ".join(output.splitlines()[-_TAIL:])
	return f"{what}; the end of {path.relative_to(ROOT)}:\n    {tail}"
