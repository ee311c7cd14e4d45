"""When a record may be closed: whoever has open parts of it says so at a gate (F-7).

A process registers its gate in the hook ``closing_gates``: DocType -> dotted names of functions ``(doc) -> list[str]`` that
return the reasons why the record cannot be closed. So a later register can hold an earlier one open, and the earlier one does
not know it.
"""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.exceptions import ClosingRefusedError


def reasons(doc) -> list[str]:
	"""Why the record cannot be closed now, in the user's language and safe to show; empty if it can."""
	gates = (frappe.get_hooks("closing_gates") or {}).get(doc.doctype, [])
	return [reason for gate in gates for reason in frappe.get_attr(gate)(doc)]


def check(doc) -> None:
	"""Refuse to close a record with open parts.

	:raises ClosingRefusedError: lists all reasons in one message.
	"""
	found = reasons(doc)
	if found:
		intro = _("{0} {1} cannot be closed yet:").format(_(doc.doctype), frappe.bold(escape_html(doc.name)))
		lines = "".join(f"<li>{reason}</li>" for reason in found)
		frappe.throw(f"{intro}<ul>{lines}</ul>", ClosingRefusedError, title=_("Not Finished"))
