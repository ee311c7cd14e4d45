import frappe
from frappe.model.document import Document


class ServiceClock(Document):
	"""One time limit of one record in one round (rules F-6, G-5). Written by organisation/clocks.py only."""


def on_doctype_update():
	"""Indexes of the record's own clocks, of the sweep, of a department's limits, and of the statistics by month."""
	frappe.db.add_index("Service Clock", ["reference_name", "reference_doctype"], "record")
	frappe.db.add_index("Service Clock", ["next_notice_at"], "sweep")
	frappe.db.add_index("Service Clock", ["department", "status", "due_at"], "department_limits")
	# Everything that the statistics of clocks read: without it the server would fetch each clock of the period by itself.
	counted = [
		"department",
		"priority",
		"clock",
		"status",
		"is_breached",
		"limit_minutes",
		"waited_minutes",
		"used_minutes",
	]
	frappe.db.add_index("Service Clock", ["reference_doctype", "due_at", *counted], "statistics")
