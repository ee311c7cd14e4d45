"""A bench copied from another, instead of made: seconds, not a minute."""

from __future__ import annotations

import shutil

from workspace.bench import Bench
from workspace.processes import end_orphans

#: Steps that decide what a bench's site holds.
_SITE_STEPS = ("mariadb", "site", "migrate", "language")


def follow(original: Bench, copy: Bench) -> None:
	"""Make `copy` what `original` is, unless it was copied from the same state. Both must be at rest.

	It gets ports of its own and keeps its passwords' values; what tests have left in the original comes along.
	"""
	state = " ".join(str(original.steps.recorded(step)) for step in _SITE_STEPS)
	# Beside the original's stamps, for a copy takes those along.
	step = f"copied-to-{copy.name}"
	original.steps.run(
		step, f"copy the bench to {copy.name}", state, lambda: _copy(original, copy), (copy.site_folder,)
	)


def _copy(original: Bench, copy: Bench) -> None:
	end_orphans(copy)
	shutil.rmtree(copy.root, ignore_errors=True)
	left_out = shutil.ignore_patterns(original.settings_file.name)
	temporary = copy.root.with_name(f"{copy.root.name}.tmp")
	shutil.rmtree(temporary, ignore_errors=True)
	shutil.copytree(original.root, temporary, symlinks=True, ignore=left_out)
	temporary.rename(copy.root)
	copy.__dict__.pop("passwords", None)
	copy.__dict__.pop("settings", None)
