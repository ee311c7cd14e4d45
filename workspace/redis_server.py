"""Two private Redis servers: a cache that may forget, and a queue that may not."""

from __future__ import annotations

import shutil
from pathlib import Path

from workspace.bench import LOOPBACK, Bench
from workspace.console import WorkspaceError
from workspace.node import link
from workspace.paths import VAR
from workspace.steps import write_atomically

SERVICES = ("redis_cache", "redis_queue")

#: The password matters even on loopback: a job in the queue is code that the worker runs.
_OPTIONS = """\
bind {host}
port {port}
requirepass {password}
dir {folder}
dbfilename {service}.rdb
daemonize no
appendonly no
{rest}
"""
_REST = {
	"redis_cache": 'save ""\nmaxmemory 256mb\nmaxmemory-policy allkeys-lru',
	"redis_queue": "save 60 1\nmaxmemory-policy noeviction",
}


def option_file(bench: Bench, service: str) -> Path:
	return bench.data / f"{service}.conf"


def configure(bench: Bench) -> None:
	for service in SERVICES:
		text = _OPTIONS.format(
			host=LOOPBACK,
			port=bench.port(service),
			password=bench.passwords["redis"],
			folder=bench.data,
			service=service,
			rest=_REST[service],
		)
		write_atomically(option_file(bench, service), text, mode=0o600)


def command(bench: Bench, service: str) -> list[str]:
	return [str(program()), str(option_file(bench, service))]


def program() -> Path:
	"""redis-server. Debian's package of that name is a system service and a link to a program of redis-tools, which
	acts by the name it is called by: without the package the link is ours.
	"""
	found = shutil.which("redis-server")
	if found:
		return Path(found)
	tool = shutil.which("redis-check-rdb")
	if not tool:
		raise WorkspaceError("redis-server is missing; please install redis-tools")
	ours = VAR / "bin" / "redis-server"
	ours.parent.mkdir(parents=True, exist_ok=True)
	link(ours, Path(tool))
	return ours
