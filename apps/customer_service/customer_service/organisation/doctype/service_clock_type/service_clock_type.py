from frappe.model.document import Document

from customer_service.organisation import clock_policy


class ServiceClockType(Document):
	"""A kind of time limit: on what its clock starts and on what it stops (rule F-6)."""

	def on_update(self):
		clock_policy.forget_policies()

	def on_trash(self):
		clock_policy.forget_policies()
