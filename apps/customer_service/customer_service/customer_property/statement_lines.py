"""Statements of a customer's property: what of his we hold and what was done with it in a period (D-4, ISO 9001 8.5.3).

A draft follows the ledger on every save; an issued statement stays as it was sent. The customer agrees or not, by his personal link, or
staff record his word.
"""

import frappe
from frappe import _
from frappe.utils import escape_html, format_date, getdate
from pypika import Case
from pypika.functions import Abs, Sum

from customer_service.customer_property import records
from customer_service.exceptions import PropertyError
from customer_service.organisation import cases, clock, content, notices, steps

DOCTYPE, LINE = "Property Statement", "Property Statement Line"
ENTRY, ITEM = "Property Ledger Entry", "Customer Property"

ISSUED, CLOSED, CANCELLED = "Issued", "Closed", "Cancelled"

AGREED, DISAGREES = "Agreed", "Does Not Agree"

COMPUTED = (
	"issued_at",
	"issued_by",
	"issued_hash",
	"sent_at",
	"sent_to",
	"answer",
	"answer_remark",
	"answered_by",
	"answered_at",
	"seen_hash",
	"state_category",
	"ended_at",
)

FIXED = ("customer", "from_date", "to_date")
"""What an issued statement is about."""

COLUMNS = {
	"received": ("Receive", 1),
	"issued": ("Issue", -1),
	"put_back": ("Put Back", 1),
	"lent": ("Lend Out", -1),
	"lent_back": ("Lend Back", 1),
	"returned": ("Return to Customer", -1),
	"scrapped": ("Scrap", -1),
	"count_difference": ("Count Difference", 1),
}
"""Column of a line -> kind of entry, and whether it adds to what is on hand. A reversal counts as the negative of its kind, since it
changes what is on hand the other way."""

OUT = ("Issue", "Put Back", "Lend Out", "Lend Back")

MOST_DIGITS = 6


def follow(doc) -> None:
	"""What the state reached asks for and leaves behind (hook validate)."""
	if steps.is_first_state(doc):
		fill(doc)
	else:
		steps.refuse_change_after_end(doc)
		keep_issued(doc)
	if steps.step_reached(doc) == ISSUED:
		issue(doc)
	steps.settle(doc)


def fill(doc) -> None:
	"""Take the lines of a draft from the ledger as it is now: items with no opening, movement or closing are left out.

	:raises PropertyError: for a period that ends before it starts, or a customer of whom there is nothing; FutureDateError.
	"""
	if not (doc.customer and doc.from_date and doc.to_date):
		return  # Frappe names what is missing
	cases.refuse_future(doc, "to_date")
	if getdate(doc.to_date) < getdate(doc.from_date):
		frappe.throw(_("{0} must not be before {1}.").format(_("To Date"), _("From Date")), PropertyError)
	if not frappe.db.exists(ITEM, {"customer": doc.customer}):
		frappe.throw(
			_("There is no property of customer {0}.").format(frappe.bold(escape_html(doc.customer))), PropertyError
		)
	doc.set("lines", lines_of(doc.customer, getdate(doc.from_date), getdate(doc.to_date)))


def lines_of(customer: str, start, end) -> list[dict]:
	"""The lines of a customer's statement, by number of the property: one statement of SQL, which the database groups.

	:param start, end: first and last day, both inclusive.
	"""
	entry, item = frappe.qb.DocType(ENTRY), frappe.qb.DocType(ITEM)
	change, in_period = entry.on_hand_change, entry.entry_date >= start
	consumed = Case().when(entry.reversal_of.isnull(), Abs(entry.qty)).else_(-Abs(entry.qty))
	query = (
		frappe.qb.from_(entry)
		.inner_join(item)
		.on(item.name == entry.customer_property)
		.select(item.name.as_("customer_property"), item.property_name, item.identification, item.unit)
		.select(_sum(entry.entry_date < start, change).as_("opening"), Sum(change).as_("closing"))
		.select(
			*(
				_sum(in_period & (entry.kind == kind), change * sign).as_(column)
				for column, (kind, sign) in COLUMNS.items()
			)
		)
		.select((_sum(entry.kind.isin(OUT), -change) - _sum(entry.kind == "Consume", consumed)).as_("out_qty"))
		.where((entry.customer == customer) & (entry.entry_date <= end))
		.groupby(item.name, item.property_name, item.identification, item.unit)
		.orderby(item.name)
	)
	rows = [_rounded(row) for row in query.run(as_dict=True)]
	return [row for row in rows if any(row[column] for column in ("opening", "closing", "out_qty", *COLUMNS))]


def _sum(condition, value):
	return Sum(Case().when(condition, value).else_(0))


def _rounded(row: frappe._dict) -> frappe._dict:
	"""Sums of binary fractions: 0.1 + 0.2 is 0.3 to the customer."""
	for column in ("opening", "closing", "out_qty", *COLUMNS):
		row[column] = round(float(row[column] or 0), MOST_DIGITS) + 0.0
	return row


def keep_issued(doc) -> None:
	"""What was issued stays as it is: its period, and its lines, whatever a request says.

	:raises RecordClosedError: names the field.
	"""
	steps.refuse_change_of(doc, *FIXED)
	doc.set("lines", [row.as_dict() for row in doc.get_doc_before_save().lines])


def issue(doc) -> None:
	"""
	:raises PropertyError: for a statement without a line.
	"""
	if not doc.lines:
		frappe.throw(
			_("There was no property of the customer in this period; there is nothing to state."), PropertyError
		)
	doc.update({"issued_at": clock.now(), "issued_by": frappe.session.user, "issued_hash": seen_of(doc)})


def seen_of(doc) -> str:
	"""A fingerprint of what the customer sees and answers."""
	columns = ("customer_property", "unit", "opening", "closing", "out_qty", *COLUMNS)
	lines = [{column: str(row.get(column) or 0) for column in columns} for row in doc.lines]
	return content.fingerprint({**{field: str(doc.get(field)) for field in FIXED}, "lines": lines})


def tell(doc) -> None:
	"""Tell the department in charge of customers' property, and who issued it, that the customer does not agree."""
	notices.tell([*records.in_charge(), doc.issued_by], doc, _words)


def _words(doc, language: str) -> str:
	return _("{0} does not agree with property statement {1}: {2}", lang=language).format(
		doc.customer_name or doc.customer, doc.name, doc.answer_remark or "–"
	)


def period_of(doc) -> str:
	"""The period in words of the reader's date format."""
	return f"{format_date(doc.from_date)} – {format_date(doc.to_date)}"
