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

import frappe

from benchmarks import b6_survey, protocol
from benchmarks.protocol import CONTROL, Result, interval, micro

PROCESSES, ANSWERS, QUICK = 8, 400, 80
ROUNDS, QUICK_ROUNDS = 10, 2
GOAL = 1.6


def run(verbose: bool = False) -> list[Result]:
	answers = QUICK if protocol.QUICK else ANSWERS
	rounds = QUICK_ROUNDS if protocol.QUICK else ROUNDS
	with b6_survey.open_doors(), b6_survey.invited(answers) as tokens:
		many(tokens, 1)  # warm
		many(tokens, PROCESSES)
		pairs, controls = [], []
		for _round in range(rounds):
			one, eight = many(tokens, 1), many(tokens, PROCESSES)
			eight, again = (eight + many(tokens, PROCESSES)) / 2, many(tokens, 1)
			pairs.append(((one + again) / 2, eight))
			controls.append(one / again)
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


def many(tokens: list[str], processes: int) -> float:
	"""Seconds until so many processes have answered all; what they answered is taken away again."""
	parts = [tokens[number::processes] for number in range(processes)]
	workers = [_start(part) for part in parts]
	for worker in workers:
		if worker.stdout.readline().strip() != "ready":
			raise RuntimeError(worker.stderr.read())
	begun = time.perf_counter()
	for worker in workers:
		worker.stdin.write("go\n")
		worker.stdin.flush()
	taken = [int(worker.stdout.readline() or -1) for worker in workers]
	seconds = time.perf_counter() - begun
	errors = [worker.communicate()[1] for worker in workers]
	if taken != [len(part) for part in parts]:
		raise AssertionError(f"answers taken: {taken}\n{''.join(errors)[-2000:]}")
	frappe.db.rollback()
	stored = frappe.db.count("Survey Response", {"campaign": b6_survey._campaign()})
	if stored != len(tokens):
		raise AssertionError(f"{stored} answers of {len(tokens)}")
	b6_survey.forget_answers()
	return seconds


def _start(tokens: list[str]) -> subprocess.Popen:
	command = [sys.executable, "-m", "benchmarks.b12_survey_processes"]
	environment = {
		**os.environ,
		"PYTHONPATH": os.environ.get("PYTHONPATH") or os.path.dirname(os.path.dirname(__file__)),
	}
	pipe = subprocess.PIPE
	worker = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)
	worker.stdin.write(json.dumps(tokens) + "\n")
	worker.stdin.flush()
	return worker


def work() -> None:
	"""One process: get ready, wait, answer all."""
	os.chdir(os.path.join(os.environ["CS_BENCH"], "sites"))
	tokens = json.loads(sys.stdin.readline())
	frappe.init(site=os.environ["CS_SITE"])
	frappe.connect()
	frappe.set_user("Guest")
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
