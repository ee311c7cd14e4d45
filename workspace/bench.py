"""A bench: its folders, ports, passwords and configuration.

There are several in one repository. The bench people use is the repository itself; the tests' is `var/test`, so that tests
run beside it, and `var/test-2` its copy, so that two halves of the tests run at once. They share apps, env and built
assets, and nothing else.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workspace.node import link
from workspace.paths import APPS, ENV, ROOT, VAR
from workspace.steps import Steps, write_atomically

LOOPBACK = "127.0.0.1"
_PORTS = ("mariadb", "redis_cache", "redis_queue")
_SECRETS = ("administrator", "database_root", "redis", "demo")


@dataclass(frozen=True)
class Bench:
	"""One bench; `root` is its bench folder, `data` holds what only the workspace uses."""

	name: str
	root: Path
	site: str
	has_scheduler: bool
	for_tests: bool

	@property
	def sites(self) -> Path:
		return self.root / "sites"

	@property
	def site_folder(self) -> Path:
		return self.sites / self.site

	@property
	def logs(self) -> Path:
		return self.root / "logs"

	@property
	def data(self) -> Path:
		return VAR / self.name

	@property
	def steps(self) -> Steps:
		return Steps(self.data / "stamps")

	@property
	def passwords_file(self) -> Path:
		return self.data / "passwords.json"

	@cached_property
	def passwords(self) -> dict[str, str]:
		"""Generated once, kept in a file only its owner reads."""
		return _kept(self.passwords_file, {name: secrets.token_urlsafe(12) for name in _SECRETS})

	@property
	def settings_file(self) -> Path:
		return self.data / "settings.json"

	@cached_property
	def settings(self) -> dict[str, object]:
		"""Ports and choices a later start keeps: {"ports": {…}, "web": {"host", "port"}, "language", "profile"}."""
		return json.loads(self.settings_file.read_text()) if self.settings_file.exists() else {}

	def save_settings(self) -> None:
		write_atomically(self.settings_file, json.dumps(self.settings, indent=1) + "\n")

	def port(self, service: str) -> int:
		return int(self.settings["ports"][service])  # type: ignore[index]

	@property
	def web(self) -> tuple[str, int]:
		"""Host and port the web server binds to."""
		web = self.settings["web"]
		return str(web["host"]), int(web["port"])  # type: ignore[index]

	@property
	def url(self) -> str:
		"""Address for this machine's browser."""
		host, port = self.web
		return f"http://{LOOPBACK if host in ('0.0.0.0', '::') else host}:{port}"

	def choose_ports(self, extra: tuple[str, ...] = ()) -> None:
		"""Keep the ports of the last start; replace those that somebody else has taken since."""
		ports: dict[str, int] = dict(self.settings.get("ports", {}))  # type: ignore[call-overload]
		for service in _PORTS + extra:
			if service not in ports or not is_free(LOOPBACK, ports[service]):
				ports[service] = free_port()
		self.settings["ports"] = ports
		self.save_settings()

	def make_folders(self) -> None:
		for folder in (self.sites, self.logs, self.root / "config" / "pids", self.data):
			folder.mkdir(parents=True, exist_ok=True)
		self.data.chmod(0o700)
		if self.root != ROOT:
			link(self.root / "apps", APPS)
			link(self.root / "env", ENV)

	def configure(self) -> None:
		"""Write the bench's configuration; values a user added stay."""
		password = self.passwords["redis"]

		def redis(service: str) -> str:
			return f"redis://:{password}@{LOOPBACK}:{self.port(service)}"

		values: dict[str, object] = {
			"db_host": LOOPBACK,
			"db_port": self.port("mariadb"),
			# Frappe asks for these, or takes them as arguments, which every user of the machine could read.
			"root_login": "root",
			"root_password": self.passwords["database_root"],
			"admin_password": self.passwords["administrator"],
			"redis_cache": redis("redis_cache"),
			"redis_queue": redis("redis_queue"),
			"redis_socketio": redis("redis_cache"),
			# The wheel holds no realtime server; but where realtime is switched off, every list of this Frappe stays empty.
			"disable_async": False,
			# Routing and scoring run as Server Scripts.
			"server_script_enabled": True,
			"default_site": self.site,
			"serve_default_site": True,
			"background_workers": 1,
			"webserver_port": self.web[1],
			"live_reload": False,
		}
		if os.geteuid() == 0:
			# Without it the bench command refuses to run as root.
			values["frappe_user"] = "root"
		update_json(self.sites / "common_site_config.json", values, mode=0o600)
		write_atomically(self.sites / "apps.txt", "frappe\ncustomer_service\n")

	def configure_site(self) -> None:
		"""The site's own settings: the address its mails link to and, for tests, where mail goes."""
		values: dict[str, object] = {"host_name": self.url}
		if self.for_tests:
			values |= {
				"allow_tests": True,
				"mail_server": LOOPBACK,
				"disable_mail_smtp_authentication": True,
				"mail_port": self.port("smtp"),
				"use_tls": 0,
				"use_ssl": 0,
				"auto_email_id": "service@example.com",
				"email_sender_name": "Customer Service",
			}
		update_json(self.site_folder / "site_config.json", values, mode=0o600)


RUN_BENCH = Bench("run", ROOT, "cs.localhost", has_scheduler=True, for_tests=False)
TEST_BENCH = Bench("test", VAR / "test", "test.localhost", has_scheduler=False, for_tests=True)
SECOND_TEST_BENCH = Bench("test-2", VAR / "test-2", "test.localhost", has_scheduler=False, for_tests=True)
BENCHES = {bench.name: bench for bench in (RUN_BENCH, TEST_BENCH, SECOND_TEST_BENCH)}


def update_json(path: Path, values: dict[str, object], mode: int = 0o644) -> None:
	"""Set `values` in a JSON file; an unreadable file (disk full, killed) counts as empty."""
	try:
		current = json.loads(path.read_text())
	except (FileNotFoundError, json.JSONDecodeError):
		current = {}
	write_atomically(path, json.dumps({**current, **values}, indent=1, sort_keys=True) + "\n", mode)


def _kept(path: Path, defaults: dict[str, str]) -> dict[str, str]:
	current = json.loads(path.read_text()) if path.exists() else {}
	if not defaults.keys() <= current.keys():
		current = {**defaults, **current}
		write_atomically(path, json.dumps(current, indent=1) + "\n", mode=0o600)
	return current


def is_free(host: str, port: int) -> bool:
	"""True if the port can be bound now."""
	with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
		probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		try:
			probe.bind((host, port))
		except OSError:
			return False
	return True


def free_port() -> int:
	"""A loopback port that is free now."""
	with socket.socket() as probe:
		probe.bind((LOOPBACK, 0))
		return int(probe.getsockname()[1])
