"""npm packages and the desk's assets."""

from __future__ import annotations

import json
import os
from pathlib import Path

from workspace import frappe_source
from workspace.commands import run_logged
from workspace.paths import APPS, ASSETS, NODE_MODULES, ROOT
from workspace.steps import digest, write_atomically

LOCK = ASSETS / "package-lock.json"


def packages_inputs() -> str:
	return digest(LOCK, ASSETS / "package.json")


def install_packages() -> None:
	"""`npm ci`: exactly the lock. No package runs a script of its own while being installed."""
	run_logged(
		["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
		"npm",
		cwd=ASSETS,
		fetches=True,
	)
	# Tools and our scripts look for packages from the repository's root upwards.
	link(ROOT / "node_modules", NODE_MODULES)


def public_folder(app: str) -> Path:
	return APPS / app / app / "public"


def manifest(app: str) -> Path:
	return public_folder(app) / "dist" / "manifest.json"


def assets_inputs(app: str) -> str:
	"""Frappe's files follow from its lock; our own are hashed. The driver and its packages count for both."""
	driver = digest(ASSETS / "build.mjs", ASSETS / "plugins.mjs", LOCK)
	return digest(driver, frappe_source.inputs() if app == "frappe" else digest(public_folder(app)))


def build_assets(app: str) -> None:
	public_folder(app).mkdir(exist_ok=True)
	run_logged(["node", "build.mjs", app], f"assets-{app}", cwd=ASSETS)
	if app == "frappe":
		# Some of the desk's libraries (ace, gantt, …) load from /assets/frappe/node_modules.
		link(public_folder(app) / "node_modules", NODE_MODULES)


def publish(sites: Path, apps: tuple[str, ...]) -> None:
	"""Make the apps' public files visible to a bench: links, and one map of bundle names."""
	assets = sites / "assets"
	assets.mkdir(parents=True, exist_ok=True)
	bundles: dict[str, str] = {}
	for app in apps:
		link(assets / app, public_folder(app))
		bundles |= json.loads(manifest(app).read_text())
	text = json.dumps(bundles, indent=1) + "\n"
	target = assets / "assets.json"
	if not target.exists() or target.read_text() != text:
		write_atomically(target, text)


def link(path: Path, target: Path) -> None:
	"""Make `path` a link to `target`; the former link, if any, is replaced in one rename."""
	if path.is_symlink() and path.readlink() == target:
		return
	temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
	temporary.unlink(missing_ok=True)
	temporary.symlink_to(target)
	temporary.rename(path)
