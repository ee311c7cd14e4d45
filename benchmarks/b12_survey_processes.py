"""B12: eight processes answering surveys against one process that answers as many.

Each process has a connection of its own and commits every answer, as the web server does. All are ready before the clock starts, and it
stops when the last has finished. No deadlock may surface: every answer is taken.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import frappe

from benchmarks import b6_survey, protocol
from benchmarks.protocol import WALL, Result, Side, measure, micro

PROCESSES, ANSWERS, QUICK = 8, 200, 80
ROUNDS, ATTEMPTS = 10, 2
GOAL = 1.6
ROOT = Path(__file__).resolve().parent.parent


def run(verbose: bool = False) -> list[Result]:
	"""One figure: how often as fast eight are."""
	answers = QUICK if protocol.QUICK else ANSWERS
	with b6_survey.open_doors(), b6_survey.invited(answers) as tokens:
		workers = [_start() for _each in range(1 + PROCESSES)]
		try:
			one, eight = Crowd(workers[:1], tokens), Crowd(workers[1:], tokens)
			ours, theirs = Side("eight", eight.answer, eight.again), Side("one", one.answer, one.again)
			comparison, control, remark = measure(ours, theirs, WALL, ROUNDS, ROUNDS, ATTEMPTS)
		finally:
			for worker in workers:
				worker.stdin.close()
				worker.wait()
	each = [micro(seconds / answers) for seconds in (comparison.theirs, comparison.ours)]
	return [
		Result(
			id="B12",
			what=f"time of 1 process / time of {PROCESSES} for {answers} answers",
			ratio=1 / comparison.ratio,
			low=1 / comparison.high,
			high=1 / comparison.low,
			control=control,
			goal=f"≥ {GOAL}",
			met=1 / comparison.ratio >= GOAL and not remark.startswith("VOID"),
			note=f"{each[0]} an answer against {each[1]}; every answer taken. {remark}".strip(),
		)
	]


class Crowd:
	"""Processes that share the answers out among them; ready before the clock starts."""

	def __init__(self, workers: list[subprocess.Popen], tokens: list[str]):
		self.workers = workers
		self.parts = [tokens[number :: len(workers)] for number in range(len(workers))]
		self.get_ready()

	def get_ready(self) -> None:
		for worker, part in zip(self.workers, self.parts, strict=True):
			_tell(worker, json.dumps(part))
			if worker.stdout.readline().strip() != "ready":
				raise RuntimeError("a process did not get ready; see what it says above")

	def answer(self) -> None:
		"""Until all have answered; every answer is taken."""
		for worker in self.workers:
			_tell(worker, "go")
		taken = [int(worker.stdout.readline() or -1) for worker in self.workers]
		if taken != [len(part) for part in self.parts]:
			raise AssertionError(f"answers taken: {taken}")

	def again(self) -> None:
		"""What they answered is taken away, and they are ready once more."""
		frappe.db.rollback()
		stored = frappe.db.count("Survey Response", {"campaign": b6_survey._campaign()})
		if stored != sum(map(len, self.parts)):
			raise AssertionError(f"{stored} answers stored")
		b6_survey.forget_answers()
		self.get_ready()


def _start() -> subprocess.Popen:
	command = [sys.executable, "-m", "benchmarks.b12_survey_processes"]
	environment = {**os.environ, "PYTHONPATH": str(ROOT)}
	return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def _tell(worker: subprocess.Popen, line: str) -> None:
	worker.stdin.write(line + "\n")
	worker.stdin.flush()


def work() -> None:
	"""One process: get ready for the answers of each line, wait, answer all; until nothing more comes."""
	os.chdir(os.path.join(os.environ["CS_BENCH"], "sites"))
	frappe.init(site=os.environ["CS_SITE"])
	frappe.connect()
	frappe.set_user("Guest")
	for line in sys.stdin:
		tokens = json.loads(line)
		frappe.db.rollback()
		b6_survey.answer(tokens[0])  # warm: caches, imports
		frappe.db.rollback()
		print("ready", flush=True)
		sys.stdin.readline()
		taken = 0
		for token in tokens:
			taken += b6_survey.answer(token)["state"] == "answered"
			frappe.db.commit()
		print(taken, flush=True)
	frappe.destroy()


if __name__ == "__main__":
	work()
