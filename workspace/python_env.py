"""`env/`: the virtual environment, installed from the hash locks. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from workspace.commands import run_logged
from workspace.paths import APPS, ENV, LOCKS, OLD_WEASYPRINT, PYTHON
from workspace.steps import digest, write_atomically

UV = ENV / "bin" / "uv"
UNFINISHED = ENV / ".unfinished"
WHEELS = LOCKS / "python.txt"
SOURCES = LOCKS / "sources.txt"
_NO_QUESTIONS = ["--no-input", "--progress-bar", "off", "--disable-pip-version-check"]


def inputs() -> str:
	"""The locks and the interpreter: another Python needs another env/."""
	return digest(WHEELS, SOURCES, LOCKS / "uv.txt", sys.version)


def make() -> None:
	"""Make `env/` anew if it cannot run, then bring it to the locks.

	Exactly the locked files are installed: their hashes are checked and nothing else is resolved. pip brings uv,
	which installs the rest five times quicker than pip does.
	"""
	if UNFINISHED.exists() or not _runs():
		shutil.rmtree(ENV, ignore_errors=True)
		run_logged([sys.executable, "-m", "venv", ENV], "venv")
	# A package that was killed half-way counts as installed: such an environment is made anew.
	UNFINISHED.touch()
	pip = [PYTHON, "-m", "pip", "install", *_NO_QUESTIONS, "--no-deps", "--require-hashes"]
	run_logged([*pip, "--only-binary", ":all:", "-r", LOCKS / "uv.txt"], "pip-uv", fetches=True)
	uv = [UV, "pip", "install", "--no-config", "--python", PYTHON, "--no-deps", "--require-hashes"]
	environment = _registry()
	run_logged([*uv, "--only-binary", ":all:", "-r", WHEELS], "uv-wheels", env=environment, fetches=True)
	# The tools these are built with came with the wheels; an isolated build would fetch its own, without a hash.
	run_logged([*uv, "--no-build-isolation", "-r", SOURCES], "uv-sources", env=environment, fetches=True)
	_show_apps()
	UNFINISHED.unlink()


def old_weasyprint_inputs() -> str:
	"""See `make_old_weasyprint`."""
	return digest(LOCKS / "weasyprint59.txt", sys.version)


def make_old_weasyprint() -> None:
	"""The oldest WeasyPrint that the app runs with, in a folder of its own: tests put it before `env/` on the path."""
	shutil.rmtree(OLD_WEASYPRINT, ignore_errors=True)
	uv = [UV, "pip", "install", "--no-config", "--python", PYTHON, "--no-deps", "--require-hashes"]
	lock = LOCKS / "weasyprint59.txt"
	run_logged([*uv, "--target", OLD_WEASYPRINT, "-r", lock], "uv-weasyprint59", env=_registry(), fetches=True)


def _runs() -> bool:
	command = [PYTHON, "-c", f"import sys, pip; sys.exit(sys.version != {sys.version!r})"]
	return PYTHON.exists() and subprocess.run(command, capture_output=True, check=False).returncode == 0


def _registry() -> dict[str, str]:
	"""The mirror and the certificates pip is told to use, in uv's words: uv does not read pip's configuration."""
	listing = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
	settings = {}
	for line in listing.stdout.splitlines():
		name, _, value = line.partition("=")
		settings[name.split(".")[-1]] = value.strip("'\"")
	words = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
	return {word: settings[name] for name, word in words.items() if name in settings and word not in os.environ}


def _show_apps() -> None:
	"""Put the apps' folders on the path, as an editable install would."""
	site_packages = next(Path(ENV, "lib").glob("python3*/site-packages"))
	lines = [str(APPS / "frappe"), str(APPS / "customer_service")]
	write_atomically(site_packages / "apps.pth", "\n".join(lines) + "\n")
