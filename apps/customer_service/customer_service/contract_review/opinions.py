"""The joint review: departments asked in parallel or in turn, what each says, and what a changed order makes void (C-2, L3).

An opinion is a record of its own, so that several departments sign at the same moment without one overwriting the other. It carries
the hash of what its department saw; a change of what concerns that department makes it void, and the department is asked again.
"""

import frappe
from frappe import _
from frappe.utils import escape_html, flt, get_fullname

from customer_service.contract_review import content, matrix
from customer_service.exceptions import ReviewError, StaleContentError
from customer_service.organisation import clock, events, notices, people, states
from customer_service.organisation.text import plain

DOCTYPE = "Review Opinion"

ASKED, GIVEN, VOID, WITHDRAWN = "Asked", "Given", "Void", "Withdrawn"

ACCEPT, ACCEPT_WITH_CONDITIONS, REJECT = "Accept", "Accept with Conditions", "Reject"
CONCLUSIONS = (ACCEPT, ACCEPT_WITH_CONDITIONS, REJECT)

HEAD_ONLY = "Head or Deputy"

UNDER_REVIEW = ("In Review", "Objection", "Coordinated")
"""Steps in which the order is reviewed: its content can change, and opinions follow it."""

COLUMNS = (
	"name",
	"department",
	"sequence",
	"round",
	"status",
	"asked_at",
	"due_at",
	"is_late",
	"conclusion",
	"remark",
	"content_seen",
	"concerned_fields",
	"given_by",
	"signed_by",
	"signed_for",
	"given_at",
	"void_reason",
	"carried_from",
)


def begin(order) -> None:
	"""Choose the matrix and note who is asked; the order is about to be saved.

	:raises ReviewError: if no matrix fits.
	"""
	chosen = matrix.choose(order)
	order.review_matrix = chosen.name
	order.review_started_at, order.reviewed_at = clock.now(), None
	fields = ("department", "sequence", "given_by", "concerned_fields")
	order.set("departments", [{field: row.get(field) for field in fields} for row in chosen.departments])


def current(order_name: str, lock: bool = False) -> dict[str, frappe._dict]:
	"""Department -> its newest opinion.

	:param lock: read what is committed now and hold it.
	"""
	return current_of([order_name], lock).get(order_name, {})


def current_of(order_names: list[str], lock: bool = True) -> dict[str, dict[str, frappe._dict]]:
	"""The same of several orders, by one statement: order -> department -> its newest opinion."""
	table = frappe.qb.DocType(DOCTYPE)
	query = (
		frappe.qb.from_(table)
		.select(table.contract_review, *(table[column] for column in COLUMNS))
		.where(table.contract_review.isin(order_names or [""]) & (table.status != WITHDRAWN))
		.orderby(table["round"])
	)
	found: dict[str, dict[str, frappe._dict]] = {}
	for row in (query.for_update() if lock else query).run(as_dict=True):
		found.setdefault(row.pop("contract_review"), {})[row.department] = row
	return found


def settle(order, seen: dict | None = None, known: dict[str, frappe._dict] | None = None) -> bool:
	"""Ask whoever's turn it is. Returns whether all opinions are in and hold for the order as it stands.

	:param seen: the order's content, if the caller has it. :param known: of `current`, read under the order's lock.
	"""
	known = current(order.name, lock=True) if known is None else known
	seen = seen or content.reviewed(order)
	missing = [row for row in order.departments if not is_valid(known.get(row.department), order, seen)]
	if not missing:
		return True
	step = min(row.sequence for row in missing)
	for row in missing:
		opinion = known.get(row.department)
		if row.sequence == step and not (opinion and opinion.status == ASKED):
			ask(order, row, (opinion["round"] if opinion else 0) + 1)
	return False


def is_valid(opinion, order, seen: dict | None = None) -> bool:
	"""Whether an opinion was given on what the order says now."""
	if not opinion or opinion.status != GIVEN:
		return False
	return opinion.content_seen == content.seen_of(seen or content.reviewed(order), opinion.concerned_fields)


def ask(order, row, round_no: int) -> None:
	"""Ask a department, by a row of the order's departments; tells its people once."""
	asked = frappe.get_doc(
		{
			"doctype": DOCTYPE,
			"contract_review": order.name,
			"customer": order.customer,
			"department": row.department,
			"sequence": row.sequence,
			"round": round_no,
			"given_by": row.given_by,
			"concerned_fields": row.concerned_fields,
			"status": ASKED,
			"asked_at": clock.now(),
			"answers": [
				{"question": each.question, "answer_type": each.answer_type, "is_required": each.is_required}
				for each in matrix.questions_for(
					frappe.get_cached_doc(matrix.MATRIX, order.review_matrix), row.department
				)
			],
		}
	)
	asked.flags.by_review = True
	asked.insert(ignore_permissions=True)  # asked by the review, whoever started it
	notices.tell(whom_to_tell(row.department, row.given_by), order, _words_asked)


def whom_to_tell(department: str, given_by: str) -> list[str]:
	"""Who in a department hears that it is asked: the head, or the group leaders."""
	if given_by == HEAD_ONLY:
		return [person for person in [people.head_of(department)] if person]
	return people.group_leaders_of(department) or people.members_of(department)


def _words_asked(order, language: str) -> str:
	return _("Your department's opinion on order {0} is asked for.", lang=language).format(order.name)


def mine(known: dict[str, frappe._dict], user: str) -> list[frappe._dict]:
	"""Opinions of an order that are open and that the user may give.

	:param known: of `current`.
	"""
	return [row for row in known.values() if row.status == ASKED and not why_not(row, user)]


def sheet(opinion, present: dict) -> dict:
	"""What a person needs to give an opinion: the questions, and the hash of what he sees."""
	record = frappe.get_doc(DOCTYPE, opinion.name)
	asked = [
		{"question": row.question, "answer_type": row.answer_type, "is_required": row.is_required}
		for row in record.answers
	]
	seen = content.seen_of(present, opinion.concerned_fields)
	return {"department": opinion.department, "due_at": opinion.due_at, "questions": asked, "seen": seen}


def why_not(opinion, user: str) -> str | None:
	"""Why a user cannot give this opinion; None if he can."""
	department = frappe.bold(escape_html(_(opinion.department)))
	if opinion.given_by == HEAD_ONLY:
		if user != people.head_of(opinion.department):
			return _("it needs the head of {0}, or the deputy while the head is absent").format(department)
	elif not people.belongs(user, opinion.department):
		return _("you do not belong to {0}").format(department)
	return None


def give(
	order,
	department: str,
	conclusion: str,
	seen: str,
	answers: dict,
	conditions: list,
	remark: str | None,
	known: dict[str, frappe._dict] | None = None,
	record=None,
) -> bool:
	"""Sign a department's opinion as the present user. The order was loaded by `locking.load`, and as long as that lock is held
	nobody else writes its opinions.

	:param seen: hash of what the department saw, as `board` gave it. :param answers: question -> answer.
	:param conditions: objects with ``condition_text`` and ``before_release``.
	:param known, record: of `current`, and the opinion, if the caller has read them under the order's lock; ``known`` follows.
	:returns: whether all opinions are in now.
	:raises ReviewError: if it is not asked, not his to give, or incomplete. :raises StaleContentError: if the order has changed.
	"""
	known = current(order.name, lock=True) if known is None else known
	opinion = known.get(department)
	if (
		not opinion
		or opinion.status != ASKED
		or states.step_of(order.doctype, order.workflow_state) not in UNDER_REVIEW
	):
		refuse(_("{0} is not asked for one at present").format(frappe.bold(escape_html(_(department)))))
	reason = why_not(opinion, frappe.session.user)
	if reason:
		refuse(reason)
	present = content.reviewed(order)
	if seen != content.seen_of(present, opinion.concerned_fields):
		frappe.throw(_("The order has changed since you opened it. Read it again."), StaleContentError)
	record = record or frappe.get_doc(DOCTYPE, opinion.name, for_update=True)
	record.flags.as_held = frappe.get_doc(record.as_dict())
	_fill(record, conclusion, answers, conditions, remark)
	head = frappe.get_cached_value("Service Department", department, "head")
	record.update(
		{
			"status": GIVEN,
			"signed_by": frappe.session.user,
			"signed_for": head if opinion.given_by == HEAD_ONLY and head != frappe.session.user else None,
			"given_at": clock.now(),
			"content_seen": seen,
		}
	)
	record.flags.by_review = True
	record.save(ignore_permissions=True)  # his to give, by the rule above
	events.record(order, "Opinion Given", department, conclusion, record.remark)
	opinion.update({column: record.get(column) for column in COLUMNS})
	return settle(order, present, known)


def _fill(opinion, conclusion: str, answers: dict, conditions: list, remark: str | None) -> None:
	if conclusion not in CONCLUSIONS:
		refuse(_("the conclusion is one of {0}").format(", ".join(_(each) for each in CONCLUSIONS)))
	opinion.conclusion = conclusion
	opinion.remark = plain(remark or "").strip() or None
	if conclusion == REJECT and not opinion.remark:
		refuse(_("a rejection needs its reason"))
	for row in opinion.answers:
		row.answer = _answer(row, answers.get(row.question))
	texts = [(plain(str(each.get("condition_text") or "")).strip(), each) for each in conditions]
	texts = [(text, each) for text, each in texts if text]
	if bool(texts) != (conclusion == ACCEPT_WITH_CONDITIONS):
		refuse(
			_("name at least one condition")
			if not texts
			else _("conditions belong to the conclusion {0}").format(_(ACCEPT_WITH_CONDITIONS))
		)
	for text, each in texts:
		before_release = 1 if each.get("before_release") is None else frappe.utils.cint(each["before_release"])
		opinion.append("conditions", {"condition_text": text, "before_release": before_release})


def _answer(row, given) -> str | None:
	answer = plain(str(given if given is not None else "")).strip()
	question = frappe.bold(escape_html(_(row.question)))
	if not answer:
		if row.is_required:
			refuse(_("{0} has no answer").format(question))
		return None
	if row.answer_type == "Yes or No" and answer not in ("Yes", "No"):
		refuse(_("{0} is answered by Yes or No").format(question))
	if row.answer_type == "Number":
		try:
			float(answer)
		except ValueError:
			refuse(_("{0} is answered by a number").format(question))
	return answer


def refuse(reason: str) -> None:
	""":raises ReviewError: with the reason."""
	frappe.throw(_("This opinion cannot be given: {0}.").format(reason), ReviewError)


def touched(order) -> list[frappe._dict]:
	"""Opinions that were given on something else than what the order is about to say."""
	present = content.reviewed(order)
	return [
		row
		for row in current(order.name, lock=True).values()
		if row.status == GIVEN and not is_valid(row, order, present)
	]


def make_void(order, rows: list) -> None:
	"""Opinions that no longer hold; the departments are asked again by `settle`."""
	for row in rows:
		opinion = frappe.get_doc(DOCTYPE, row.name)
		opinion.update({"status": VOID, "void_reason": _("The order was changed by {0}.").format(frappe.session.user)})
		opinion.flags.by_review = True
		opinion.save(ignore_permissions=True)
		events.record(order, "Opinion Void", row.department, row.conclusion)


def carry_over(new, old) -> None:
	"""Opinions on the version before that hold for the new one: of departments that accepted, and whom nothing of the change concerns.

	A department that is concerned by any field is always asked again, and so is one that objected.
	"""
	present = content.reviewed(new)
	known = current(old.name)
	for row in new.departments:
		given = known.get(row.department)
		concerned = content.names(row.concerned_fields)
		if not given or given.status != GIVEN or given.conclusion == REJECT or not concerned:
			continue
		if concerned != content.names(given.concerned_fields) or not is_valid(given, new, present):
			continue
		opinion = frappe.copy_doc(frappe.get_doc(DOCTYPE, given.name))
		opinion.update({"contract_review": new.name, "round": 1, "sequence": row.sequence, "carried_from": given.name})
		opinion.flags.by_review = True
		opinion.insert(
			ignore_permissions=True
		)  # what the department has signed, for a version that says the same to it
		events.record(new, "Opinion Given", row.department, given.conclusion, given.contract_review)


def withdraw(order) -> None:
	"""Nobody is asked any more: the order was cancelled or superseded."""
	for row in current(order.name, lock=True).values():
		if row.status == ASKED:
			opinion = frappe.get_doc(DOCTYPE, row.name)
			opinion.status = WITHDRAWN
			opinion.flags.by_review = True
			opinion.save(ignore_permissions=True)


def rejections(order_name: str) -> list[frappe._dict]:
	"""Newest opinions that object, as committed now: another department's may have come in this very moment."""
	return [row for row in current(order_name, lock=True).values() if row.status == GIVEN and row.conclusion == REJECT]


def open_conditions(order_name: str, known: dict[str, frappe._dict] | None = None) -> list[frappe._dict]:
	"""Conditions that must be met before release and are not: ``department``, ``condition_text``, ``parent`` (the opinion), ``name``.

	:param known: of `current`, if the caller has it.
	"""
	known = current(order_name) if known is None else known
	given = {row.name: row.department for row in known.values() if row.status == GIVEN}
	if not given:
		return []
	filters = {"parent": ("in", list(given)), "parenttype": DOCTYPE, "before_release": 1, "met_at": ("is", "not set")}
	rows = frappe.get_all(
		"Review Condition", filters, ["name", "parent", "condition_text"], order_by="parent asc, idx asc"
	)
	return [frappe._dict(row, department=given[row.parent]) for row in rows]


def board(order, known: dict[str, frappe._dict] | None = None, present: dict | None = None) -> list[dict]:
	"""Who is asked, who has answered what, who is still missing: one row a department, in the order of their steps.

	``status`` is None where it is not their turn yet; ``conditions`` have ``condition_text`` and ``met_at``.

	:param known, present: of `current` and of `content.reviewed`, if the caller has them.
	"""
	known = current(order.name) if known is None else known
	present = present or content.reviewed(order)
	conditions = _conditions_of([row.name for row in known.values()])
	rows = []
	for each in order.departments:
		opinion = known.get(each.department)
		row = {"department": each.department, "sequence": each.sequence, "status": None}
		if opinion:
			row |= {key: opinion[key] for key in COLUMNS if key not in ("department", "sequence", "content_seen")}
			row["holds"] = is_valid(opinion, order, present)
			row["signed_name"] = get_fullname(opinion.signed_by) if opinion.signed_by else None
			row["conditions"] = conditions.get(opinion.name, [])
		rows.append(row)
	return sorted(rows, key=lambda row: flt(row["sequence"]))


def _conditions_of(names: list[str]) -> dict[str, list]:
	filters = {"parent": ("in", names or [""]), "parenttype": DOCTYPE}
	found: dict[str, list] = {}
	for row in frappe.get_all("Review Condition", filters, ["parent", "condition_text", "met_at"], order_by="idx asc"):
		found.setdefault(row.pop("parent"), []).append(row)
	return found


def cs_board(order) -> list:
	"""The newest opinion of each department as a record, for print layouts (hook jinja); an empty one where none was asked for."""
	known = current(order.name) if order.name else {}
	names = [known[row.department].name for row in order.departments if row.department in known]
	records = {name: frappe.get_doc(DOCTYPE, name) for name in names}  # as many as departments, for one page of paper
	return [
		records[known[row.department].name]
		if row.department in known
		else frappe.get_doc({"doctype": DOCTYPE, "department": row.department})
		for row in order.departments
	]
