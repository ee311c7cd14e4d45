"""`env/`: the virtual environment, installed from the hash lock. Standard library only."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from workspace.commands import run_logged
from workspace.paths import APPS, ENV, LOCKS, PYTHON
from workspace.steps import digest, write_atomically

LOCK = LOCKS / "python.txt"


def inputs() -> str:
	"""The lock and the interpreter: another Python needs another env/."""
	return digest(LOCK, sys.version)


def make() -> None:
	"""Make `env/` anew if it cannot run, then bring it to the lock.

	pip is asked for exactly the locked files; their hashes are checked and nothing else is resolved.
	"""
	if not _runs():
		shutil.rmtree(ENV, ignore_errors=True)
		run_logged([sys.executable, "-m", "venv", ENV], "venv")
	run_logged(
        [
            PYTHON, "-m", "pip", "install", "--no-deps", "--require-hashes", "--no-input", "--progress-bar", "off",
            "--disable-pip-version-check", "-r", LOCK,
        ],
        "pip",
    )  # fmt: skip
	_show_apps()


def _runs() -> bool:
	command = [PYTHON, "-c", f"import sys, pip; sys.exit(sys.version != {sys.version!r})"]
	return PYTHON.exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0


def _show_apps() -> None:
	"""Put the apps' folders on the path, as an editable install would."""
	site_packages = next(Path(ENV, "lib").glob("python3*/site-packages"))
	lines = [str(APPS / "frappe"), str(APPS / "customer_service")]
	write_atomically(site_packages / "apps.pth", "\n".join(lines) + "\n")
