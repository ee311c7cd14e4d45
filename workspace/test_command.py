"""`./test`, and what else needs the tests' bench: benchmarks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workspace.bench import LOOPBACK, TEST_BENCH, Bench
from workspace.console import WorkspaceError, paint, say
from workspace.lint import lint
from workspace.paths import ENV, PYTHON, ROOT
from workspace.processes import Services, end_orphans
from workspace.setup import set_up


def test(arguments: list[str]) -> int:
	"""Set up, lint, pytest. pytest's closing line is the last one printed, whatever lint said."""
	with test_bench() as environment:
		clean = lint()
		if not clean:
			say(paint("  ! lint objects: ./test will fail", "red"))
		status = call([str(PYTHON), "-m", "pytest", *arguments], environment)
	return status or int(not clean)


@contextmanager
def test_bench() -> Iterator[dict[str, str]]:
	"""The tests' bench, up and serving; yields the environment tests find it by."""
	bench = TEST_BENCH
	end_orphans(bench)
	bench.choose_ports(("web", "smtp"))
	bench.settings["web"] = {"host": LOOPBACK, "port": bench.port("web")}
	set_up(bench, language="en", profile="P1", company=None)
	with Services(bench, "serve"):
		yield environment_of(bench)


def environment_of(bench: Bench) -> dict[str, str]:
	return {
		**os.environ,
		"PATH": f"{ENV / 'bin'}:{os.environ.get('PATH', '')}",
		"PYTHONPATH": str(ROOT),
		"CS_REPO": str(ROOT),
		"CS_BENCH": str(bench.root),
		"CS_SITE": bench.site,
		"CS_URL": bench.url,
		"CS_ADMIN_PASSWORD": bench.passwords["administrator"],
		"CS_SMTP_PORT": str(bench.port("smtp")),
	}


def call(command: list[str], environment: dict[str, str]) -> int:
	"""Run in the foreground. Ctrl-C reaches the command too: it is given the time to end by itself."""
	process = subprocess.Popen(command, cwd=ROOT, env=environment)
	while True:
		try:
			return process.wait()
		except KeyboardInterrupt:
			process.terminate() if process.poll() is None and not os.isatty(0) else None


def with_test_bench(script: Path, arguments: list[str]) -> int:
	"""Run one of the repository's scripts against the tests' bench."""
	if not script.exists():
		raise WorkspaceError(f"{script.relative_to(ROOT)} does not exist")
	with test_bench() as environment:
		return call([str(PYTHON), str(script), *arguments], environment)
