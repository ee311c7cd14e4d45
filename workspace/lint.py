"""The linters, each with its time and, if it objects, its words."""

from __future__ import annotations

import subprocess
import time

from workspace.console import paint, say
from workspace.paths import ENV, NODE_MODULES, ROOT

_SCRIPTS = ["apps/customer_service/**/*.js", "workspace/**/*.mjs", "*.mjs"]
_NODE_BIN = NODE_MODULES / ".bin"

LINTERS = {
	"ruff check": [str(ENV / "bin" / "ruff"), "check", "--quiet", "--output-format=concise", "."],
	"ruff format": [str(ENV / "bin" / "ruff"), "format", "--check", "--quiet", "."],
	"eslint": [str(_NODE_BIN / "eslint"), "--max-warnings=0", "--no-error-on-unmatched-pattern", *_SCRIPTS],
	"prettier": [
		str(_NODE_BIN / "prettier"),
		"--check",
		"--log-level=warn",
		"--no-error-on-unmatched-pattern",
		*_SCRIPTS,
		"apps/customer_service/**/*.{css,scss}",
	],
}


def lint() -> bool:
	"""Run them all, even if one objects; True if none does."""
	clean = True
	for name, command in LINTERS.items():
		start = time.monotonic()
		done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
		seconds = f"({time.monotonic() - start:.1f} s)"
		if done.returncode == 0:
			say(paint(f"  + {name} {seconds}", "green"))
			continue
		clean = False
		say(paint(f"  ! {name} objects {seconds}", "red"))
		say((done.stdout + done.stderr).rstrip())
	return clean
