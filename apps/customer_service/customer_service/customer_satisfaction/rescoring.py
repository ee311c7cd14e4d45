"""All answers of a campaign scored again together, by few statements: what the registers and the scheme say now (E-4)."""

import frappe

from customer_service.customer_satisfaction import deductions, scoring
from customer_service.organisation import batched, clock

AT_ONCE = 1000

SCORED = ("is_scored", "low_items", "base_score", "deduction", "score", "explanation")
ANSWERED = ("points", "max_points", "weight", "is_low")

DEDUCTION_FIELDS = ("rule_label", "reference_doctype", "reference_name", "happened_on", "points")


def rescore(campaign) -> int:
	"""Score every answer of a campaign that is not reported; returns how many came to another score. Writes only what differs."""
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
		self.replace_deductions(lists)
		return len(scores)

	def replace_deductions(self, lists: dict[str, list[dict]]) -> None:
		if not lists:
			return
		table = frappe.qb.DocType("Survey Deduction")
		frappe.qb.from_(table).delete().where(table.parent.isin(list(lists))).run()
		columns = (*batched.STANDARD, "parent", "parenttype", "parentfield", "idx", *DEDUCTION_FIELDS)
		rows = [
			(
				*batched.standard(self.moment),
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
	return value or "" if isinstance(value, str | None) else round(float(value), 6)


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
