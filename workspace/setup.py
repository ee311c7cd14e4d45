"""Set-up after `env/` exists: what is shared by both benches, then one bench with its site."""

from __future__ import annotations

from workspace import frappe_source, mariadb, node, redis_server, site
from workspace.bench import Bench
from workspace.console import say
from workspace.paths import NODE_MODULES
from workspace.processes import Services, end_orphans
from workspace.steps import Steps

APPS = ("frappe", site.APP)


def set_up_shared() -> None:
	"""Frappe's source, npm packages, assets."""
	steps = Steps()
	steps.run("frappe", "fetch Frappe", frappe_source.inputs(), frappe_source.fetch, (frappe_source.SOURCE,))
	steps.run(
		"npm",
		"install npm packages",
		node.packages_inputs(),
		node.install_packages,
		(NODE_MODULES / "esbuild", NODE_MODULES.parent.parent.parent / "node_modules"),
	)
	for app in APPS:
		steps.run(
			f"assets-{app}",
			f"build assets of {app}",
			node.assets_inputs(app),
			lambda app=app: node.build_assets(app),
			(node.manifest(app),),
		)


def set_up_bench(bench: Bench, *, language: str, profile: str, company: bool | None) -> None:
	"""Configure the bench; make or migrate its site. `company`: demo (True), settings only (False), neither (None)."""
	steps = bench.steps
	end_orphans(bench)
	bench.make_folders()
	bench.choose_ports(("web", "smtp") if bench.for_tests else ())
	bench.configure()
	mariadb.configure(bench)
	redis_server.configure(bench)
	node.publish(bench.sites, APPS)
	steps.run(
		"mariadb",
		"make the database folder",
		"1",
		lambda: mariadb.make_data_folder(bench),
		(mariadb.data_folder(bench),),
	)

	remake = not site.is_made(bench)
	company_due = company is not None and (remake or _company_is_due(bench, profile, language, company))
	migrate_due = remake or steps.is_due("migrate", site.app_inputs())
	language_due = remake or steps.is_due("language", language)
	if remake or company_due or migrate_due or language_due:
		with Services(bench, "setup"):
			if remake:
				site.make(bench, language)
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
