"""Everything a bench runs, under one process manager (honcho).

`python -m workspace.processes BENCH setup|serve` is the manager. It ends with its parent, so that nothing outlives a
killed `./run`; what does outlive one (the manager itself killed) carries MARKER in its environment and is found by it.
"""

from __future__ import annotations

import ctypes
import operator
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable

import psutil
import requests
from honcho.manager import Manager
from honcho.printer import Printer
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from workspace import mariadb, redis_server
from workspace.bench import BENCHES, LOOPBACK, Bench, is_free
from workspace.console import WorkspaceError
from workspace.paths import ENV, PYTHON, ROOT

MARKER = "CS_WORKSPACE_BENCH"
_PR_SET_PDEATHSIG = 1


def site_environment(bench: Bench) -> dict[str, str]:
	"""What a process of the bench needs to know."""
	return {
		"CS_SITE": bench.site,
		"SITES_PATH": str(bench.sites),
		"PYTHONPATH": str(ROOT),
		"PATH": f"{ENV / 'bin'}:{os.environ.get('PATH', '')}",
	}


def commands(bench: Bench, role: str) -> dict[str, list[str]]:
	"""The processes of `role`: "setup" needs only the data servers."""
	wanted = {"mariadb": mariadb.command(bench)}
	wanted |= {service: redis_server.command(bench, service) for service in redis_server.SERVICES}
	if role == "setup":
		return wanted
	frappe = [str(PYTHON), "-m", "frappe.utils.bench_helper", "frappe"]
	host, port = bench.web
	wanted["web"] = [
		str(ENV / "bin" / "gunicorn"),
		f"workspace.{'test_wsgi' if bench.for_tests else 'wsgi'}:application",
		f"--bind={host}:{port}",
		"--worker-class=gthread",
		"--workers=2",
		"--threads=8",
		"--timeout=120",
		"--graceful-timeout=3",
		"--max-requests=5000",
		"--max-requests-jitter=500",
		"--preload",
	]
	wanted["worker"] = [*frappe, "worker"]
	if bench.has_scheduler:
		wanted["scheduler"] = [*frappe, "schedule"]
	return wanted


def manage(bench: Bench, role: str) -> int:
	"""Run the processes until a signal comes or one of them ends; then end all."""
	ctypes.CDLL("libc.so.6").prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
	if os.getppid() == 1:
		return 1
	log_file = bench.logs / "processes.log"
	if log_file.exists():
		# The former start's log is kept, earlier ones are not.
		log_file.replace(log_file.with_suffix(".log.1"))
	with open(log_file, "w", encoding="utf-8", buffering=1) as log:
		manager = Manager(Printer(log, colour=False))
		for name, words in commands(bench, role).items():
			environment = {**os.environ, **site_environment(bench)}
			manager.add_process(name, f"exec {shlex.join(words)}", env=environment, cwd=str(bench.sites))
		manager.loop()
	return manager.returncode or 0


class Services:
	"""The manager as seen by `./run` and `./test`: `with Services(bench, "serve"): …`.

	With `wait=False` the block begins while they still start; `wait_until_ready` is the caller's.
	"""

	def __init__(self, bench: Bench, role: str, wait: bool = True) -> None:
		self.bench = bench
		self.role = role
		self.wait_at_start = wait
		self.process: subprocess.Popen[bytes] | None = None

	def __enter__(self) -> Services:
		end_orphans(self.bench)
		if self.role == "serve":
			refuse_busy_port(self.bench)
		# A session of its own: Ctrl-C reaches us, and we end the manager in order.
		self.process = subprocess.Popen(
			[PYTHON, "-m", "workspace.processes", self.bench.name, self.role],
			cwd=ROOT,
			env={**os.environ, MARKER: str(self.bench.root)},
			stdin=subprocess.DEVNULL,
			stdout=open(self.bench.logs / "manager.log", "w"),
			stderr=subprocess.STDOUT,
			start_new_session=True,
		)
		try:
			if self.wait_at_start:
				self.wait_until_ready()
		except BaseException:
			self.stop()
			raise
		return self

	def __exit__(self, *_error: object) -> None:
		self.stop()

	def wait_until_ready(self) -> None:
		names = ["mariadb", *redis_server.SERVICES]
		for name in names:
			self._wait(name, lambda name=name: _answers(LOOPBACK, self.bench.port(name)), 60)
		if self.role == "serve":
			self._wait("web", lambda: _pings(self.bench), 90)

	def _wait(self, name: str, ready: Callable[[], bool], seconds: int) -> None:
		def state() -> bool:
			if self.process and self.process.poll() is not None:
				raise WorkspaceError(f"{name} did not start; {last_lines(self.bench)}")
			return ready()

		retrying = Retrying(retry=retry_if_result(operator.not_), wait=wait_fixed(0.1), stop=stop_after_delay(seconds))
		try:
			retrying(state)
		except RetryError as error:
			raise WorkspaceError(f"{name} did not answer in {seconds} s; {last_lines(self.bench)}") from error

	def wait(self) -> int:
		"""Until the manager ends by itself: something has stopped."""
		assert self.process
		return self.process.wait()

	def stop(self) -> None:
		"""End the manager and whatever it leaves behind."""
		if self.process and self.process.poll() is None:
			self.process.terminate()
			try:
				self.process.wait(20)
			except subprocess.TimeoutExpired:
				self.process.kill()
		end_orphans(self.bench)


def last_lines(bench: Bench, count: int = 12) -> str:
	"""The end of the processes' log, for an error message."""
	log = bench.logs / "processes.log"
	lines = log.read_text(errors="replace").splitlines()[-count:] if log.exists() else []
	return f"the end of {log.relative_to(ROOT)}:\n    " + "\n    ".join(lines)


def _answers(host: str, port: int) -> bool:
	with socket.socket() as probe:
		probe.settimeout(1)
		return probe.connect_ex((host, port)) == 0


def _pings(bench: Bench) -> bool:
	try:
		return requests.get(f"{bench.url}/api/method/ping", timeout=30).status_code == 200
	except requests.RequestException:
		return False


def refuse_busy_port(bench: Bench) -> None:
	host, port = bench.web
	if not is_free(host, port):
		raise WorkspaceError(f"port {port} on {host} is in use; choose another with --port")


def ours(bench: Bench) -> list[psutil.Process]:
	"""Processes that a manager of this bench started and that still run; never this process or its parents."""
	own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
	found = []
	for process in psutil.process_iter():
		if process.pid in own:
			continue
		try:
			if process.environ().get(MARKER) == str(bench.root):
				found.append(process)
		except (psutil.Error, OSError):
			continue
	return found


def end_orphans(bench: Bench, seconds: float = 10) -> None:
	"""End what a killed run left behind: politely, so that MariaDB closes its files, then for good."""
	processes = ours(bench)
	if not processes:
		return
	for signal_name in ("terminate", "kill"):
		for process in processes:
			try:
				getattr(process, signal_name)()
			except psutil.NoSuchProcess:
				continue
		_gone, processes = psutil.wait_procs(processes, timeout=seconds)
		if not processes:
			return


if __name__ == "__main__":
	raise SystemExit(manage(BENCHES[sys.argv[1]], sys.argv[2]))
