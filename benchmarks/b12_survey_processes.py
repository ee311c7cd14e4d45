"""B12: eight processes answering surveys against one process that answers as many.

Each process has a connection of its own and commits every answer, as the web server does. All are ready before the clock starts, and it
stops when the last has finished. No deadlock may surface: every answer is taken.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import frappe

from benchmarks import b6_survey, protocol
from benchmarks.protocol import CONTROL, Result, interval, micro

PROCESSES, ANSWERS, QUICK = 8, 400, 80
ROUNDS, QUICK_ROUNDS = 10, 2
GOAL = 1.6
ROOT = Path(__file__).resolve().parent.parent


def run(verbose: bool = False) -> list[Result]:
	answers = QUICK if protocol.QUICK else ANSWERS
	rounds = QUICK_ROUNDS if protocol.QUICK else ROUNDS
	with b6_survey.open_doors(), b6_survey.invited(answers) as tokens:
		workers = [_start() for _each in range(PROCESSES)]
		try:
			many(tokens, workers[:1])  # warm
			many(tokens, workers)
			pairs, controls = [], []
			for _round in range(rounds):
				one, eight = many(tokens, workers[:1]), many(tokens, workers)
				eight, again = (eight + many(tokens, workers)) / 2, many(tokens, workers[:1])
				pairs.append(((one + again) / 2, eight))
				controls.append(one / again)
		finally:
			for worker in workers:
				worker.stdin.close()
				worker.wait()
	ratios = sorted(one / eight for one, eight in pairs)
	ratio, control = ratios[len(ratios) // 2], sorted(controls)[len(controls) // 2]
	low, high = interval(ratios)
	is_void = not CONTROL[0] <= control <= CONTROL[1]
	each = [sum(values) / len(values) / answers for values in zip(*pairs, strict=True)]
	return [
		Result(
			id="B12",
			what=f"time of 1 process / time of {PROCESSES} for {answers} answers",
			ratio=ratio,
			low=low,
			high=high,
			control=control,
			goal=f"≥ {GOAL}",
			met=ratio >= GOAL and not is_void,
			note=f"{micro(each[0])} an answer against {micro(each[1])}; every answer taken{'. VOID: control' if is_void else ''}",
		)
	]


def many(tokens: list[str], workers: list[subprocess.Popen]) -> float:
	"""Seconds until these processes have answered all together; what they answered is taken away again."""
	parts = [tokens[number :: len(workers)] for number in range(len(workers))]
	for worker, part in zip(workers, parts, strict=True):
		_tell(worker, json.dumps(part))
		if worker.stdout.readline().strip() != "ready":
			raise RuntimeError("a process did not get ready; see what it says above")
	begun = time.perf_counter()
	for worker in workers:
		_tell(worker, "go")
	taken = [int(worker.stdout.readline() or -1) for worker in workers]
	seconds = time.perf_counter() - begun
	if taken != [len(part) for part in parts]:
		raise AssertionError(f"answers taken: {taken}")
	frappe.db.rollback()
	stored = frappe.db.count("Survey Response", {"campaign": b6_survey._campaign()})
	if stored != len(tokens):
		raise AssertionError(f"{stored} answers of {len(tokens)}")
	b6_survey.forget_answers()
	return seconds


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
