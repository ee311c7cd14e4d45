"""What every business record has in common: no deletion, no dates in the future, an audit trail of its states."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.exceptions import CustomerServiceError, DeletionRefusedError, FutureDateError
from customer_service.organisation import batched, clock

# Clocks of two machines differ a little; a time this far ahead is still the present.
TOLERANCE_SECONDS = 120


def refuse_deletion(doc) -> None:
	"""Business records are cancelled, never deleted, so that no number is missing (L1).

	:raises DeletionRefusedError: always.
	"""
	frappe.throw(
		_("{0} {1} cannot be deleted. Cancel it instead: its number stays in the register.").format(
			_(doc.doctype), frappe.bold(escape_html(doc.name))
		),
		DeletionRefusedError,
	)


def refuse_future(doc, *fieldnames: str) -> None:
	"""Refuse dates and times that have not come yet.

	:raises FutureDateError: names the field; CustomerServiceError: for what is no date.
	"""
	present = clock.now()
	for fieldname in fieldnames:
		value = doc.get(fieldname)
		if value and (_moment(doc, fieldname) - present).total_seconds() > TOLERANCE_SECONDS:
			frappe.throw(
				_("{0} must not be in the future.").format(frappe.bold(_(doc.meta.get_label(fieldname)))),
				FutureDateError,
			)


def _moment(doc, fieldname: str):
	try:
		return clock.moment(doc.get(fieldname))
	except (ValueError, OverflowError, TypeError):
		frappe.throw(
			_("{0} is not a date: {1}.").format(
				frappe.bold(_(doc.meta.get_label(fieldname))), escape_html(str(doc.get(fieldname))[:40])
			),
			CustomerServiceError,
		)


def keep_computed(doc, fieldnames: tuple[str, ...]) -> None:
	"""Let only the app set the fields that it computes, whatever a request sent for them."""
	before = doc.get_doc_before_save()
	if before:
		doc.update({fieldname: before.get(fieldname) for fieldname in fieldnames})
	else:
		doc.update(batched.remember(("empty", doc.doctype, fieldnames), lambda: _empty(doc.meta, fieldnames)))


def _empty(meta, fieldnames: tuple[str, ...]) -> dict[str, str | None]:
	"""What Frappe stores for fields that nobody has filled in: a choice without one is empty text, all others are nothing."""
	choices = {field.fieldname for field in meta.fields if field.fieldtype == "Select"}
	return {fieldname: "" if fieldname in choices else None for fieldname in fieldnames}


def keep_on_update(doc, *fieldnames: str) -> None:
	"""Let a later request not change what was decided on arrival."""
	before = doc.get_doc_before_save()
	for fieldname in fieldnames if before else ():
		doc.set(fieldname, before.get(fieldname))


def check_series(doc) -> None:
	"""Refuse a number series that the DocType does not offer; Frappe takes any that a request names (L1).

	:raises CustomerServiceError: names the series.
	"""
	doc.amended_from = None  # only submitted documents are amended, and ours are not submitted
	offered = (doc.meta.get_field("naming_series").options or "").split("\n")
	if doc.naming_series and doc.naming_series not in offered:
		frappe.throw(
			_("Number series {0} does not belong to {1}.").format(
				frappe.bold(escape_html(str(doc.naming_series)[:40])), _(doc.doctype)
			),
			CustomerServiceError,
		)


# Far above any quantity or amount, and within what the columns hold.
LARGEST_NUMBER = 1e12


def refuse_odd_numbers(doc) -> None:
	"""Refuse numbers that are none, or beyond all measure.

	:raises CustomerServiceError: names the field.
	"""
	for field in doc.meta.fields:
		if field.fieldtype not in ("Int", "Float", "Currency", "Percent"):
			continue
		value = doc.get(field.fieldname)
		try:
			sound = value in (None, "") or abs(float(value)) < LARGEST_NUMBER  # not a number is less than nothing
		except (ValueError, TypeError):
			sound = False
		if not sound:
			frappe.throw(_("{0} must be a number.").format(frappe.bold(_(field.label))), CustomerServiceError)


def read_numbers(doc) -> None:
	"""Refuse what is no number in a record and its rows, and read what is: forms and the API send text, and rules compare numbers.

	:raises CustomerServiceError: names the field.
	"""
	for part in (doc, *doc.get_all_children()):
		refuse_odd_numbers(part)
		part._fix_numeric_types()  # Frappe's own, which it calls itself only after validate
