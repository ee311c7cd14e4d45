from frappe.model.document import Document

from customer_service.customer_communication import routing
from customer_service.organisation import cases, events, text


class ContactRecord(Document):
	"""One contact with a customer, in or out, verbal remarks included (rule A-1)."""

	def before_insert(self):
		self.routing_rule = None
		text.make_plain(self)
		routing.route_on_arrival(self)

	def validate(self):
		text.make_plain(self)
		cases.refuse_future(self, "contacted_at")

	def after_insert(self):
		events.record(self, "Created", after=self.status, detail=self.lead_department)

	def on_update(self):
		self.record_status_change()

	def on_trash(self):
		cases.refuse_deletion(self)

	def route(self):
		"""Set lead, window and assisting departments by the routing rules (A-2); what is set by hand is kept."""
		routing.route(self)

	def record_status_change(self):
		before = self.get_doc_before_save()
		if before and before.status != self.status:
			events.record(self, "State Changed", before.status, self.status)
		if before and before.lead_department != self.lead_department:
			events.record(self, "Routed", before.lead_department, self.lead_department)
