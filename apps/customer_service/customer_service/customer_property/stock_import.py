"""What a company already holds of its customers when it begins: entries of the register with their quantities, many at once (D-1)."""

import frappe
from frappe import _
from frappe.utils import escape_html, getdate

from customer_service.contract_review.money import exact
from customer_service.customer_property import items, ledger, movements, places
from customer_service.exceptions import CustomerServiceError, ImportRefusedError, PropertyError
from customer_service.organisation import bulk, processes, retry

MOST_ROWS = 2_000
"""Rows of one call. The number series is locked while they are checked and written, for a few seconds."""

MOST_MESSAGES = 20

OF_LEDGER = ("qty", "place", "received_on")


def check_rights() -> None:
	"""
	:raises frappe.PermissionError: for who may not import entries of the register and receive property.
	"""
	processes.require(items.DOCTYPE)
	for doctype, right in ((items.DOCTYPE, "import"), (items.DOCTYPE, "create"), (movements.DOCTYPE, "create")):
		if not frappe.has_permission(doctype, right):
			frappe.throw(
				_("Importing customers' property needs the right to import it and to receive it."),
				frappe.PermissionError,
			)


@retry.after_conflict
def import_rows(rows, skip_bad_rows: bool = False) -> dict:
	"""Insert items, and receive and accept what each row says of its quantity; see `property_api.import_property`.

	:raises ImportRefusedError: its `errors` are what would be returned. :raises LedgerError: names the row, for dates that are closed.
	"""
	if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
		frappe.throw(_("The rows of an import are a list of objects."), ImportRefusedError)
	if len(rows) > MOST_ROWS:
		frappe.throw(_("At most {0} rows can be imported at once.").format(MOST_ROWS), ImportRefusedError)
	errors = {number: reason for number, row in enumerate(rows, 1) if (reason := _refusal(row))}
	good = [(number, row) for number, row in enumerate(rows, 1) if number not in errors]
	frappe.db.savepoint("import_property")
	outcome = bulk.insert_many(items.DOCTYPE, [_of_item(row) for _number, row in good])
	errors |= {good[index - 1][0]: message for index, message in outcome.errors.items()}
	if errors and not skip_bad_rows:
		frappe.db.rollback(save_point="import_property")
		_refuse(errors)
	stored = [entry for index, entry in enumerate(good, 1) if index not in outcome.errors]
	_receive(outcome.names, stored)
	return {"names": outcome.names, "errors": [{"row": row, "message": errors[row]} for row in sorted(errors)]}


def _of_item(row: dict) -> dict:
	return {field: value for field, value in row.items() if field not in OF_LEDGER} | {
		"storage_place": row.get("storage_place") or row.get("place")
	}


def _refusal(row: dict) -> str | None:
	"""Why the quantity, place or date of a row cannot be taken; None if they can."""
	try:
		if exact(row.get("qty")) <= 0:
			return _("{0} must be more than {1}.").format(_("Quantity"), 0)
		if not row.get("place"):
			return _("{0} is missing.").format(_("Storage Place"))
		places.demand(str(row["place"]), row.get("protection_class"), escape_html(str(row.get("property_name") or "–")))
		getdate(row.get("received_on"))
	except (CustomerServiceError, frappe.ValidationError, ValueError) as error:
		frappe.clear_messages()
		return str(error)
	return None


def _receive(names: list[str], stored: list[tuple[int, dict]]) -> None:
	for kind in ("Receive", "Accept"):
		ledger.post(
			ledger.Entry(
				name,
				kind,
				exact(row["qty"]),
				place=row["place"],
				entry_date=getdate(row.get("received_on")),
				reference=(items.DOCTYPE, name),
				idx=number,
				remark=_("Opening stock"),
			)
			for name, (number, row) in zip(names, stored, strict=True)
		)


@retry.after_conflict
def reverse_opening(name: str, reason: str) -> None:
	"""Take back what was imported of an item by mistake, while nothing else was entered for it.

	:raises PropertyError: for an item that was not imported, or of which more is known by now. :raises LedgerError: see `ledger.reverse`.
	"""
	ledger.hold([name])
	own = ledger.entries_of(items.DOCTYPE, name)
	others = frappe.db.count(
		ledger.ENTRY, {"customer_property": name, "name": ("not in", own or [""]), "reversal_of": ("is", "not set")}
	)
	if not own or others:
		frappe.throw(_("Only an opening stock of which nothing else was entered can be taken back."), PropertyError)
	ledger.reverse(own, reason, (items.DOCTYPE, name))


def _refuse(errors: dict[int, str]) -> None:
	"""One message for all rows, the first of them in full."""
	lines = [_("Row {0}: {1}").format(row, errors[row]) for row in sorted(errors)[:MOST_MESSAGES]]
	if len(errors) > MOST_MESSAGES:
		lines.append(_("and {0} more").format(len(errors) - MOST_MESSAGES))
	message = "<br>".join([_("Nothing was imported."), *lines])
	frappe.msgprint(message, title=_("Import"), indicator="red")
	raise ImportRefusedError(message, [{"row": row, "message": errors[row]} for row in sorted(errors)])
