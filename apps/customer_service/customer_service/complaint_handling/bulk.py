"""Bulk import of complaints: who may, how many, and what is told about bad rows."""

import frappe
from frappe import _

from customer_service.exceptions import ImportRefusedError
from customer_service.organisation import bulk, processes, retry

MOST_ROWS = 2_000
"""Rows of one call. The number series is locked while they are checked and written, for a second or two."""

MOST_MESSAGES = 20


def check_rights() -> None:
	"""Refuse users who may not import.

	:raises frappe.PermissionError: says for which right.
	"""
	processes.require("Complaint")
	for right in ("import", "create"):
		if not frappe.has_permission("Complaint", right):
			frappe.throw(
				_("Importing complaints needs the right to import and to create them."), frappe.PermissionError
			)


@retry.after_conflict
def import_rows(rows, skip_bad_rows: bool, notify: bool) -> dict:
	"""Insert complaints; see :func:`customer_service.complaint_handling.api.import_complaints`. The request's end commits.

	:raises ImportRefusedError: its `errors` are what would be returned.
	"""
	if not isinstance(rows, list):
		frappe.throw(_("The rows of an import are a list of objects."), ImportRefusedError)
	if len(rows) > MOST_ROWS:
		frappe.throw(_("At most {0} rows can be imported at once.").format(MOST_ROWS), ImportRefusedError)
	frappe.db.savepoint("import_rows")
	outcome = bulk.insert_many("Complaint", rows, notify, keep_good=skip_bad_rows)
	errors = [{"row": row, "message": message} for row, message in sorted(outcome.errors.items())]
	if errors and not skip_bad_rows:
		frappe.db.rollback(save_point="import_rows")
		_refuse(errors)
	return {"names": outcome.names, "errors": errors}


def _refuse(errors: list[dict]) -> None:
	"""One message for all rows, the first of them in full."""
	lines = [_("Row {0}: {1}").format(error["row"], error["message"]) for error in errors[:MOST_MESSAGES]]
	if len(errors) > MOST_MESSAGES:
		lines.append(_("and {0} more").format(len(errors) - MOST_MESSAGES))
	message = "<br>".join([_("Nothing was imported."), *lines])
	frappe.msgprint(message, title=_("Import"), indicator="red")
	raise ImportRefusedError(message, errors)
