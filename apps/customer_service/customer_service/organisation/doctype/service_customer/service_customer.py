from frappe.model.document import Document

from customer_service.organisation import cases, text


class ServiceCustomer(Document):
	"""A company or person served, agent or end user, with its contacts (group B rules)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		text.make_plain(self)
