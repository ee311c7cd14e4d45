"""Steps of set-up: shown with their time, skipped while their inputs are unchanged, safe to kill.

A step's stamp holds the hash of its inputs and is renamed into place only after the step's work is done. So a step
that was killed has no stamp, or its former one with another hash, and runs again; its action must bear that.
Standard library only: the bootstrap stage uses it before `env/` exists.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from workspace.console import paint, say
from workspace.paths import VAR

_SKIPPED_FOLDERS = {"__pycache__", "node_modules", "dist", ".git"}


def digest(*inputs: str | Path) -> str:
	"""Hash of texts, files and whole folders (names and content)."""
	total = hashlib.sha256()
	for item in inputs:
		if isinstance(item, str):
			total.update(item.encode() + b"\0")
			continue
		for file in _files(item):
			total.update(str(file.relative_to(item.parent)).encode() + b"\0")
			total.update(hashlib.sha256(file.read_bytes()).digest())
	return total.hexdigest()


def _files(path: Path) -> Iterable[Path]:
	if path.is_file():
		yield path
		return
	for folder, names, files in os.walk(path):
		names[:] = sorted(name for name in names if name not in _SKIPPED_FOLDERS)
		for file in sorted(files):
			if not file.endswith(".pyc"):
				yield Path(folder) / file


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
	"""Write beside `path` and rename: a reader, or a kill, sees the old text or the new, never half of it."""
	path.parent.mkdir(parents=True, exist_ok=True)
	temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
	descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
	with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
		os.fchmod(descriptor, mode)
		stream.write(text)
		stream.flush()
		os.fsync(descriptor)
	temporary.rename(path)


class Steps:
	"""Runs steps and remembers them in `folder`."""

	def __init__(self, folder: Path = VAR / "stamps") -> None:
		self.folder = folder

	def _stamp(self, name: str) -> Path:
		return self.folder / name

	def recorded(self, name: str) -> str | None:
		"""Hash of the inputs with which the step was last completed."""
		try:
			return self._stamp(name).read_text().strip()
		except FileNotFoundError:
			return None

	def record(self, name: str, inputs: str) -> None:
		write_atomically(self._stamp(name), inputs + "\n")

	def forget(self, *names: str) -> None:
		"""Make the steps due again."""
		for name in names:
			self._stamp(name).unlink(missing_ok=True)

	def is_due(self, name: str, inputs: str, *products: Path) -> bool:
		"""True if the inputs have changed or one of the step's products is gone."""
		return self.recorded(name) != inputs or not all(path.exists() for path in products)

	def run(
		self, name: str, title: str, inputs: str, action: Callable[[], object], products: tuple[Path, ...] = ()
	) -> bool:
		"""Run `action` if the step is due; True if it ran."""
		if not self.is_due(name, inputs, *products):
			say(paint(f"  = {title} (unchanged)", "grey"))
			return False
		timed(title, action)
		self.record(name, inputs)
		return True


def timed(title: str, action: Callable[[], object]) -> None:
	"""Show that `action` begins and how long it took."""
	say(f"  > {title} …")
	start = time.monotonic()
	action()
	say(paint(f"  + {title} ({time.monotonic() - start:.1f} s)", "green"))
