"""The measures of a complaint as its own records see them: how many pieces, how much money, what is still open (F-7)."""

import frappe
from frappe import _
from frappe.utils import escape_html, flt

from customer_service.exceptions import ClosingRefusedError, DispositionError, QuantityError
from customer_service.organisation import states

DOCTYPE = "Complaint Disposition"

TAKEN_BACK = ("Return", "Exchange")
"""Natures whose pieces come back from the customer."""

COMPENSATION = "Compensation"


def rows_of(complaint: str, lock: bool = False) -> list[frappe._dict]:
	"""The measures of a complaint that are not refused or cancelled, oldest first.

	:param lock: read what is committed now and hold it, so that nobody adds one before this transaction ends.
	"""
	table = frappe.qb.DocType(DOCTYPE)
	query = (
		frappe.qb.from_(table)
		.select(
			table.name,
			table.kind,
			table.nature,
			table.workflow_state,
			table.state_category,
			table.quantity,
			table.company_amount,
			table.company_part,
			table.planned_by,
			table.responsible_department,
		)
		.where((table.complaint == complaint) & (table.state_category != states.CANCELLED))
		.orderby(table.name)
	)
	return (query.for_update() if lock else query).run(as_dict=True)


def shown(complaint: str) -> list[dict]:
	"""The measures of a complaint that the user may read, for its form and print, in the order of their numbers."""
	if not complaint or not frappe.has_permission(DOCTYPE, "read"):
		return []
	fields = ["name", "kind", "workflow_state", "state_category", "quantity", "amount", "currency"]
	fields += ["responsible_department", "responsible_person", "planned_by", "description", "result"]
	return frappe.get_list(
		DOCTYPE, filters={"complaint": complaint}, fields=fields, order_by="name asc", limit_page_length=100
	)


def cs_dispositions(doc) -> list:
	"""The measures of a complaint that the user may read, as records, for print layouts (hook jinja)."""
	return [frappe.get_doc({"doctype": DOCTYPE, **row}) for row in shown(doc.name)] if doc.name else []


def lock_complaint(name: str) -> frappe._dict | None:
	"""The complaint's figures as committed now; held, so that of two measures at once the second sees the first."""
	fields = ["name", "state_category", "shipped_qty", "defective_qty", "customer", "lead_department"]
	return frappe.db.get_value("Complaint", name, fields, as_dict=True, for_update=True)


def check_quantity(disposition, complaint) -> None:
	"""No more pieces come back than were shipped; more than were defective is said, not refused (F-2, F-7).

	:raises QuantityError: with both figures.
	"""
	if disposition.nature not in TAKEN_BACK or disposition.state_category == states.CANCELLED:
		return
	others = sum(
		flt(row.quantity)
		for row in rows_of(complaint.name, lock=True)
		if row.nature in TAKEN_BACK and row.name != disposition.name
	)
	total = others + flt(disposition.quantity)
	if complaint.shipped_qty and total > flt(complaint.shipped_qty):
		refuse_quantity(total, complaint.shipped_qty)
	if complaint.defective_qty and total > flt(complaint.defective_qty):
		frappe.msgprint(
			_("Returns and exchanges are {0} pieces together, more than the {1} defective ones.").format(
				f"{total:g}", f"{flt(complaint.defective_qty):g}"
			),
			indicator="orange",
			alert=True,
		)


def refuse_quantity(total: float, shipped: float) -> None:
	"""Say that more pieces would come back than were shipped.

	:raises QuantityError: always.
	"""
	frappe.throw(
		_("Returns and exchanges are {0} pieces together; only {1} were shipped.").format(
			f"{total:g}", f"{flt(shipped):g}"
		),
		QuantityError,
	)


def refuse_less_shipped(case) -> None:
	"""The shipped quantity cannot be set below what comes back already (hook validate of Complaint)."""
	before = case.get_doc_before_save()
	if not before or not case.shipped_qty or flt(before.shipped_qty) == flt(case.shipped_qty):
		return
	total = sum(flt(row.quantity) for row in rows_of(case.name, lock=True) if row.nature in TAKEN_BACK)
	if total > flt(case.shipped_qty):
		refuse_quantity(total, case.shipped_qty)


def open_dispositions(case) -> list[str]:
	"""Closing gate of Complaint: the measures that are not confirmed, refused or cancelled."""
	running = [row for row in rows_of(case.name, lock=True) if row.state_category != states.CLOSED]
	return [_line(row) for row in running]


def refuse_answer(case) -> None:
	"""Measures of a kind that comes before the answer are confirmed first.

	:raises ClosingRefusedError: lists them.
	"""
	before_answer = set(frappe.get_all("Disposition Kind", {"before_answer": 1}, pluck="name"))
	if not before_answer:
		return
	left = [
		_line(row)
		for row in rows_of(case.name, lock=True)
		if row.kind in before_answer and row.state_category != states.CLOSED
	]
	if left:
		lines = "".join(f"<li>{line}</li>" for line in left)
		frappe.throw(
			f"{_('Before the complaint is answered, these measures are confirmed:')}<ul>{lines}</ul>",
			ClosingRefusedError,
		)


def _line(row) -> str:
	return _("Disposition {0} ({1}) is {2}.").format(
		frappe.bold(escape_html(row.name)), escape_html(_(row.kind)), _(row.workflow_state)
	)


def add_up(complaint: str) -> None:
	"""Keep the complaint's totals of its measures; called when one of them changed.

	The complaint itself is not changed by it: whoever has it open can still save.
	"""
	rows = rows_of(complaint, lock=True)
	paid = [row for row in rows if row.nature == COMPENSATION]
	totals = {
		"open_dispositions": sum(row.state_category != states.CLOSED for row in rows),
		"compensation_total": sum(flt(row.company_amount) for row in paid),
		"company_share_total": sum(flt(row.company_part) for row in rows),
	}
	frappe.db.set_value("Complaint", complaint, totals, update_modified=False)


def mark_beyond_authority(complaint: str) -> None:
	"""A measure of the complaint needs somebody's approval (F-6); the complaint may come under another clock policy by that."""
	case = frappe.get_doc("Complaint", complaint)
	if not case.is_beyond_authority:
		case.flags.is_beyond_authority = True
		case.save(ignore_permissions=True)  # follows from the measure, whoever proposed it


TOTALS = ("open_dispositions", "compensation_total", "company_share_total")
"""Fields of Complaint that only `add_up` sets."""


def refuse_ended(complaint) -> None:
	"""Nothing is decided for a complaint that has ended.

	:raises DispositionError: names it.
	"""
	if complaint.state_category in states.ENDED:
		frappe.throw(
			_("Complaint {0} has ended; it takes no more measures.").format(frappe.bold(escape_html(complaint.name))),
			DispositionError,
		)
