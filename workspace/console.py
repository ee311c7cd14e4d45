"""What the user reads. Standard library only: the bootstrap stage uses it before `env/` exists."""

from __future__ import annotations

import sys
from typing import NoReturn

_COLOURS = {"green": "32", "yellow": "33", "red": "31", "grey": "90", "bold": "1"}


def paint(text: str, colour: str) -> str:
	"""`text` in a colour if a terminal shows it."""
	if not sys.stdout.isatty():
		return text
	return f"\033[{_COLOURS[colour]}m{text}\033[0m"


def say(text: str) -> None:
	"""Print a line at once, whatever stands between us and the terminal."""
	print(text, flush=True)


class WorkspaceError(Exception):
	"""Something the user must know or do; shown as one line, without a traceback."""


def fail(error: object) -> NoReturn:
	"""End with one clear line."""
	print(paint(f"error: {error}", "red"), file=sys.stderr, flush=True)
	raise SystemExit(1)
