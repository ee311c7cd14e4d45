"""`./test`, and what else needs the tests' bench: benchmarks."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from workspace import copying, frappe_source
from workspace.bench import LOOPBACK, SECOND_TEST_BENCH, TEST_BENCH, Bench
from workspace.console import WorkspaceError, paint, say
from workspace.lint import lint
from workspace.paths import ENV, PYTHON, ROOT
from workspace.processes import Services, end_orphans
from workspace.setup import set_up
from workspace.worker import SECOND

#: Arguments that choose no tests and want no terminal of their own.
_WHOLE = re.compile(r"-[xqv]+|-r\w+|--(exitfirst|quiet|verbose)|--(durations|durations-min|maxfail|tb|junitxml)=.+")


def test(arguments: list[str]) -> int:
	"""Set up, lint, pytest. pytest's closing line is the last one printed, whatever lint said.

	All tests at once are shared out to two workers, each with a bench of its own. What is asked for by name runs in one
	process on one bench, as pytest does it.
	"""
	benches = [TEST_BENCH]
	words: list[str] = []
	if is_whole(arguments) and len(os.sched_getaffinity(0)) > 1:
		benches.append(SECOND_TEST_BENCH)
		words = ["-p", "workspace.worker", "-n", "2", "--dist", "loadfile"]
		words += ["--no-loadscope-reorder", "--max-worker-restart", "0"]
	set_up_tests()
	for bench in benches[1:]:
		copying.follow(TEST_BENCH, bench)
		set_up_tests(bench)
	with ExitStack() as stack:
		services = [stack.enter_context(Services(bench, "serve", wait=False)) for bench in benches]
		clean = lint()
		if not clean:
			say(paint("  ! lint objects: ./test will fail", "red"))
		for each in services:
			each.wait_until_ready()
		environment = environment_of(TEST_BENCH) | {SECOND: json.dumps(variables(benches[-1]))}
		status = call([str(PYTHON), "-m", "pytest", *words, *arguments], environment)
	return status or int(not clean)


def is_whole(arguments: list[str]) -> bool:
	"""Whether pytest is asked for all tests."""
	return all(_WHOLE.fullmatch(argument) for argument in arguments)


@contextmanager
def test_bench() -> Iterator[dict[str, str]]:
	"""The tests' bench, up and serving; yields the environment tests find it by."""
	set_up_tests()
	with Services(TEST_BENCH, "serve"):
		yield environment_of(TEST_BENCH)


def set_up_tests(bench: Bench = TEST_BENCH) -> None:
	"""Make or update a bench for tests, ready to serve."""
	end_orphans(bench)
	bench.choose_ports(("web", "smtp"))
	bench.settings["web"] = {"host": LOOPBACK, "port": bench.port("web")}
	set_up(bench, language="en", profile="P1", company=None)


def environment_of(bench: Bench) -> dict[str, str]:
	return {
		**os.environ,
		"PATH": f"{ENV / 'bin'}:{os.environ.get('PATH', '')}",
		"PYTHONPATH": str(ROOT),
		"CS_REPO": str(ROOT),
		"CS_FRAPPE": frappe_source.inputs(),
		**variables(bench),
	}


def variables(bench: Bench) -> dict[str, str]:
	"""What tells one bench from the other."""
	return {
		"CS_BENCH": str(bench.root),
		"CS_BENCH_NAME": bench.name,
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
