"""Shipping notices (发货通知单): goods of a released order sent in one or several parts, until they have arrived (C-5)."""

import frappe
from frappe import _
from frappe.utils import getdate

from customer_service.contract_review import matrix, money, numbers, quantities, released
from customer_service.exceptions import ShippingError
from customer_service.organisation import cases, clock, notices, people, states

DOCTYPE = quantities.SHIPPING

ISSUED, SHIPPED, DELIVERED, CANCELLED = "Issued", "Shipped", "Delivered", "Cancelled"

COMPUTED = (
	"order_root",
	"order_version",
	"issued_at",
	"issued_by",
	"shipped_at",
	"shipped_by",
	"delivered_at",
	"delivered_by",
	"ended_at",
	"state_category",
)
OF_LINES = ("on_time", "to_adjust", "ordered_qty")

ARRIVAL = ("carrier", "tracking_no", "remarks", "delivered_on", "received_by_name", "proof")
DISPATCH = (*ARRIVAL, "planned_ship_date", "transport_mode", "packages", "gross_weight", "shipped_on")
"""What may change until the goods have arrived, and until they have left."""

FROM_LINE = {
	"item_code": "item_code",
	"description": "description",
	"unit": "unit",
	"promised_date": "delivery_date",
}

FROM_ORDER = ("contact_person", "contact_phone", "contact_email")


def make(order):
	"""A draft with what no shipping notice says yet of an order, which the caller may read.

	:returns: the stored Shipping Notice. :raises ShippingError: if notices cover everything.
	"""
	doc = frappe.new_doc(DOCTYPE)
	doc.contract_review = order.name
	return doc.insert()


def fill(doc) -> None:
	"""A draft follows its order, and stays within what no other notice says.

	:raises ShippingError: names the row.
	"""
	if not doc.contract_review:
		return  # Frappe names the missing link
	released.refuse_draft_of_others(doc)
	order = released.order_of(doc)
	if doc.is_new():
		released.refuse_unreleased(doc, ShippingError)
		released.take_the_rest(doc, order, quantities.notified, ShippingError)
	released.take_over(doc, order, FROM_LINE, ShippingError)
	settings = frappe.get_cached_doc("Customer Service Settings")
	doc.shipping_department = doc.shipping_department or settings.shipping_department
	customer = frappe.db.get_value("Service Customer", order.customer, ["customer_name", "address"], as_dict=True)
	doc.consignee = doc.consignee or (customer and customer.customer_name)
	if doc.is_new():
		doc.consignee_address = doc.consignee_address or (customer and customer.address)
		doc.planned_ship_date = doc.planned_ship_date or order.first_delivery
		if not any(doc.get(field) for field in FROM_ORDER):
			doc.update({field: order.get(field) for field in FROM_ORDER})
	check_quantities(doc)


def check_quantities(doc) -> None:
	"""
	:raises ShippingError: if all notices together would send more than ordered and the tolerance.
	"""
	quantities.hold(doc.order_root)
	used = quantities.notified(doc.order_root, lock=True)
	released.refuse_excess(doc, used, quantities.shipping_tolerance(), ShippingError)


def may_change(doc) -> tuple[tuple[str, ...], tuple[str, ...]]:
	"""Fields, and columns of the lines, that may still change at the step where the notice is stored."""
	before = doc.get_doc_before_save()
	return (ARRIVAL, ()) if before.shipped_at else (DISPATCH, ("packages",))


# --- steps -----------------------------------------------------------------------------------------------------------


def take_step(doc, step: str | None) -> None:
	"""What a person's step asks for and leaves behind."""
	if step == ISSUED:
		released.refuse_unreleased(doc, ShippingError)
		released.refuse_nothing(doc, ShippingError)
		doc.update({"issued_at": clock.now(), "issued_by": frappe.session.user})
	elif step == SHIPPED:
		released.refuse_unreleased(doc, ShippingError)
		released.refuse_unsettled(doc, ShippingError)
		doc.shipped_on = doc.shipped_on or clock.now().date()
		cases.refuse_future(doc, "shipped_on")
		doc.update({"shipped_at": clock.now(), "shipped_by": frappe.session.user})
		judge(doc)
	elif step == DELIVERED:
		_demand_arrival(doc)
		doc.update({"delivered_at": clock.now(), "delivered_by": frappe.session.user})
		judge(doc)
	elif step == CANCELLED and doc.shipped_at:
		frappe.throw(_("The goods have left; the notice cannot be cancelled."), ShippingError)


def _demand_arrival(doc) -> None:
	missing = [field for field in ("delivered_on", "received_by_name") if not doc.get(field)]
	if missing:
		labels = ", ".join(frappe.bold(_(doc.meta.get_label(field))) for field in missing)
		frappe.throw(_("Before the notice is marked as delivered, fill in: {0}.").format(labels), ShippingError)
	cases.refuse_future(doc, "delivered_on")
	if getdate(doc.delivered_on) < getdate(doc.shipped_on):
		frappe.throw(
			_("{0} must not be before {1}.").format(
				_(doc.meta.get_label("delivered_on")), _(doc.meta.get_label("shipped_on"))
			),
			ShippingError,
		)


def judge(doc) -> None:
	"""Mark each line that has left or arrived as in time or not, by the day that counts on this site."""
	day = day_that_counts(doc)
	for row in doc.lines:
		if day and row.promised_date and money.exact(row.qty):
			row.on_time = "Yes" if getdate(day) <= getdate(row.promised_date) else "No"


def day_that_counts(doc):
	"""Which day is compared with the promised one: that of shipment or of arrival, as the settings say; None if it is not known yet."""
	by_arrival = frappe.get_cached_doc("Customer Service Settings").on_time_by == "Arrival"
	if by_arrival:
		return doc.delivered_on if doc.delivered_at else None
	return doc.shipped_on if doc.shipped_at else None


def adjust(doc, order_line: str, qty) -> None:
	"""Settle the quantity of a line after a change of the order; saves. The caller has asked for the right to make notices.

	:raises ShippingError: for a line that need not be adjusted, or more than is left.
	"""
	row = released.line_of(doc, order_line, ShippingError)
	if not row.to_adjust or doc.shipped_at or doc.state_category in states.ENDED:
		frappe.throw(_("This line need not be adjusted."), ShippingError)
	row.qty = money.stored(money.exact(qty))
	numbers.check(row, "qty")
	row.to_adjust = 0
	doc.flags.check_quantities = True
	released.store(doc)


def tell(doc, is_cancelled: bool = False) -> None:
	"""Tell who sends the goods, and the departments that the review matrix names for it, that a notice is issued or cancelled."""
	name = frappe.db.get_value(quantities.ORDER, doc.contract_review, "review_matrix")
	rows = frappe.get_cached_doc(matrix.MATRIX, name).departments if name else []
	departments = [doc.shipping_department, *(row.department for row in rows if row.gets_shipping_notices)]
	found: list[str | None] = []
	for department in dict.fromkeys(departments):
		found += [people.head_of(department), *people.members_of(department)]
	notices.tell([user for user in found if user], doc, _words_cancelled if is_cancelled else _words_issued)


def _words_issued(doc, language: str) -> str:
	return _("Shipping notice {0} is issued: {1}, {2}.", lang=language).format(
		doc.name, doc.consignee, doc.planned_ship_date or ""
	)


def _words_cancelled(doc, language: str) -> str:
	return _("Shipping notice {0} is cancelled.", lang=language).format(doc.name)


def tell_marketing(doc) -> None:
	"""Tell who issued the notice that the goods have left."""
	notices.tell([doc.issued_by, doc.owner], doc, _words_shipped)


def _words_shipped(doc, language: str) -> str:
	return _("Shipping notice {0} was shipped on {1}.", lang=language).format(doc.name, doc.shipped_on)


def offers(doc, user: str) -> dict:
	"""What the form may offer the user: ``adjust``, True or False."""
	runs = bool(doc.issued_at) and not doc.shipped_at and doc.state_category not in states.ENDED
	return {"adjust": runs and bool(frappe.has_permission(DOCTYPE, "create", user=user))}
