"""How two ways of doing the same thing are compared: ratios with an interval and a control, never absolute times.

Machines differ and are shared, so a benchmark times both sides in one process, in alternating order, and reports the median
of the ratios of its rounds. A run counts only if a side compared with itself comes out as 1.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import frappe

ROUNDS = 30
WARM_UP = 3
ROUNDS_OF_SHORT = 10
"""With fewer rounds than these blocks take seconds, and one round is enough to warm up."""
RESAMPLES = 2_000
CONTROL = (0.97, 1.03)
"""Within these the comparison of a side with itself must lie, or the run is void."""
ATTEMPTS = 4
QUICK = False
"""Whether a run only shows that the benchmarks work: few rounds, one attempt, smaller sets. Its figures count for nothing."""

WALL = time.perf_counter
CPU = time.process_time


@dataclass
class Side:
	"""One of the two ways.

	:param work: what is timed; called `repeat` times in a block.
	:param after: puts things back after each block, not timed.
	"""

	name: str
	work: Callable[[], object]
	after: Callable[[], object] = lambda: None
	repeat: int = 1


@dataclass
class Comparison:
	"""Medians of the rounds: ratio with a bootstrap 95 % interval, seconds a call on both sides."""

	ratio: float
	low: float
	high: float
	ours: float
	theirs: float


@dataclass
class Result:
	"""One line of the table."""

	id: str
	ratio: float
	low: float
	high: float
	control: float
	goal: str
	met: bool
	note: str
	what: str = field(default="", repr=False)

	def as_dict(self) -> dict:
		return asdict(self)


def measure(
	ours: Side,
	theirs: Side,
	clock: Callable[[], float],
	rounds: int = ROUNDS,
	control_rounds: int | None = None,
	attempts: int = ATTEMPTS,
) -> tuple[Comparison, float, str]:
	"""Compare two sides; again if the control fails.

	:param control_rounds: where a block takes seconds the control, which is our side four times a round, may have fewer rounds.
	:returns: the comparison, the control's ratio, and a remark (empty if the first attempt counted).
	"""
	controls = []
	if QUICK:
		rounds = control_rounds = 3
	for _attempt in range(1 if QUICK else attempts):
		comparison = compare(ours, theirs, clock, rounds)
		control = compare(ours, ours, clock, control_rounds or rounds).ratio
		if CONTROL[0] <= control <= CONTROL[1]:
			break
		controls.append(f"{control:.3f}")
	else:
		return comparison, control, f"VOID: no control within {CONTROL[0]}–{CONTROL[1]} in {attempts} attempt(s)"
	return comparison, control, f"controls of void attempts before: {', '.join(controls)}" if controls else ""


def rounds_for(seconds: float, budget: float = 120, most: int = 20, least: int = 2) -> int:
	"""How many rounds of blocks that take so many seconds fit into a budget: four blocks a round, and the control's half as many."""
	return max(least, min(most, int(budget / (6 * seconds))))


def compare(ours: Side, theirs: Side, clock: Callable[[], float], rounds: int) -> Comparison:
	"""Rounds of A, B, B, A after a warm-up: what drifts steadily during a round hits both sides alike."""
	pairs = []
	gc.collect()
	gc.freeze()  # what is loaded already need not be looked through before every block
	warm_up = (1 if QUICK or rounds > 2 else 0) if rounds < ROUNDS_OF_SHORT else WARM_UP
	for number in range(warm_up + rounds):
		first = time_block(ours, clock)
		second = time_block(theirs, clock) + time_block(theirs, clock)
		first += time_block(ours, clock)
		if number >= warm_up:
			pairs.append((first / (2 * ours.repeat), second / (2 * theirs.repeat)))
	gc.unfreeze()
	ratios = [a / b for a, b in pairs]
	low, high = interval(ratios)
	return Comparison(
		ratio=statistics.median(ratios),
		low=low,
		high=high,
		ours=statistics.median(a for a, _b in pairs),
		theirs=statistics.median(b for _a, b in pairs),
	)


def time_block(side: Side, clock: Callable[[], float]) -> float:
	"""Seconds of one block, without garbage collection; puts things back afterwards."""
	work = side.work
	gc.collect()
	gc.disable()
	try:
		start = clock()
		for _each in range(side.repeat):
			work()
		return clock() - start
	finally:
		gc.enable()
		side.after()


def interval(values: list[float]) -> tuple[float, float]:
	"""95 % bootstrap interval of the median."""
	chance = random.Random(20260302)
	medians = sorted(statistics.median(chance.choices(values, k=len(values))) for _each in range(RESAMPLES))
	return medians[int(0.025 * RESAMPLES)], medians[int(0.975 * RESAMPLES) - 1]


def require_equal(ours, theirs, what: str) -> None:
	"""Both sides must have done the same, else their times say nothing."""
	if ours != theirs:
		raise AssertionError(f"{what}: the two sides differ\nours:   {ours}\ntheirs: {theirs}")


@contextmanager
def statements() -> Iterator[list[str]]:
	"""The SQL statements that are sent while the block runs, as the server receives them."""
	sent: list[str] = []
	cursor = frappe.db._cursor
	execute = cursor.execute

	def record(query, args=None):
		sent.append(cursor.mogrify(query, args))
		return execute(query, args)

	cursor.execute = record
	try:
		yield sent
	finally:
		del cursor.execute


@contextmanager
def cache_calls() -> Iterator[list[str]]:
	"""The commands that are sent to Redis while the block runs."""
	sent: list[str] = []
	kind = type(frappe.cache() if callable(frappe.cache) else frappe.cache)
	execute = kind.execute_command

	def record(self, *args, **options):
		sent.append(" ".join(str(arg)[:100] for arg in args[:3]))
		return execute(self, *args, **options)

	kind.execute_command = record
	try:
		yield sent
	finally:
		if "execute_command" in vars(kind) and kind.execute_command is record:
			kind.execute_command = execute


def micro(seconds: float) -> str:
	"""A time for people: µs or ms."""
	return f"{seconds * 1e6:,.1f} µs" if seconds < 0.001 else f"{seconds * 1e3:,.2f} ms"
