"""The bench's site: created, set up, app installed, kept up to date, filled with demo data."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from workspace import frappe_source
from workspace.bench import Bench
from workspace.commands import run_logged
from workspace.paths import APPS, PYTHON
from workspace.processes import site_environment
from workspace.steps import digest, timed

APP = "customer_service"
#: As `workspace.inside` prints it; not imported from there, for that module needs Frappe.
_RESULT = "workspace-result: "


def frappe_command(*words: str) -> list[str]:
	"""What the bench command itself calls."""
	return [str(PYTHON), "-m", "frappe.utils.bench_helper", "frappe", *words]


def inside(bench: Bench, function: str, **arguments: object) -> Any:
	"""Run a function of `workspace.inside` in the site; returns its result."""
	output = run_logged(
		[PYTHON, "-m", "workspace.inside", bench.site, function, json.dumps(arguments)],
		f"{bench.name}-{function}",
		cwd=bench.sites,
		env={**site_environment(bench), "CS_DEMO_PASSWORD": bench.passwords["demo"]},
		secrets=list(bench.passwords.values()),
		progress=True,
	)
	line = next(line for line in reversed(output.splitlines()) if line.startswith(_RESULT))
	return json.loads(line.removeprefix(_RESULT))


def on_site(bench: Bench, log: str, *words: str) -> None:
	"""Run a Frappe command on the site."""
	run_logged(
		frappe_command("--site", bench.site, *words),
		f"{bench.name}-{log}",
		cwd=bench.sites,
		env=site_environment(bench),
		secrets=list(bench.passwords.values()),
	)


def app_inputs() -> str:
	"""What a migrate depends on: Frappe, and the app's files but for its tests, scripts and styles."""
	package = APPS / APP / APP
	parts = sorted(path for path in package.iterdir() if path.name not in ("public", "tests", "__pycache__"))
	return digest(frappe_source.inputs(), *parts)


def is_made(bench: Bench) -> bool:
	return not bench.steps.is_due("site", bench.site, bench.site_folder / "site_config.json")


def make(bench: Bench, language: str, assets_ready: Callable[[], None]) -> None:
	"""Create the site and install the app, as one: a site of which any part was interrupted is dropped and remade.

	`assets_ready` waits for the assets, which are built meanwhile.
	"""
	bench.steps.forget("site", "migrate", "language", "company")
	timed("create the site", lambda: _create(bench))
	bench.configure_site()
	assets_ready()
	timed(
		"complete the setup wizard",
		lambda: inside(bench, "complete_setup", language=language, scheduler=bench.has_scheduler),
	)
	bench.steps.record("language", language)
	inputs = app_inputs()
	timed(f"install {APP}", lambda: on_site(bench, "install-app", "install-app", APP))
	bench.steps.record("migrate", inputs)
	bench.steps.record("site", bench.site)


def _create(bench: Bench) -> None:
	"""Passwords come from the bench's configuration; the site's own database password is Frappe's choice."""
	words = ["new-site", bench.site, "--force", "--no-mariadb-socket", "--db-name", f"cs_{bench.name}"]
	run_logged(
		frappe_command(*words),
		f"{bench.name}-new-site",
		cwd=bench.sites,
		env=site_environment(bench),
		secrets=list(bench.passwords.values()),
	)


def migrate(bench: Bench) -> None:
	on_site(bench, "migrate", "migrate", "--skip-search-index")
	on_site(bench, "clear-cache", "clear-cache")


def has_company_data(with_demo: bool) -> bool:
	"""False if the app has nothing to load."""
	package = APPS / APP / APP
	places = ("demo.py", "demo/__init__.py") if with_demo else ("organisation/presets.py",)
	return any((package / place).exists() for place in places)


def load_company(bench: Bench, profile: str, language: str, with_demo: bool) -> None:
	"""Load the demo company, or with `--no-demo` only the profile's settings."""
	if not with_demo:
		inside(bench, "load_preset", profile=profile)
		return
	# A load that was ended early is continued by the next.
	inside(bench, "load_demo", profile=profile, language=language)


def company_inputs(profile: str, language: str, with_demo: bool) -> str:
	return f"{profile} {language} {'demo' if with_demo else 'settings only'}"
