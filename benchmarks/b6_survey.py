"""B6: a guest answers a survey of ten questions: token look-up, checks, claim, response, its rows, score, trail.

(a) through HTTP, against a `ping` through the same client: what an answer costs beyond getting to the server and back; and how many SQL
statements the server sends for it. Answers are committed and taken away after each block, outside the timed part.

(b) in the process, against Frappe's own web form `accept` of a DocType of the same columns, indexes and child table, without a controller:
it is given all the values that ours finds out. It is called without its rate limit, ours with. Both are rolled back after each block.
"""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.website.doctype.web_form import web_form as frappe_web_form

from benchmarks.protocol import WALL, Result, Side, measure, micro, require_equal, statements
from customer_service.organisation import web_forms
from customer_service.tests import surveys
from customer_service.tests.client import Client

SCRATCH, SCRATCH_ROW = "Benchmark Survey Response", "Benchmark Survey Answer"
QUESTIONS = 10
GIVEN = {f"Q{number}": "2" for number in range(1, QUESTIONS + 1)}
ITEMS = tuple((code, "Level", f"Question {code}", f"问题 {code}", {}) for code in GIVEN)
BLOCK, ROUNDS = 5, 30
GOAL_PING, GOAL_ACCEPT, GOAL_STATEMENTS = 3.0, 1.0, 9
ACCEPT = "frappe.website.doctype.web_form.web_form.accept"
MANY = 1_000_000
LIMITS = ("guest_posts_per_address", "guest_posts_per_site", "guest_posts_per_link")


def run(verbose: bool = False) -> Iterator[Result]:
	"""Against a ping, then against Frappe's accept."""
	with open_doors(), invited(2 * BLOCK) as tokens:
		sent = counted(tokens[0], verbose)
		yield against_ping(tokens, sent)
		with scratch_form() as name:
			yield against_accept(tokens, name, sent)


def posted(token: str) -> str:
	return json.dumps({"token": token, "answers": GIVEN, "respondent": "Li Example"})


def answer(token: str) -> dict:
	return web_forms.accept(web_form="survey", data=posted(token))


def counted(token: str, verbose: bool) -> int:
	"""SQL statements of one answer as a request sends them: what processes share is warm, what belongs to a request is not."""
	with as_guest():
		answer(token)
		frappe.db.rollback()
	frappe.destroy()
	frappe.init(site=os.environ["CS_SITE"])
	frappe.connect()
	frappe.db.sql("select 1")  # only now is there a cursor
	with as_guest(), statements() as sent:
		answer(token)
	frappe.db.rollback()
	if verbose:
		print("\n".join(f"     {' '.join(statement.split())[:160]}" for statement in sent))
	return len(sent)


def against_ping(tokens: list[str], sent: int) -> Result:
	client = Client(os.environ["CS_URL"])
	waiting = Waiting(tokens)
	ours = Side(
		"answer",
		lambda: client.call(ACCEPT, web_form="survey", data=posted(waiting.next())),
		lambda: waiting.again(forget_answers),
		repeat=BLOCK,
	)
	theirs = Side("ping", lambda: client.call("ping"), repeat=BLOCK)
	comparison, control, remark = measure(ours, theirs, WALL, ROUNDS)
	client.close()
	met = comparison.ratio <= GOAL_PING and sent <= GOAL_STATEMENTS and not remark.startswith("VOID")
	return Result(
		id="B6 ping",
		what="a guest answers ten questions / ping, both by HTTP",
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control,
		goal=f"≤ {GOAL_PING}, ≤ {GOAL_STATEMENTS} SQL",
		met=met,
		note=f"{micro(comparison.ours)} against {micro(comparison.theirs)}, {sent} SQL statements. {remark}".strip(),
	)


def against_accept(tokens: list[str], form: str, sent: int) -> Result:
	waiting = Waiting(tokens)
	theirs_accept = inspect.unwrap(frappe_web_form.accept)
	with as_guest():
		values = same_values(tokens[0])

		def frappe_accepts():
			own = {**values, "invitation": frappe.generate_hash(length=20)}  # a unique column
			return theirs_accept(web_form=form, data=json.dumps(own))

		answer(tokens[0])
		ours_rows = frappe.db.sql(
			"select code, answer, level, points from `tabSurvey Answer` where creation > now() - interval 1 day "
			"and campaign = %s order by idx",
			waiting.campaign,
		)
		frappe.db.rollback()
		made = frappe_accepts()
		theirs_rows = frappe.db.sql(
			f"select code, answer, level, points from `tab{SCRATCH_ROW}` where parent = %s order by idx", made.name
		)
		require_equal(ours_rows, theirs_rows, "B6 rows")
		frappe.db.rollback()
		with statements() as by_frappe:
			frappe_accepts()
		frappe.db.rollback()
		ours = Side("answer", lambda: answer(waiting.next()), lambda: waiting.again(frappe.db.rollback), repeat=BLOCK)
		theirs = Side("accept", frappe_accepts, frappe.db.rollback, repeat=BLOCK)
		comparison, control, remark = measure(ours, theirs, WALL, ROUNDS)
	return Result(
		id="B6 accept",
		what="a guest answers ten questions / Frappe's accept of an equally wide DocType",
		ratio=comparison.ratio,
		low=comparison.low,
		high=comparison.high,
		control=control,
		goal=f"≤ {GOAL_ACCEPT}",
		met=comparison.ratio <= GOAL_ACCEPT and not remark.startswith("VOID"),
		note=(
			f"{micro(comparison.ours)} against {micro(comparison.theirs)}, {sent} SQL statements against {len(by_frappe)}. {remark}"
		).strip(),
	)


class Waiting:
	"""Tokens that have not been used in this block."""

	def __init__(self, tokens: list[str]):
		self.tokens, self.place = tokens, 0
		self.campaign = _campaign()

	def next(self) -> str:
		self.place += 1
		return self.tokens[self.place - 1]

	def again(self, undo) -> None:
		undo()
		self.place = 0


def same_values(token: str) -> dict:
	"""What ours stores for an answer, as Frappe's accept takes it."""
	answer(token)
	doc = frappe.get_doc("Survey Response", {"campaign": _campaign()})
	values = {field.fieldname: doc.get(field.fieldname) for field in frappe.get_meta(SCRATCH).fields}
	columns = [field.fieldname for field in frappe.get_meta(SCRATCH_ROW).fields]
	values["answers"] = [{column: row.get(column) for column in columns} for row in doc.answers]
	frappe.db.rollback()
	return json.loads(json.dumps({key: value for key, value in values.items() if value is not None}, default=str))


def _campaign() -> str:
	return frappe.db.get_value("Survey Campaign", {"title": TITLE})


TITLE = "Benchmark of answers"


@contextmanager
def as_guest():
	frappe.set_user("Guest")
	try:
		yield
	finally:
		frappe.set_user("Administrator")


@contextmanager
def open_doors():
	"""Limits that no benchmark reaches."""
	settings = frappe.get_doc("Customer Service Settings")
	before = {field: settings.get(field) for field in LIMITS}
	_set(dict.fromkeys(LIMITS, MANY))
	try:
		yield
	finally:
		_set(before)


def _set(values: dict) -> None:
	settings = frappe.get_doc("Customer Service Settings")
	settings.update(values)
	settings.save()
	frappe.db.commit()


@contextmanager
def invited(number: int):
	"""A campaign with so many invitations of one customer each; yields their tokens; all gone afterwards."""
	tidy()
	campaign = surveys.campaign(surveys.survey(ITEMS), title=TITLE)
	names = [surveys.invitation(campaign, place) for place in range(1, number + 1)]
	tokens = [surveys.token_of(name) for name in names]
	frappe.db.commit()
	try:
		yield tokens
	finally:
		frappe.db.rollback()
		tidy()


def forget_answers() -> None:
	"""Take back what was answered; a fresh look at what the server has committed comes first."""
	frappe.db.rollback()
	campaign = _campaign()
	for doctype in ("Survey Answer", "Survey Response"):
		frappe.db.delete(doctype, {"campaign": campaign})
	frappe.db.delete("Service Event", {"reference_name": ("like", f"{campaign}-%")})
	frappe.db.sql("update `tabSurvey Invitation` set status = 'Sent', answered_at = null where campaign = %s", campaign)
	frappe.db.commit()


def tidy() -> None:
	while campaign := _campaign():
		forget_answers()
		survey = frappe.db.get_value("Survey Campaign", campaign, "survey")
		customers = frappe.get_all("Survey Invitation", {"campaign": campaign}, pluck="customer")
		frappe.db.delete("Guest Link", {"reference_name": ("like", f"{campaign}-%")})
		frappe.db.delete("Survey Invitation", {"campaign": campaign})
		frappe.db.delete("Survey Campaign", {"name": campaign})
		for doctype in ("Survey Item", "Survey Language", "Survey Translation"):
			frappe.db.delete(doctype, {"parent": survey})
		frappe.db.delete("Satisfaction Survey", {"name": survey})
		frappe.db.delete("Service Customer Contact", {"parent": ("in", customers or [""])})
		frappe.db.delete("Service Customer", {"name": ("in", customers or [""])})
		frappe.db.commit()


@contextmanager
def scratch_form():
	"""A DocType like the response, a child like its rows, a Web Form for it; dropped afterwards."""
	drop()
	try:
		_copy("Survey Answer", SCRATCH_ROW, {})
		_copy("Survey Response", SCRATCH, {"answers": SCRATCH_ROW})
		for doctype, copied in (("Survey Answer", SCRATCH_ROW), ("Survey Response", SCRATCH)):
			for name, columns in indexes(doctype).items():
				frappe.db.add_index(copied, columns, name)
		fields = [
			field for field in frappe.get_meta(SCRATCH).fields if field.fieldtype not in frappe.model.no_value_fields
		]
		fields.append(frappe.get_meta(SCRATCH).get_field("answers"))
		form = frappe.get_doc(
			{
				"doctype": "Web Form",
				"title": "Benchmark survey",
				"route": "benchmark-survey",
				"doc_type": SCRATCH,
				"module": "Custom",
				"published": 1,
				"web_form_fields": [
					{
						"fieldname": field.fieldname,
						"fieldtype": field.fieldtype,
						"label": field.label,
						"options": field.options,
					}
					for field in fields
				],
			}
		).insert()
		frappe.db.commit()
		yield form.name
	finally:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		drop()


def _copy(doctype: str, name: str, tables: dict[str, str]) -> None:
	fields = []
	for field in frappe.get_meta(doctype).fields:
		copied = {key: value for key, value in field.as_dict(no_default_fields=True).items() if value not in (None, "")}
		copied.pop("read_only", None)
		if copied["fieldtype"] == "Table":
			if copied["fieldname"] not in tables:
				continue
			copied["options"] = tables[copied["fieldname"]]
		fields.append(copied)
	meta = frappe.get_meta(doctype)
	frappe.get_doc(
		{
			"doctype": "DocType",
			"name": name,
			"module": "Custom",
			"custom": 1,
			"istable": meta.istable,
			"autoname": "hash",
			"track_changes": meta.track_changes,
			"fields": fields,
			"permissions": [] if meta.istable else [{"role": "System Manager", "read": 1, "write": 1, "create": 1}],
		}
	).insert()


def indexes(doctype: str) -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	for row in frappe.db.sql(f"show index from `tab{doctype}`", as_dict=True):
		found.setdefault(row.Key_name, []).append(row.Column_name)
	return {name: columns for name, columns in found.items() if len(columns) > 1}


def drop() -> None:
	for name in frappe.get_all("Web Form", {"route": "benchmark-survey"}, pluck="name"):
		frappe.delete_doc("Web Form", name, force=True, delete_permanently=True)
	for doctype in (SCRATCH, SCRATCH_ROW):
		if frappe.db.exists("DocType", doctype):
			frappe.delete_doc("DocType", doctype, force=True, delete_permanently=True)
		frappe.db.sql_ddl(f"drop table if exists `tab{doctype}`")
	frappe.db.commit()
