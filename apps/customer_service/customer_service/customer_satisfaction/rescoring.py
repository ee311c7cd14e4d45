"""All answers of a campaign scored again together, by few statements: what the registers and the scheme say now (E-4)."""

import ast
from decimal import Decimal

import frappe

from customer_service.compat import server_scripts_of
from customer_service.customer_satisfaction import arrivals, deductions, scoring
from customer_service.organisation import batched, clock, locking

AT_ONCE, BY_SCRIPT_AT_ONCE = 1000, 200

SCORED = ("is_scored", "low_items", "base_score", "deduction", "score", "explanation")
ANSWERED = ("points", "max_points", "weight", "is_low")

DEDUCTION_FIELDS = ("rule_label", "reference_doctype", "reference_name", "happened_on", "points")


def rescore(campaign) -> int:
	"""Score every answer of a campaign that is not reported; returns how many came to another score. Writes only what differs.

	Where an administrator has made the scoring his own, his Server Script decides again, as it did on arrival (design rule 6).
	"""
	if _has_own_script():
		return _rescore_by_script(campaign)
	scheme = frappe.get_cached_doc("Scoring Scheme", campaign.scoring_scheme)
	scale = scoring.Scale(frappe.get_cached_doc("Satisfaction Survey", campaign.survey), scheme)
	counted = deductions.of_campaign(scheme, campaign)
	changed, last = 0, ""
	while True:
		rows = _responses(campaign.name, last)
		if not rows:
			return changed
		last = rows[-1].name
		changed += _Chunk(rows, scale, scheme, counted, bool(campaign.is_anonymous)).write()


def _responses(campaign: str, after: str) -> list[frappe._dict]:
	table = frappe.qb.DocType("Survey Response")
	return (
		frappe.qb.from_(table)
		.select(table.name, table.customer, table.score_version, *(table[field] for field in SCORED))
		.where((table.campaign == campaign) & (table.name > after))
		.orderby(table.name)
		.limit(AT_ONCE)
		.run(as_dict=True)
	)


class _Chunk:
	def __init__(self, rows: list, scale, scheme, counted: dict, is_anonymous: bool):
		self.rows, self.scale, self.scheme, self.counted = rows, scale, scheme, counted
		self.moment = clock.now()
		if is_anonymous:  # no time of day may join answers to who gave them
			self.moment = self.moment.replace(hour=0, minute=0, second=0, microsecond=0)
		self.answers = self.read_answers()
		self.kept = self.read_deductions()
		self.none = [[] for _rule in scheme.deduction_rules]

	def read_answers(self) -> dict[str, list]:
		table = frappe.qb.DocType("Survey Answer")
		fields = ("name", "parent", "code", "level", "answer", "is_missing", *ANSWERED)
		found = {}
		query = frappe.qb.from_(table).select(*(table[field] for field in fields)).where(table.parent.isin(self.names))
		for row in query.orderby(table.parent).orderby(table.idx).run(as_dict=True):
			found.setdefault(row.parent, []).append(row)
		return found

	def read_deductions(self) -> dict[str, list[tuple]]:
		table = frappe.qb.DocType("Survey Deduction")
		found = {}
		query = frappe.qb.from_(table).select(table.parent, *(table[field] for field in DEDUCTION_FIELDS))
		for parent, *values in query.where(table.parent.isin(self.names)).orderby(table.idx).run():
			found.setdefault(parent, []).append(_comparable(values))
		return found

	@property
	def names(self) -> list[str]:
		return [row.name for row in self.rows]

	def write(self) -> int:
		"""Store what differs; returns how many answers came to another score."""
		scores, points, lists = [], [], {}
		for row in self.rows:
			reckoned = self.scale.reckon(self.answers.get(row.name, []))
			counted = self.counted.get(row.customer, self.none) if row.customer and reckoned.is_scored else self.none
			values = scoring.values_of(reckoned, self.scheme, [len(records) for records in counted])
			if _differ(row, values, SCORED):
				version = (row.score_version or 0) + 1
				scores.append((row.name, *(values[field] for field in SCORED), version, self.moment))
			points += [
				(answer.name, *(of_answer[field] for field in ANSWERED))
				for answer in self.answers.get(row.name, [])
				if _differ(answer, of_answer := scoring.answer_values(reckoned.rows.get(answer.code)), ANSWERED)
			]
			wanted = scoring.deduction_rows(self.scheme, counted)
			if [_comparable([each[field] for field in DEDUCTION_FIELDS]) for each in wanted] != self.kept.get(
				row.name, []
			):
				lists[row.name] = wanted
		_update("Survey Response", (*SCORED, "score_version", "scored_at"), scores)
		_update("Survey Answer", ANSWERED, points)
		_replace_deductions(lists, self.moment)
		return len(scores)


def _has_own_script() -> bool:
	"""Whether an enabled script of arrival does anything but what the shipped one does."""
	names = server_scripts_of("Survey Response", arrivals.SCORING_EVENT)
	return not all(_only_scores(frappe.get_cached_doc("Server Script", name).script) for name in names)


def _only_scores(script: str) -> bool:
	try:
		body = ast.parse(script or "").body
	except SyntaxError:
		return False
	return len(body) == 1 and ast.unparse(body[0]) == "doc.score_answers()"


def _rescore_by_script(campaign) -> int:
	table = frappe.qb.DocType("Survey Response")
	names = [
		name
		for (name,) in frappe.qb.from_(table)
		.select(table.name)
		.where(table.campaign == campaign.name)
		.orderby(table.name)
		.run()
	]
	parts = (names[start : start + BY_SCRIPT_AT_ONCE] for start in range(0, len(names), BY_SCRIPT_AT_ONCE))
	return sum(_score_by_script(part) for part in parts)


def _score_by_script(names: list[str]) -> int:
	"""Run the scripts of arrival for these answers and store scores, points, deductions and an administrator's own fields.

	What people have judged stays, whatever a script says of it.
	"""
	from frappe.core.doctype.server_script.server_script_utils import run_server_script_for_doc_event

	own = [field.fieldname for field in frappe.get_meta("Survey Response").get("fields", {"is_custom_field": 1})]
	own = [field for field in own if field in frappe.db.get_table_columns("Survey Response")]
	fields = (*SCORED, "proposed_validity", *own)
	scores, points, lists, moment = [], [], {}, clock.now()
	for name, doc in locking.load_many("Survey Response", names).items():
		before = {field: doc.get(field) for field in fields}
		answers = {row.name: {field: row.get(field) for field in ANSWERED} for row in doc.answers}
		kept, version = [_of_deduction(row) for row in doc.deductions], doc.score_version or 0
		run_server_script_for_doc_event(doc, "before_insert")
		if _differ(before, doc.as_dict(), fields):
			scores.append((name, *(doc.get(field) for field in fields), version + 1, doc.scored_at or moment))
		points += [
			(row.name, *(row.get(field) for field in ANSWERED))
			for row in doc.answers
			if row.name in answers and _differ(answers[row.name], row.as_dict(), ANSWERED)
		]
		if [_of_deduction(row) for row in doc.deductions] != kept:
			lists[name] = [{field: row.get(field) for field in DEDUCTION_FIELDS} for row in doc.deductions]
	_update("Survey Response", (*fields, "score_version", "scored_at"), scores)
	_update("Survey Answer", ANSWERED, points)
	_replace_deductions(lists, moment)
	return len(scores)


def _of_deduction(row) -> tuple:
	return _comparable([row.get(field) for field in DEDUCTION_FIELDS])


def _replace_deductions(lists: dict[str, list[dict]], moment) -> None:
	if not lists:
		return
	table = frappe.qb.DocType("Survey Deduction")
	frappe.qb.from_(table).delete().where(table.parent.isin(list(lists))).run()
	columns = (*batched.STANDARD, "parent", "parenttype", "parentfield", "idx", *DEDUCTION_FIELDS)
	rows = [
		(
			*batched.standard(moment),
			parent,
			"Survey Response",
			"deductions",
			number,
			*(row[field] for field in DEDUCTION_FIELDS),
		)
		for parent, wanted in lists.items()
		for number, row in enumerate(wanted, start=1)
	]
	batched.write("Survey Deduction", columns, rows)


def _comparable(values) -> tuple:
	*texts, points = values
	return (*(str(value) for value in texts), float(points or 0))


def _differ(row, values: dict, fields: tuple[str, ...]) -> bool:
	return any(_plain(row[field]) != _plain(values[field]) for field in fields)


def _plain(value):
	if isinstance(value, int | float | Decimal):
		return round(float(value), 6)
	return str(value or "")


def _update(doctype: str, fields: tuple[str, ...], rows: list[tuple]) -> None:
	"""Set fields of many rows by their names, by few statements. All rows exist, so that none is inserted."""
	columns = ", ".join(f"`{field}`" for field in ("name", *fields))
	values = ", ".join(f"`{field}` = values(`{field}`)" for field in fields)
	mark = f"({', '.join(['%s'] * (len(fields) + 1))})"
	for start in range(0, len(rows), batched.ROWS):
		part = rows[start : start + batched.ROWS]
		frappe.db.sql(
			f"insert into `tab{doctype}` ({columns}) values {', '.join([mark] * len(part))} on duplicate key update {values}",
			[value for row in part for value in row],
		)
