import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.exceptions import CustomerServiceError


class RepeatRule(Document):
	"""What counts as the same problem, and how often within which period it is a warning (rule F-11)."""

	def validate(self):
		self.refuse_single()

	def refuse_single(self):
		"""One complaint is no repetition."""
		if (self.minimum_count or 0) < 2:
			frappe.throw(_("{0} must be at least {1}.").format(frappe.bold(_("Warning From")), 2), CustomerServiceError)
