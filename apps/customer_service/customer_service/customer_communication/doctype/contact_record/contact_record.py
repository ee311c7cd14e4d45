import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.customer_communication import arrival, routing
from customer_service.exceptions import RecordClosedError
from customer_service.organisation import cases, events, text


class ContactRecord(Document):
	"""One contact with a customer, in or out, verbal remarks included (rule A-1)."""

	def before_insert(self):
		cases.check_series(self)
		self.routing_rule = None
		text.make_plain(self)
		routing.route_on_arrival(self)

	def validate(self):
		self.refuse_change_after_end()
		cases.keep_on_update(self, "routing_rule")
		arrival.keep_marks(self)
		text.make_plain(self)
		cases.refuse_future(self, "contacted_at")

	def after_insert(self):
		events.record(self, "Created", after=self.status, detail=self.lead_department)

	def on_update(self):
		self.record_status_change()

	def on_trash(self):
		cases.refuse_deletion(self)

	def refuse_change_after_end(self):
		"""A closed contact record changes only by being opened again."""
		before = self.get_doc_before_save()
		if before and before.status == self.status == "Closed":
			frappe.throw(
				_("{0} {1} is closed and cannot be changed. Open it again first.").format(
					_(self.doctype), frappe.bold(escape_html(self.name))
				),
				RecordClosedError,
			)

	def route(self):
		"""Set lead, window and assisting departments by the routing rules (A-2); what is set by hand is kept."""
		routing.route(self)

	def record_status_change(self):
		before = self.get_doc_before_save()
		if before and before.status != self.status:
			events.record(self, "State Changed", before.status, self.status)
		if before and before.lead_department != self.lead_department:
			events.record(self, "Routed", before.lead_department, self.lead_department)


def on_doctype_update():
	"""Index of a customer's last contacts."""
	frappe.db.add_index("Contact Record", ["customer", "contacted_at"], "contacts_of_customer")
