import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import conditions, escalation, replanning


class EscalationRule(Document):
	"""Who is told when a time limit comes near or has passed, level by level (rules F-5, F-6, I-2)."""

	def validate(self):
		self.refuse_incomplete_levels()
		self.refuse_circle()
		conditions.refuse_bad_condition(self)

	def on_update(self):
		escalation.forget_rules()
		replanning.after_rule(self)

	def on_trash(self):
		escalation.forget_rules()

	def refuse_incomplete_levels(self):
		for row in self.levels:
			if row.moment == escalation.BEFORE and not row.offset_value:
				frappe.throw(
					_("Row {0}: say how long before the limit.").format(row.idx),
					CustomerServiceError,
				)
			if row.notify in ("Role", "User") and not row.get(row.notify.lower()):
				frappe.throw(
					_("Row {0}: choose the {1} to notify.").format(row.idx, _(row.notify)), CustomerServiceError
				)

	def refuse_circle(self):
		"""Levels lead upwards: whoever was told and then passed over by a higher level is not told again by a later one."""
		seen: dict[tuple, int] = {}
		last = None
		for row in self.levels:
			place = (row.notify, row.department or "", row.role or "", row.user or "")
			if place in seen and place != last:
				frappe.throw(
					_(
						"Row {0}: {1} was told in row {2} already and others since. Levels must not go in a circle."
					).format(row.idx, frappe.bold(escape_html(row.role or row.user or _(row.notify))), seen[place]),
					CustomerServiceError,
				)
			seen[place] = row.idx
			last = place
