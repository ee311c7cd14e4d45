import frappe
from frappe.model.document import Document


class EscalationLog(Document):
	"""One notice to one person, given once (rules F-5, F-6). Written by organisation/escalation.py only."""


def on_doctype_update():
	"""Indexes of the levels a clock has reached, of the mails that are due, of a record's notices and a department's."""
	frappe.db.add_index("Escalation Log", ["service_clock", "level_key"], "levels_done")
	frappe.db.add_index("Escalation Log", ["sent_at", "recipient"], "unsent")
	frappe.db.add_index("Escalation Log", ["reference_name", "reference_doctype"], "record")
	frappe.db.add_index("Escalation Log", ["department"], "department")
	frappe.db.add_index("Escalation Log", ["recipient"], "recipient")
