"""Two private Redis servers: a cache that may forget, and a queue that may not."""

from __future__ import annotations

from pathlib import Path

from workspace.bench import LOOPBACK, Bench
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
	return ["redis-server", str(option_file(bench, service))]
