"""`./run`: set up, serve, stop, look."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from typing import NoReturn

import psutil
from rich.console import Console
from rich.table import Table

from workspace import exclusive, site
from workspace.bench import RUN_BENCH, Bench
from workspace.console import WorkspaceError, say
from workspace.paths import APPS, ENV, PYTHON, ROOT
from workspace.processes import Services, end_orphans, ours, refuse_busy_port, site_environment
from workspace.setup import set_up
from workspace.test_command import call, with_test_bench

SUBCOMMANDS = ("stop", "status", "shell", "bench", "benchmarks", "pictures")
DEFAULTS = {"language": "en", "profile": "P1"}


def parser() -> argparse.ArgumentParser:
	made = argparse.ArgumentParser(
		prog="./run",
		description="Set the workspace up and serve it until Ctrl-C.",
		epilog="./run stop | status | shell | bench … | benchmarks [ids…] | pictures",
	)
	made.add_argument("--port", type=_port, help="port of the web server (8000)")
	made.add_argument("--host", help="address to listen on (127.0.0.1: this machine only)")
	made.add_argument("--lang", choices=("en", "zh"), help="language of the desk (en)")
	made.add_argument("--profile", choices=_profiles(), help="company profile of the demo (P1)")
	made.add_argument("--no-demo", action="store_true", help="load the profile's settings, no demo data")
	made.add_argument("--fresh", action="store_true", help="delete the site and its data first (asks)")
	made.add_argument("--yes", action="store_true", help="do not ask")
	return made


def _port(text: str) -> int:
	number = int(text)
	if not 0 < number < 65536:
		raise ValueError(text)
	return number


def _profiles() -> list[str]:
	"""The presets the app ships."""
	return sorted(file.stem for file in (APPS / site.APP / site.APP / "presets").glob("*.json"))


def run(arguments: list[str]) -> int:
	if arguments and arguments[0] in SUBCOMMANDS:
		return globals()[f"_{arguments[0]}"](RUN_BENCH, arguments[1:])
	options = parser().parse_args(arguments)
	return _serve(RUN_BENCH, options)


def _serve(bench: Bench, options: argparse.Namespace) -> int:
	settings = bench.settings
	web = dict(settings.get("web", {"host": "127.0.0.1", "port": 8000}))  # type: ignore[call-overload]
	web |= {key: value for key, value in (("host", options.host), ("port", options.port)) if value is not None}
	settings["web"] = web
	language = str(options.lang or settings.get("language") or DEFAULTS["language"])
	profile = str(options.profile or settings.get("profile") or DEFAULTS["profile"])
	settings |= {"language": language, "profile": profile}
	end_orphans(bench)
	refuse_busy_port(bench)
	if options.fresh:
		_delete_data(bench, options.yes)
	try:
		set_up(bench, language=language, profile=profile, company=not options.no_demo)
		with Services(bench, "serve") as services:
			_banner(bench)
			status = services.wait()
			raise WorkspaceError(f"a service has ended ({status}); see {bench.logs / 'processes.log'}")
	except KeyboardInterrupt:
		say("\nstopped")
		return 0


def _delete_data(bench: Bench, sure: bool) -> None:
	if not sure:
		if not sys.stdin.isatty():
			raise WorkspaceError("--fresh deletes the site and its data: say --yes as well")
		if input(f"Delete the site {bench.site} with all its data? [y/N] ").strip().lower() not in ("y", "yes"):
			raise WorkspaceError("nothing was deleted")
	bench.steps.forget("site", "migrate", "language", "company", "mariadb")
	for folder in (bench.site_folder, bench.data / "mariadb"):
		shutil.rmtree(folder, ignore_errors=True)


def _banner(bench: Bench) -> None:
	console = Console()
	console.print()
	console.print(f"[bold]{bench.url}[/bold]   Administrator / {bench.passwords['administrator']}")
	users = site.inside(bench, "demo_users")
	if users:
		table = Table(title=f"Demo users, password: {bench.passwords['demo']}", title_justify="left")
		# Names to log in with are shown whole; the other columns wrap.
		table.add_column("User", min_width=max(len(user["user"]) for user in users))
		for heading in ("Name", "Department", "Roles"):
			table.add_column(heading)
		for user in users:
			roles = user.get("roles") or ""
			table.add_row(
				user.get("user"),
				user.get("full_name"),
				user.get("department") or "",
				roles if isinstance(roles, str) else ", ".join(roles),
			)
		console.print(table)
	console.print(f"Passwords: {bench.passwords_file.relative_to(ROOT)}   Logs: {bench.logs.relative_to(ROOT)}/")
	console.print("Ctrl-C ends all of it.")


def _status(bench: Bench, _arguments: list[str]) -> int:
	if pid := exclusive.holder("run"):
		say(f"running: {bench.url}, pid {pid}")
		return 0
	left = ours(bench)
	say(f"not running; {len(left)} processes left over, ./run stop ends them" if left else "not running")
	return 3


def _stop(bench: Bench, _arguments: list[str]) -> int:
	pid = exclusive.holder("run")
	if pid:
		process = psutil.Process(pid)
		process.terminate()
		try:
			process.wait(40)
		except psutil.TimeoutExpired as error:
			raise WorkspaceError(f"./run (pid {pid}) does not end") from error
	end_orphans(bench)
	say("stopped" if pid else "not running")
	return 0


def _replace(bench: Bench, command: list[str]) -> NoReturn:
	os.chdir(bench.root)
	os.execvpe(command[0], command, {**os.environ, **site_environment(bench)})


def _bench(bench: Bench, arguments: list[str]) -> int:
	_replace(bench, [str(ENV / "bin" / "bench"), *arguments])


def _shell(bench: Bench, _arguments: list[str]) -> int:
	"""A shell in which `bench` and the environment's Python come first."""
	say("bench and python are this workspace's; leave with exit")
	_replace(bench, [os.environ.get("SHELL", "/bin/sh")])


def _benchmarks(_bench: Bench, arguments: list[str]) -> int:
	return with_test_bench(ROOT / "benchmarks" / "run.py", arguments)


def _pictures(bench: Bench, arguments: list[str]) -> int:
	"""Pictures of the demo that is served: the tests' site has none, and must not get any."""
	if not exclusive.holder("run"):
		raise WorkspaceError("the pictures are taken of the demo: start ./run first")
	return call([str(PYTHON), "-m", "workspace.pictures", *arguments], {**os.environ, **site_environment(bench)})
