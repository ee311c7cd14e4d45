"""Endpoints of complaint handling beyond Frappe's own resource and workflow API."""

import frappe
from frappe import _
from frappe.utils import format_datetime

from customer_service.complaint_handling import bulk, customer_decision, disposition_approval, splitting, steps, tasks
from customer_service.exceptions import StepError
from customer_service.organisation import guest, people, processes


@frappe.whitelist(allow_guest=True, methods=["POST"])
def complaint_status(token: str) -> dict:
	"""What the complainant may see of his complaint, by his personal link.

	:param token: from the mail or the answer page.
	:returns: ``number``, ``state``, ``received_at`` (site time zone), ``answer``, ``can_decide``, ``is_duplicate``, ``decision``;
	texts in the request's language.
	:raises LinkInvalidError: HTTP 404 for a wrong, expired or revoked token; frappe.TooManyRequestsError: HTTP 429.
	"""
	guest.limit_posts("complaint_status")
	processes.require("Complaint")
	return _status(_case_of(token))


# Frappe would turn what looks like markup into entities; the text is made plain by our own rule, as at the other doors.
@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
def decide_complaint(
	token: str,
	decision: str,
	reason: str | None = None,
	rating: int | str | None = None,
	comment: str | None = None,
) -> dict:
	"""The complainant accepts our answer or says that it is not solved, by his personal link; once a round (F-7).

	:param decision: ``Accepted`` or ``Not Solved``, which needs a ``reason``. :param rating: of the handling, 1 to 5, or empty.
	:returns: as `complaint_status`.
	:raises LinkInvalidError: HTTP 404 for a wrong, expired or revoked token; frappe.TooManyRequestsError: HTTP 429.
	:raises GuestInputError: HTTP 417 for a bad answer, and for a second decision.
	"""
	guest.limit_posts("decide_complaint")
	processes.require("Complaint")
	name = _case_of(token).name
	customer_decision.decide(name, decision, reason, rating, comment)
	return _status(frappe.get_doc("Complaint", name))


def _case_of(token: str):
	link = guest.resolve_link(token, "Complaint Status")
	return frappe.get_doc(link.reference_doctype, link.reference_name)


def _status(case) -> dict:
	is_answered = case.state_category in ("Resolved", "Closed")
	return {
		"number": case.name,
		"state": _(case.workflow_state),
		"received_at": format_datetime(case.received_at),
		"answer": case.answer if is_answered else None,
		"can_decide": customer_decision.is_awaited(case),
		"is_duplicate": bool(case.duplicate_of),
		"decision": _(case.customer_decision) if case.customer_decision and is_answered else None,
	}


@frappe.whitelist(methods=["POST"])
def add_tasks(complaint: str, departments: list | str, task_kind: str, instruction: str) -> list[str]:
	"""Ask several departments at once for the same thing; each gets a task with its own clocks (F-7).

	:param departments: names of departments; one that has a task of this kind under way gets no second one.
	:returns: numbers of the new tasks.
	:raises frappe.PermissionError: without the right to write the complaint; RecordClosedError: if it has ended.
	"""
	doc = frappe.get_doc("Complaint", complaint)
	doc.check_permission("write")
	return tasks.add(doc, frappe.parse_json(departments), task_kind, instruction)


@frappe.whitelist(methods=["POST"])
def customer_contacted(name: str, note: str | None = None) -> str:
	"""Record that the complainant was reached (F-6: within 4 h); once a round.

	:returns: when, site time zone. :raises StepError: if it is recorded already.
	"""
	return _take(name, "Contacted", note)


@frappe.whitelist(methods=["POST"])
def decision_told(name: str, note: str | None = None) -> str:
	"""Record that the customer was told the decision (F-7); once a round, after it was decided.

	:returns: when, site time zone. :raises StepError: if it is recorded already, or nothing is decided.
	"""
	return _take(name, "Decision Told", note)


@frappe.whitelist(methods=["POST"])
def report_to_head(name: str, note: str | None = None) -> str:
	"""Record that a matter beyond authority was reported to the head of the lead department (F-6: within 24 h).

	:returns: when, site time zone. :raises StepError: if it is recorded already.
	"""
	return _take(name, "Reported to Head", note, is_beyond_authority=1)


@frappe.whitelist(methods=["POST"])
def give_head_opinion(name: str, opinion: str) -> str:
	"""The opinion of the lead department's head, or of his deputy, on a matter beyond authority (F-6: within 24 h).

	:returns: when, site time zone.
	:raises frappe.PermissionError: for anybody else; StepError: if it was given in this round, or is empty.
	"""
	case = frappe.get_doc("Complaint", name)
	case.check_permission("write")
	if not people.is_head_or_deputy(frappe.session.user, case.lead_department):
		raise frappe.PermissionError(_("Only the head of the lead department, or the deputy, gives this opinion."))
	if not (opinion or "").strip():
		frappe.throw(_("The opinion is empty."), StepError)
	values = {"head_opinion": opinion, "head_opinion_by": frappe.session.user}
	steps.take(case, "Head's Opinion", opinion, **values)
	return str(case.head_opinion_at)


def _take(name: str, step: str, note: str | None, **values) -> str:
	case = frappe.get_doc("Complaint", name)
	case.check_permission("write")
	steps.take(case, step, note, **values)
	return str(case.get(steps.STEPS[step].field))


@frappe.whitelist(methods=["POST"])
def split_complaint(
	name: str,
	description: str,
	shipped_qty: float = 0,
	defective_qty: float = 0,
	topic: str | None = None,
	complaint_class: str | None = None,
	part_no: str | None = None,
) -> str:
	"""Make a complaint of its own of a part of one; the quantities of both add up to what they were.

	:returns: number of the new Complaint. :raises QuantityError: if a part is larger than the whole.
	"""
	case = frappe.get_doc("Complaint", name)
	case.check_permission("write")
	frappe.has_permission("Complaint", "create", throw=True)
	values = {"topic": topic, "complaint_class": complaint_class, "part_no": part_no}
	return splitting.split(case, description, shipped_qty, defective_qty, **values).name


@frappe.whitelist(methods=["POST"])
def mark_duplicate(name: str, original: str) -> str:
	"""End a complaint as the duplicate of another one, by the step of the workflow that its roles allow.

	:returns: the state reached. :raises frappe.PermissionError, CustomerServiceError.
	"""
	case = frappe.get_doc("Complaint", name)
	case.check_permission("write")
	splitting.mark_duplicate(case, original)
	return case.workflow_state


@frappe.whitelist()
def possible_duplicates(
	customer: str | None = None,
	order_no: str | None = None,
	part_no: str | None = None,
	name: str | None = None,
	received_at: str | None = None,
) -> list[dict]:
	"""Complaints that may be of the same matter: same customer, same order or part number, received shortly before or after.

	:returns: rows that the user may read: name, received_at, workflow_state, order_no, part_no, reported_company.
	"""
	frappe.has_permission("Complaint", "read", throw=True)
	return splitting.possible_duplicates(customer, order_no, part_no, name, received_at)


@frappe.whitelist(methods=["POST"])
def decide_disposition(name: str, decision: str, seen: str, note: str | None = None) -> str:
	"""Approve or refuse a measure (F-6); nobody what he proposed, each up to his limit, and only what he saw.

	:param decision: ``Approve`` or ``Refuse`` (with a note). :param seen: the fingerprint that the record's ``__onload.terms`` gave.
	:returns: the state reached. :raises ApprovalError: says why not.
	"""
	disposition = frappe.get_doc("Complaint Disposition", name)
	disposition.check_permission("write")
	disposition_approval.decide(disposition, decision, seen, note)
	return disposition.workflow_state


@frappe.whitelist()
def disposition_terms(name: str) -> str:
	"""Fingerprint of a measure's terms as they stand, for clients that approve without the desk's form."""
	disposition = frappe.get_doc("Complaint Disposition", name)
	disposition.check_permission("read")
	return disposition_approval.terms_of(disposition)


@frappe.whitelist(methods=["POST"])
def import_complaints(rows: list | str, skip_bad_rows: bool | int = False, notify: bool | int = False) -> dict:
	"""Import complaints by the same rules as one that is typed in: checks, number, routing, clocks, audit trail (F-1, F-2, F-5, F-6).

	:param rows: at most 2,000 objects of field values, child rows as lists of objects; the first one is row 1.
	:param skip_bad_rows: store the good rows and name the bad ones; otherwise one bad row refuses all.
	:param notify: send what the site's Notifications send for a new complaint, such as the acknowledgement to the customer. Off by
		default: lists are mostly of cases that the customer knows of long since.
	:returns: ``{"names": [number, …], "errors": [{"row", "message"}, …]}``; the message names the field.
	:raises frappe.PermissionError: without the right to import and to create complaints; ImportRefusedError: for too many rows,
		or bad ones.
	"""
	bulk.check_rights()
	return bulk.import_rows(
		frappe.parse_json(rows), bool(frappe.utils.cint(skip_bad_rows)), bool(frappe.utils.cint(notify))
	)
