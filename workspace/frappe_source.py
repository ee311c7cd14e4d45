"""Frappe's source, from PyPI.

PyPI's `frappe` is an empty placeholder. `criscostack` is Frappe itself (upstream's develop of August 2023, MIT) with
its names replaced; putting the names back gives upstream's files. The wheel is pinned by its hash.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from workspace.commands import run_logged
from workspace.console import WorkspaceError
from workspace.paths import APPS, LOCKS, PYTHON, VAR
from workspace.steps import digest

LOCK = LOCKS / "frappe.txt"
SOURCE = APPS / "frappe"

#: What was replaced, and by what it is put back; longer and lower-case names first, so that none hides another.
RENAMES = (
	("criscostack", "frappe"),
	("CRISCOSTACK", "FRAPPE"),
	("Criscostack", "Frappe"),
	("CriscoStack", "Frappe"),
	("criscoerp", "erpnext"),
	("Criscoerp", "ERPNext"),
	("CriscoERP", "ERPNext"),
	("Crisco", "Frappe"),
)
MOVED_FILE = ("brik_helper", "bench_helper")


def inputs() -> str:
	return digest(LOCK, repr(RENAMES), repr(MOVED_FILE))


def put_back(text: str) -> str:
	"""`text` with Frappe's own names."""
	for renamed, original in RENAMES:
		text = text.replace(renamed, original)
	return text


def original_path(name: str) -> str:
	"""A wheel member's path in Frappe's own source tree."""
	return put_back(name).replace(*MOVED_FILE)


def fetch() -> None:
	"""Download the pinned wheel and unfold it into apps/frappe, in one rename.

	An earlier copy may hold links that other steps made (node_modules, built assets): they are made again.
	"""
	downloads = VAR / "downloads"
	run_logged(
		[
			PYTHON,
			"-m",
			"pip",
			"download",
			"--no-deps",
			"--require-hashes",
			"--only-binary",
			":all:",
			"--no-input",
			"--progress-bar",
			"off",
			"--disable-pip-version-check",
			"-d",
			downloads,
			"-r",
			LOCK,
		],
		"frappe-download",
		fetches=True,
	)
	wheel = next(downloads.glob("criscostack-*.whl"))
	temporary = APPS / "frappe.tmp"
	shutil.rmtree(temporary, ignore_errors=True)
	unfold(wheel, temporary)
	if SOURCE.is_symlink():
		raise WorkspaceError(f"{SOURCE} is a link; it is left alone, remove it first")
	shutil.rmtree(SOURCE, ignore_errors=True)
	temporary.rename(SOURCE)


def unfold(wheel: Path, target: Path) -> None:
	"""Extract the wheel's package into `target`, names put back; binary files are copied as they are."""
	with zipfile.ZipFile(wheel) as archive:
		for member in archive.infolist():
			name = original_path(member.filename)
			if member.is_dir() or not name.startswith("frappe/"):
				continue
			content = archive.read(member)
			try:
				content = put_back(content.decode()).encode()
			except UnicodeDecodeError:
				pass
			file = (target / name).resolve()
			if not file.is_relative_to(target.resolve()):
				raise WorkspaceError(f"{wheel.name} holds a path outside itself: {member.filename}")
			file.parent.mkdir(parents=True, exist_ok=True)
			file.write_bytes(content)
