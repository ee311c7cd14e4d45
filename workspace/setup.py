"""Set-up after `env/` exists: what is shared by both benches, then one bench with its site."""

from __future__ import annotations

import threading
from collections.abc import Callable

from filelock import FileLock

from workspace import frappe_source, mariadb, node, python_env, redis_server, site
from workspace.bench import Bench
from workspace.console import say
from workspace.paths import NODE_MODULES, OLD_WEASYPRINT, ROOT, VAR
from workspace.processes import Services, end_orphans
from workspace.steps import Steps

APPS = ("frappe", site.APP)


class Beside:
	"""Work in a thread beside the main one; it ends with the process, whatever state it is in."""

	def __init__(self, action: Callable[[], None]) -> None:
		self._action = action
		self._error: BaseException | None = None
		self._thread = threading.Thread(target=self._run, daemon=True)
		self._thread.start()

	def _run(self) -> None:
		try:
			self._action()
		except BaseException as error:
			self._error = error

	def wait(self) -> None:
		"""Until it is done; raises what it raised."""
		self._thread.join()
		if self._error:
			raise self._error


def set_up(bench: Bench, *, language: str, profile: str, company: bool | None) -> None:
	"""Everything a bench needs. `company`: load the demo (True), the profile's settings only (False), neither (None)."""
	with shared_lock():
		Steps().run("frappe", "fetch Frappe", frappe_source.inputs(), frappe_source.fetch, (frappe_source.SOURCE,))
		if bench.for_tests:
			inputs = python_env.old_weasyprint_inputs()
			title = "install WeasyPrint 59 beside the current one"
			Steps().run("weasyprint59", title, inputs, python_env.make_old_weasyprint, (OLD_WEASYPRINT,))
	# npm and esbuild on one core, the new site's tables on another.
	assets = Beside(_set_up_assets)
	_set_up_bench(bench, assets, language=language, profile=profile, company=company)


def shared_lock() -> FileLock:
	"""What both benches use is set up by one process at a time."""
	return FileLock(VAR / "setup.lock")


def _set_up_assets() -> None:
	with shared_lock():
		_install_and_build()


def _install_and_build() -> None:
	steps = Steps()
	steps.run(
		"npm",
		"install npm packages",
		node.packages_inputs(),
		node.install_packages,
		(NODE_MODULES / "esbuild", ROOT / "node_modules"),
	)
	for app in APPS:
		steps.run(
			f"assets-{app}",
			f"build assets of {app}",
			node.assets_inputs(app),
			lambda app=app: node.build_assets(app),
			(node.manifest(app),),
		)


def _set_up_bench(bench: Bench, assets: Beside, *, language: str, profile: str, company: bool | None) -> None:
	"""Configure the bench; make or migrate its site."""
	steps = bench.steps
	end_orphans(bench)
	bench.make_folders()
	bench.choose_ports(("web", "smtp") if bench.for_tests else ())
	bench.configure()
	mariadb.configure(bench)
	redis_server.configure(bench)
	steps.run(
		"mariadb",
		"make the database folder",
		"1",
		lambda: mariadb.make_data_folder(bench),
		(mariadb.data_folder(bench),),
	)

	def assets_ready() -> None:
		assets.wait()
		node.publish(bench.sites, APPS)

	remake = not site.is_made(bench)
	if not remake:
		assets_ready()
	company_due = company is not None and (remake or _company_is_due(bench, profile, language, company))
	migrate_due = remake or steps.is_due("migrate", site.app_inputs())
	language_due = remake or steps.is_due("language", language)
	if remake or company_due or migrate_due or language_due:
		with Services(bench, "setup"):
			if remake:
				site.make(bench, language, assets_ready)
			steps.run("migrate", "migrate the site", site.app_inputs(), lambda: site.migrate(bench))
			steps.run(
				"language", "set the language", language, lambda: site.inside(bench, "set_language", language=language)
			)
			if company_due and site.has_company_data(bool(company)):
				steps.run(
					"company",
					"load demo data" if company else "load the profile's settings",
					site.company_inputs(profile, language, bool(company)),
					lambda: site.load_company(bench, profile, language, bool(company)),
				)
	bench.configure_site()


def _company_is_due(bench: Bench, profile: str, language: str, with_demo: bool) -> bool:
	"""Loaded once; another choice later would mix two companies, so it needs `--fresh`."""
	loaded = bench.steps.recorded("company")
	if loaded is None:
		return site.has_company_data(with_demo)
	wanted = site.company_inputs(profile, language, with_demo)
	if loaded != wanted:
		say(f"  ! the site holds {loaded}; for {wanted} start with --fresh")
	return False
