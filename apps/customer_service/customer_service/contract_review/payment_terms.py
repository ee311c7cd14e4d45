"""In which parts a price is paid: percentages that are the whole, days that are known, amounts to the cent (C-7)."""

from datetime import date, timedelta
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, escape_html, getdate

from customer_service.contract_review import money
from customer_service.exceptions import MoneyError

DAY_OF_TRIGGER = {
	"Order Confirmation": "invoice_date",
	"Before Production": "production_on",
	"Before Shipment": "shipment_on",
	"On Shipment": "shipment_on",
	"After Shipment": "shipment_on",
	"Against Documents": "shipment_on",
	"After Receipt": "receipt_on",
}
"""Field of the invoice with the day that a trigger counts from; what happens on a day that nobody can plan is not here."""

COPIED = ("part_label", "percentage", "payment_trigger", "days_after", "payment_method")


def check(parts: list) -> None:
	"""Every part is more than nothing, of few decimals, and all are 100 % together.

	:raises MoneyError: names the row, or both figures.
	"""
	for row in parts:
		label = _("Row {0}: {1}").format(row.idx, _("Percentage"))
		money.refuse_decimals(row.percentage, 6, label)
		if not 0 < money.exact(row.percentage) <= 100:
			frappe.throw(_("{0} must be more than 0 and at most 100.").format(escape_html(label)), MoneyError)
		if not 0 <= cint(row.days_after) <= 3650:
			frappe.throw(_("Row {0}: the days lie between 0 and {1}.").format(row.idx, 3650), MoneyError)
	money.refuse_other_than_whole([row.percentage for row in parts])


def fill(invoice) -> None:
	"""Give an invoice the parts of its schedule, when that was chosen now; the default schedule if it has no parts at all."""
	if not invoice.payment_terms and not invoice.payment_parts:
		invoice.payment_terms = frappe.db.get_value("Payment Terms Schedule", {"is_default": 1, "is_active": 1})
	if not invoice.payment_terms:
		return
	before = invoice.get_doc_before_save()
	if invoice.payment_parts and (not before or before.payment_terms == invoice.payment_terms):
		return
	schedule = frappe.get_cached_doc("Payment Terms Schedule", invoice.payment_terms)
	invoice.set("payment_parts", [{field: row.get(field) for field in COPIED} for row in schedule.parts])


def reckon(invoice, total: Decimal, places: int, mode: str) -> None:
	"""Amount and due date of every part.

	:raises MoneyError: see `check` and `money.split`.
	"""
	if not invoice.payment_parts:
		return
	check(invoice.payment_parts)
	amounts = money.split(total, [row.percentage for row in invoice.payment_parts], places, mode)
	for row, amount in zip(invoice.payment_parts, amounts, strict=True):
		row.amount = money.stored(amount)
		row.due_date = _due(invoice, row) or row.due_date


def _due(invoice, part) -> date | None:
	"""The day, if it is known: so many days before what begins with "Before", after everything else."""
	day = invoice.get(DAY_OF_TRIGGER.get(part.payment_trigger, ""))
	if not day:
		return None
	days = timedelta(days=cint(part.days_after))
	return getdate(day) - days if part.payment_trigger.startswith("Before") else getdate(day) + days
