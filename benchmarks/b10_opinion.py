"""B10: one department's opinion against a step of Frappe's own workflow; many opinions at once against one by one.

One: `give_opinion` of the second of four departments, on an order under review. Theirs: `frappe.model.workflow.apply_workflow` with a
step that a clerk takes on an order of the same content (Mark Clarified). Both load the order, check the right, store what was decided and
its trail; ours besides compares what was seen, locks the order, and asks whoever comes next.

Many: `accept_opinions` of 200 orders, as `opinions_to_accept` showed them, against 200 calls of `give_opinion`.

Everything runs in one transaction of one connection and is rolled back after each block, outside the timed part.
"""

from __future__ import annotations

from contextlib import contextmanager

import frappe
from frappe.model.workflow import apply_workflow

from benchmarks import protocol
from benchmarks.protocol import WALL, Result, Side, measure, micro, require_equal, statements
from customer_service.contract_review import api, opinions
from customer_service.tests import factories

GOAL_ONE, GOAL_MANY = 1.10, 0.5
BLOCK, MANY = 5, 200
DEPARTMENT = "Materials"
FIRST = "Engineering"
MATRIX = "Benchmark Matrix"


def run(verbose: bool = False) -> list[Result]:
	"""One opinion, then many."""
	return [one(verbose), many(verbose)]


def one(verbose: bool) -> Result:
	"""An opinion against a step of the workflow, on orders of the same content."""
	with orders(BLOCK) as reviewed, drafts(BLOCK) as waiting:
		shown = sheets(reviewed)
		mine = Side("opinion", lambda: [give(row) for row in shown], frappe.db.rollback)
		step = Side("workflow", lambda: [as_clerk(name) for name in waiting], frappe.db.rollback)
		require_equal(*outcome(mine, step, reviewed, waiting), "B10")
		more = count(mine, step, verbose)
		comparison, control, remark = measure(mine, step, WALL, 20)
	print(
		f"  one {comparison.ratio:.3f} [{comparison.low:.3f}, {comparison.high:.3f}], control {control:.3f} {remark}; "
		f"{more[0]} SQL statements against {more[1]}"
	)
	return Result(
		id="B10",
		what="one department's opinion / a step of Frappe's workflow on the same order",
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control,
		goal=f"≤ {GOAL_ONE:.2f}",
		met=comparison.ratio <= GOAL_ONE and not remark.startswith("VOID"),
		note=(
			f"{micro(comparison.ours / BLOCK)} against {micro(comparison.theirs / BLOCK)}; {more[0]} SQL statements against "
			f"{more[1]}; the opinion is not the last one. {remark}"
		).strip(),
	)


def many(verbose: bool) -> Result:
	"""Opinions in bulk against one by one, of the same orders."""
	number = 20 if protocol.QUICK else MANY
	with orders(number) as reviewed:
		shown = sheets(reviewed)
		rows = [{key: row[key] for key in ("contract_review", "department", "seen")} for row in shown]
		bulk = Side("bulk", lambda: in_bulk(rows), frappe.db.rollback)
		singles = Side("one by one", lambda: [give(row) for row in shown], frappe.db.rollback)
		bulk.work()
		first = given(reviewed)
		bulk.after()
		singles.work()
		require_equal(first, given(reviewed), "B10 bulk")
		singles.after()
		more = count(bulk, singles, verbose)
		seconds = protocol.time_block(singles, WALL)
		comparison, control, remark = measure(
			bulk, singles, WALL, protocol.rounds_for(seconds, budget=240, most=20, least=4)
		)
	print(
		f"  bulk {comparison.ratio:.3f} [{comparison.low:.3f}, {comparison.high:.3f}], control {control:.3f} {remark}; "
		f"{more[0] / number:.1f} SQL statements an opinion against {more[1] / number:.1f}"
	)
	return Result(
		id="B10 bulk",
		what=f"{number} opinions by accept_opinions / one by one",
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control,
		goal=f"≤ {GOAL_MANY}",
		met=comparison.ratio <= GOAL_MANY and not remark.startswith("VOID"),
		note=(
			f"{micro(comparison.ours / number)} against {micro(comparison.theirs / number)} an opinion; "
			f"{more[0] / number:.1f} SQL statements against {more[1] / number:.1f}. {remark}"
		).strip(),
	)


def sheets(names: list[str]) -> list[dict]:
	"""What the department is shown of these orders."""
	frappe.set_user(factories.email(factories.REVIEWERS[DEPARTMENT]))
	asked = frappe.get_all(
		opinions.DOCTYPE, {"contract_review": ("in", names), "department": DEPARTMENT, "status": "Asked"}, pluck="name"
	)
	return [row for start in range(0, len(asked), 200) for row in api.opinions_to_accept(asked[start : start + 200])]


def give(row: dict) -> None:
	frappe.set_user(factories.email(factories.REVIEWERS[DEPARTMENT]))
	api.give_opinion(row["contract_review"], row["department"], "Accept", row["seen"])


def in_bulk(rows: list[dict]) -> None:
	frappe.set_user(factories.email(factories.REVIEWERS[DEPARTMENT]))
	answer = api.accept_opinions(rows)
	if answer["errors"]:
		raise AssertionError(answer["errors"][:3])


def as_clerk(name: str) -> None:
	frappe.set_user(factories.email("clerk"))
	apply_workflow({"doctype": api.DOCTYPE, "name": name}, "Mark Clarified")


def outcome(mine: Side, step: Side, reviewed: list[str], waiting: list[str]) -> tuple[list, list]:
	"""Each side does its work on every order: opinions given here, states reached there."""
	mine.work()
	done = [row["status"] == "Given" for row in given(reviewed)]
	mine.after()
	step.work()
	names = {"name": ("in", waiting)}
	states = [
		state == "Clarified" for state in frappe.get_all(api.DOCTYPE, names, pluck="workflow_state", order_by="name")
	]
	step.after()
	require_equal(done, [True] * len(reviewed), "B10 opinions")
	return done, states


def given(names: list[str]) -> list[dict]:
	"""What is stored of the department's opinions, without what belongs to the moment."""
	fields = ["contract_review", "status", "state_category", "conclusion", "signed_by", "content_seen", "is_late"]
	filters = {"contract_review": ("in", names), "department": DEPARTMENT}
	return frappe.get_all(opinions.DOCTYPE, filters, fields, order_by="contract_review asc")


def count(ours: Side, theirs: Side, verbose: bool) -> tuple[int, int]:
	"""SQL statements of a block on each side, once everything is warm."""
	numbers = []
	for side in (ours, theirs):
		with statements() as sent:
			side.work()
		side.after()
		numbers.append(len(sent))
		if verbose:
			print(f"  -- {side.name}")
			print("\n".join(f"     {' '.join(statement.split())[:230]}" for statement in sent[:80]))
	return numbers[0], numbers[1]


@contextmanager
def orders(number: int):
	"""Orders under review by four departments, the first of which has answered; committed, and taken away again."""
	with _made(number) as names:
		for name in names:
			factories.go(frappe.get_doc(api.DOCTYPE, name), "Start Review", by="clerk")
			factories.give_opinion(frappe.get_doc(api.DOCTYPE, name), FIRST)
		frappe.db.commit()
		yield names


@contextmanager
def drafts(number: int):
	"""The same orders before their review."""
	with _made(number) as names:
		yield names


@contextmanager
def _made(number: int):
	frappe.set_user("Administrator")
	matrix = _matrix()
	customer = factories.make_customer().name
	names = [factories.make_order(customer=customer).name for _each in range(number)]
	frappe.db.commit()
	try:
		yield names
	finally:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		_take_away(names, customer, matrix)


def _matrix() -> str:
	"""Four departments, no question that must be answered: what can be accepted in bulk."""
	if frappe.db.exists("Review Matrix", MATRIX):
		return MATRIX
	frappe.get_doc(
		{
			"doctype": "Review Matrix",
			"name": MATRIX,
			"matrix_name": MATRIX,
			"enabled": 1,
			"rank": 1,
			"departments": [{"department": name, "sequence": 1} for name in factories.REVIEWERS],
			"deciders": [{"role": "General Manager"}],
		}
	).insert(ignore_permissions=True)
	return MATRIX


def _take_away(names: list[str], customer: str, matrix: str) -> None:
	"""Every row that the orders left, past the rule that business records stay."""
	asked = frappe.get_all(opinions.DOCTYPE, {"contract_review": ("in", names)}, pluck="name")
	records = [*names, *asked]
	for part in (records[start : start + 500] for start in range(0, len(records), 500)):
		for table in ("Service Event", "Service Clock"):
			frappe.db.delete(table, {"reference_name": ("in", part)})
		for table in ("Contract Review Line", "Contract Review Department", "Review Answer"):
			frappe.db.delete(table, {"parent": ("in", part)})
		for table, column in (("Notification Log", "document_name"), ("Email Queue", "reference_name")):
			frappe.db.delete(table, {column: ("in", part)})
		for table in ("Version", "Comment"):
			column = "docname" if table == "Version" else "reference_name"
			frappe.db.delete(table, {column: ("in", part)})
		for doctype in (opinions.DOCTYPE, api.DOCTYPE):
			frappe.db.delete(doctype, {"name": ("in", part)})
	frappe.delete_doc("Service Customer", customer, force=True, delete_permanently=True)
	if not frappe.db.exists(api.DOCTYPE, {"review_matrix": matrix}):
		frappe.delete_doc("Review Matrix", matrix, force=True, ignore_missing=True, delete_permanently=True)
	frappe.db.commit()
	frappe.clear_cache(doctype=api.DOCTYPE)
