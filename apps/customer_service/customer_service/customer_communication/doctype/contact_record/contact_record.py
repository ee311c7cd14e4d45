import frappe
from frappe.model.document import Document

from customer_service.customer_communication import arrival, contacts, decisions, explanation, plan_tasks, routing
from customer_service.organisation import cases, events, text


class ContactRecord(Document):
	"""One contact with a customer, in or out, planned or held, verbal remarks included (rules A-1, A-6)."""

	def before_insert(self):
		cases.check_series(self)
		self.routing_rule = None
		text.make_plain(self)
		contacts.complete(self)
		routing.route_on_arrival(self)

	def validate(self):
		contacts.refuse_change_after_end(self)
		decisions.keep_rule(self)
		arrival.keep_marks(self)
		text.make_plain(self)
		contacts.follow_appointment(self)
		contacts.refuse_future(self)
		contacts.refuse_reversed_appointment(self)
		contacts.refuse_end_without_report(self)
		contacts.name_source(self)
		contacts.refuse_script_address(self)
		plan_tasks.refuse_open_tasks(self)
		self.state_category = contacts.CATEGORIES[self.status]

	def after_insert(self):
		events.record(self, "Created", after=self.status, detail=self.lead_department)
		decisions.record_arrival(self)

	def on_update(self):
		plan_tasks.follow(self)
		self.record_status_change()

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		explanation.show(self)

	def route(self):
		"""Set lead, window and assisting departments by the routing rules (A-2); what is set by hand is kept."""
		routing.route(self)

	def record_status_change(self):
		before = self.get_doc_before_save()
		if before and before.status != self.status:
			events.record(self, "State Changed", before.status, self.status)
		decisions.record_change(self)


def on_doctype_update():
	"""Index of a customer's last contacts."""
	frappe.db.add_index("Contact Record", ["customer", "contacted_at"], "contacts_of_customer")
