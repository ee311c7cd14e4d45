"""Production and sample orders (生产/样品制造令): made from a released order, received by departments, reported until complete (C-5)."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import escape_html, flt, get_datetime, getdate

from customer_service.contract_review import matrix, money, numbers, quantities, released
from customer_service.exceptions import ProductionError
from customer_service.organisation import access, clock, events, notices, people, states, text
from customer_service.organisation.dated_clocks import Dated

DOCTYPE = quantities.MANUFACTURING

ISSUED, IN_PRODUCTION, COMPLETED, CANCELLED = "Issued", "In Production", "Completed", "Cancelled"

COMPUTED = ("order_root", "order_version", "issued_at", "issued_by", "begun_at", "ended_at", "state_category")
TABLES = ("receipts", "progress")
OF_LINES = ("produced_qty", "to_adjust", "ordered_qty")

PLANNING = ("planned_start", "planned_finish", "remark", "completion_reason")
PLANNING_OF_LINES = ("planned_start", "planned_finish")
"""What the plant plans after the order was issued."""

FROM_LINE = {
	"item_code": "item_code",
	"description": "description",
	"specification": "specification",
	"unit": "unit",
	"delivery_date": "delivery_date",
}


# --- the draft -------------------------------------------------------------------------------------------------------


def make(order):
	"""A draft with what is not planned yet of an order, which the caller may read.

	:returns: the stored Manufacturing Order. :raises ProductionError: if everything is planned.
	"""
	doc = frappe.new_doc(DOCTYPE)
	doc.contract_review = order.name
	return doc.insert()


def fill(doc) -> None:
	"""A draft follows its order, and stays within what is not planned yet.

	:raises ProductionError: names the row.
	"""
	if not doc.contract_review:
		return  # Frappe names the missing link
	released.refuse_draft_of_others(doc)
	order = released.order_of(doc)
	if doc.is_new():
		released.refuse_unreleased(doc, ProductionError)
		released.take_the_rest(doc, order, quantities.planned, ProductionError)
		doc.special_requirements = doc.special_requirements or order.special_requirements
	released.take_over(doc, order, FROM_LINE, ProductionError)
	settings = frappe.get_cached_doc("Customer Service Settings")
	doc.lead_department = doc.lead_department or settings.plant_department
	if not doc.kind:
		sample = frappe.get_cached_value("Order Kind", order.order_kind, "is_sample")
		doc.kind = "Sample Order" if sample else "Production Order"
	check_quantities(doc)


def check_quantities(doc) -> None:
	"""
	:raises ProductionError: if all manufacturing orders together would produce more than ordered and the tolerance.
	"""
	quantities.hold(doc.order_root)
	used = quantities.planned(doc.order_root, lock=True)
	released.refuse_excess(doc, used, quantities.production_tolerance(), ProductionError)


def check_dates(doc) -> None:
	"""
	:raises ProductionError: for a finish before the start; names the row.
	"""
	for part in (doc, *doc.lines):
		if part.planned_start and part.planned_finish and getdate(part.planned_finish) < getdate(part.planned_start):
			words = _("The planned finish is before the planned start.")
			frappe.throw(_("Row {0}: {1}").format(part.idx, words) if part.meta.istable else words, ProductionError)


# --- steps -----------------------------------------------------------------------------------------------------------


def take_step(doc, step: str | None) -> None:
	"""What a person's step asks for and leaves behind."""
	if step == ISSUED:
		released.refuse_unreleased(doc, ProductionError)
		released.refuse_nothing(doc, ProductionError)
		doc.update({"issued_at": clock.now(), "issued_by": frappe.session.user})
		ask(doc, distribution(doc))
	elif step == IN_PRODUCTION:
		_refuse_strangers(doc)
		doc.begun_at = doc.begun_at or clock.now()
	elif step == COMPLETED:
		released.refuse_unsettled(doc, ProductionError)
		if not is_done(doc) and not doc.completion_reason:
			frappe.throw(
				_("Less was produced than ordered. Fill in: {0}.").format(
					frappe.bold(_(doc.meta.get_label("completion_reason")))
				),
				ProductionError,
			)
	elif step == CANCELLED:
		if doc.begun_at:
			frappe.throw(_("Production has begun; complete the order with a reason instead."), ProductionError)
		doc.flags.recalled = [row.department for row in doc.receipts]


def works_for(doc, user: str) -> bool:
	"""Whether the user reports for the plant: one of it, or who may make such orders."""
	return people.belongs(user, doc.lead_department) or bool(frappe.has_permission(DOCTYPE, "create", user=user))


def _refuse_strangers(doc) -> None:
	if not works_for(doc, frappe.session.user):
		frappe.throw(
			_("Production is begun and reported by {0}.").format(frappe.bold(escape_html(_(doc.lead_department)))),
			frappe.PermissionError,
		)


def is_done(doc) -> bool:
	"""Whether of every line enough was produced, by the site's tolerance."""
	tolerance = quantities.production_tolerance()
	return all(money.exact(row.produced_qty) >= quantities.enough(row.qty, tolerance) for row in doc.lines)


def report(doc, order_line: str, qty, remark: str | None) -> None:
	"""Add what was produced of a line, as the present user; saves. The order was loaded by `locking.load`.

	The first report begins production, the last completes the order; a correction opens it again.

	:param qty: negative to take back what was reported by mistake.
	:raises ProductionError: says why not. :raises frappe.PermissionError: for others than the plant.
	"""
	_refuse_strangers(doc)
	is_correction = money.exact(qty) < 0
	if not doc.issued_at or doc.state_category == states.CANCELLED or (doc.ended_at and not is_correction):
		frappe.throw(_("Order {0} is {1}.").format(escape_html(doc.name), _(doc.workflow_state)), ProductionError)
	if doc.ended_at and frappe.db.get_value(quantities.ORDER, doc.contract_review, "ended_at"):
		frappe.throw(_("The customer's order has ended."), ProductionError)
	row = released.line_of(doc, order_line, ProductionError)
	total = _new_total(row, qty)
	remark = text.plain(remark or "").strip() or None
	entry = {"order_line": row.order_line, "item_code": row.item_code, "qty": money.stored(money.exact(qty))}
	doc.append("progress", {**entry, "reported_at": clock.now(), "reported_by": frappe.session.user, "remark": remark})
	row.produced_qty = money.stored(total)
	events.record(doc, "Progress Reported", row.item_code, quantities.text(qty), remark)
	_follow_progress(doc)
	released.store(doc)


def _new_total(row, qty) -> Decimal:
	label = _("Row {0}: {1}").format(row.idx, _(row.meta.get_label("qty")))
	money.refuse_decimals(qty, numbers.MOST_DECIMALS, label)
	if not money.exact(qty):
		frappe.throw(_("{0} must not be 0.").format(_("Quantity")), ProductionError)
	total = money.exact(row.produced_qty) + money.exact(qty)
	if total < 0:
		frappe.throw(_("More would be taken back than was reported."), ProductionError)
	most = quantities.allowed(row.qty, quantities.production_tolerance())
	if total > most:
		frappe.throw(
			_("{0} of {1} would be produced; at most {2} are to be.").format(
				quantities.text(total),
				frappe.bold(escape_html(row.item_code or row.description or "")),
				quantities.text(most),
			),
			ProductionError,
		)
	return total


def _follow_progress(doc) -> None:
	"""The state follows from what was produced."""
	step = released.step_of(doc)
	if is_done(doc) and not any(row.to_adjust for row in doc.lines):
		doc.begun_at = doc.begun_at or clock.now()
		released.go_to(doc, COMPLETED, ProductionError)
	elif step in (ISSUED, COMPLETED):
		doc.begun_at = doc.begun_at or clock.now()
		released.go_to(doc, IN_PRODUCTION, ProductionError)


def adjust(doc, order_line: str, qty) -> None:
	"""Settle the quantity of a line after a change of the order; saves. The caller has asked for the right to make such orders.

	:raises ProductionError: for a line that need not be adjusted, less than was produced, or more than is left.
	"""
	row = released.line_of(doc, order_line, ProductionError)
	if not row.to_adjust or doc.state_category in states.ENDED:
		frappe.throw(_("This line need not be adjusted."), ProductionError)
	row.qty = money.stored(money.exact(qty))
	numbers.check(row, "qty")
	if money.exact(row.qty) < money.exact(row.produced_qty):
		frappe.throw(
			_("{0} are produced already.").format(quantities.text(row.produced_qty)),
			ProductionError,
		)
	row.to_adjust = 0
	doc.flags.check_quantities = True
	if doc.begun_at:
		_follow_progress(doc)
	released.store(doc)
	tell(doc, waiting(doc), _words_changed)


# --- receipts --------------------------------------------------------------------------------------------------------


def distribution(doc) -> list[str]:
	"""Who receives the order: the plant, and the departments that its review matrix names for it."""
	name = frappe.db.get_value(quantities.ORDER, doc.contract_review, "review_matrix")
	rows = frappe.get_cached_doc(matrix.MATRIX, name).departments if name else []
	named = [row.department for row in rows if row.gets_production_orders]
	return list(dict.fromkeys([doc.lead_department, *named]))


def ask(doc, departments: list[str]) -> None:
	"""Ask departments to receive the order in its present version; the order is about to be saved. They are told by `tell`."""
	for department in departments:
		row = receipt_of(doc, department)
		if not row or row.received_at:
			row = doc.append("receipts", {"department": department})
		row.update({"version": doc.order_version, "asked_at": clock.now()})
	doc.flags.asked = departments


def receipt_of(doc, department: str):
	"""The department's newest receipt; None if it was never asked."""
	return next((row for row in reversed(doc.receipts) if row.department == department), None)


def waiting(doc) -> list[str]:
	"""Departments that have not received the order as it stands."""
	return [row.department for row in doc.receipts if not row.received_at]


def limits_of(doc) -> list[Dated]:
	"""Until when each department is to receive the order, as clocks that the sweep marks and escalates (G-5)."""
	settings = frappe.get_cached_doc("Customer Service Settings")
	minutes = flt(settings.receipt_hours) * 60
	if not minutes or not settings.slip_calendar:
		return []
	return [
		Dated(
			clock="Acknowledgement",
			part=row.name,
			department=row.department,
			assigned_to=None,
			started_at=row.asked_at,
			due_at=clock.deadline(get_datetime(row.asked_at), minutes, settings.slip_calendar),
			stopped_at=row.received_at,
			is_cancelled=doc.state_category in states.ENDED,
		)
		for row in doc.receipts
	]


def receive(doc, department: str) -> None:
	"""Sign for a department that it has the order as it stands; saves. The order was loaded by `locking.load`.

	:raises ProductionError: if it is not asked. :raises frappe.PermissionError: for another department than the user's.
	"""
	if not people.belongs(frappe.session.user, department):
		frappe.throw(
			_("You do not belong to {0}.").format(frappe.bold(escape_html(_(department)))), frappe.PermissionError
		)
	row = receipt_of(doc, department)
	if not row or row.received_at or doc.state_category == states.CANCELLED:
		frappe.throw(
			_("{0} is not asked to receive this order at present.").format(frappe.bold(escape_html(_(department)))),
			ProductionError,
		)
	row.update({"received_by": frappe.session.user, "received_at": clock.now()})
	events.record(doc, "Received", after=department, detail=_("Version {0}").format(row.version))
	released.store(doc)


def tell(doc, departments: list[str], words) -> None:
	"""Tell the people of departments, each once."""
	found: list[str | None] = []
	for department in departments:
		found += [people.head_of(department), *people.members_of(department)]
	notices.tell([user for user in found if user], doc, words)


def words_asked(doc, language: str) -> str:
	"""What a department is told that is to receive an order."""
	return _("Manufacturing order {0} is issued; please receive it.", lang=language).format(doc.name)


def words_cancelled(doc, language: str) -> str:
	"""What departments are told that had received an order."""
	return _("Manufacturing order {0} is cancelled.", lang=language).format(doc.name)


def _words_changed(doc, language: str) -> str:
	return _("Manufacturing order {0} has changed; please receive it again.", lang=language).format(doc.name)


def offers(doc, user: str) -> dict:
	"""What the form may offer the user: ``receive`` (his departments), ``report`` and ``adjust`` (True or False)."""
	runs = bool(doc.issued_at) and doc.state_category not in states.ENDED
	mine = set(access.departments_of(user))
	return {
		"receive": [department for department in waiting(doc) if department in mine] if runs else [],
		"report": runs and works_for(doc, user),
		"adjust": runs and bool(frappe.has_permission(DOCTYPE, "create", user=user)),
	}


# --- what others ask -------------------------------------------------------------------------------------------------


def begun(root: str, lock: bool = False) -> list[str]:
	"""Names of an order's manufacturing orders in production or completed.

	:param root: name of the order's first version. :param lock: read what is committed now, and hold it until the transaction ends.
	"""
	table = frappe.qb.DocType(DOCTYPE)
	return _names(table, root, table.begun_at.isnotnull() & (table.state_category != states.CANCELLED), lock)


def open_of(root: str, lock: bool = False) -> list[str]:
	"""Names of an order's manufacturing orders and shipping notices that are issued and have not ended. Parameters as of `begun`."""
	found = []
	for doctype in (DOCTYPE, quantities.SHIPPING):
		table = frappe.qb.DocType(doctype)
		runs = table.issued_at.isnotnull() & table.state_category.notin(states.ENDED)
		found += _names(table, root, runs, lock)
	return found


def _names(table, root: str, condition, lock: bool) -> list[str]:
	query = frappe.qb.from_(table).select(table.name).where((table.order_root == root) & condition).orderby(table.name)
	return [row[0] for row in (query.for_update() if lock else query).run()]


def follow_version(old, new) -> list[str]:
	"""Move what runs to a new version of its order, see `following.follow_version`."""
	from customer_service.contract_review import following  # which needs this module

	return following.follow_version(old, new)
