import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, flt

from customer_service.complaint_handling import (
	analysis,
	customer_decision,
	dispositions,
	figures,
	from_contact,
	intake,
	splitting,
	steps,
	tasks,
)
from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.customer_communication import arrival, decisions, explanation, routing
from customer_service.exceptions import CustomerServiceError, QuantityError, RecordClosedError
from customer_service.organisation import attachments, cases, clocks, events, people, states, text

COMPUTED = (
	"state_category",
	"response_due",
	"responded_at",
	"response_breached",
	"resolution_due",
	"resolved_at",
	"resolution_breached",
	"clock_policy",
	"waiting_since",
	"waited_minutes",
	"next_due",
	"held_since",
	"held_reason",
	"reopen_count",
	"answer_minutes",
	*steps.COMPUTED,
	*customer_decision.COMPUTED,
	*dispositions.TOTALS,
)


class Complaint(clocks.UnderClocks, KeepsDisposedLinks, Document):
	"""A customer's complaint, from its receipt to closing, under service clocks (group F rules)."""

	@staticmethod
	def before_bulk_insert(docs: list):
		intake.find_customers({doc.contact_email for doc in docs if doc.contact_email and not doc.customer})

	def before_insert(self):
		cases.check_series(self)
		self.routing_rule = None
		text.make_plain(self)
		intake.complete(self)
		routing.route_on_arrival(self)

	def validate(self):
		cases.keep_computed(self, COMPUTED)
		decisions.keep_rule(self)
		steps.keep(self)
		splitting.keep(self)
		customer_decision.keep(self)
		arrival.keep_marks(self)
		text.make_plain(self)
		self.refuse_change_after_end()
		cases.refuse_odd_numbers(self)
		from_contact.check_source(self)
		attachments.check_fields(self)
		self.refuse_contradicting_quantities()
		dispositions.refuse_less_shipped(self)
		analysis.check(self)
		self.refuse_future_dates()
		self.name_company()
		self.mark_major()
		self.give_major_its_owner()
		self.follow_workflow()

	def validate_workflow(self):
		"""The customer's step by his link, and closing for want of his answer, are the app's; others are checked as the user's."""
		if not self.flags.step_by_system:
			super().validate_workflow()

	def after_insert(self):
		self.store_clocks()
		events.record(self, "Created", after=self.workflow_state, detail=self.lead_department)
		decisions.record_arrival(self)
		from_contact.tell_source(self)
		tasks.make_on_receipt(self)

	def on_update(self):
		attachments.adopt(self)
		self.store_clocks()
		self.record_changes()
		tasks.make_when_assessed(self)
		tasks.follow_waiting(self)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("clocks", clocks.summary(self))
		self.set_onload("dispositions", dispositions.shown(self.name))
		self.set_onload("tasks", tasks.shown(self.name))
		self.set_onload("linked", splitting.linked(self))
		self.set_onload("is_head", people.is_head_or_deputy(frappe.session.user, self.lead_department))
		explanation.show(self)

	def route(self):
		"""Set lead, window and assisting departments by the routing rules (A-2); what is set by hand is kept."""
		routing.route(self)

	def status_url(self) -> str:
		"""A new personal link to the public status page of this complaint, for the complainant's mail."""
		return intake.status_url(self)

	def refuse_contradicting_quantities(self):
		"""F-2: no more defective pieces than were shipped."""
		if self.shipped_qty and flt(self.defective_qty) > flt(self.shipped_qty):
			frappe.throw(
				_("Defective Quantity ({0}) must not exceed Shipped Quantity ({1}).").format(
					flt(self.defective_qty), flt(self.shipped_qty)
				),
				QuantityError,
			)

	def refuse_future_dates(self):
		cases.refuse_future(self, "received_at", "ship_date")

	def refuse_change_after_end(self):
		"""A closed or cancelled complaint changes only by a step of its workflow."""
		before = self.get_doc_before_save()
		if before and before.state_category in states.ENDED and before.workflow_state == self.workflow_state:
			frappe.throw(
				_("Complaint {0} is {1} and cannot be changed.").format(
					frappe.bold(escape_html(self.name)), _(before.workflow_state)
				),
				RecordClosedError,
			)

	def name_company(self):
		"""Show a name in lists also where the clerk linked the customer at once, or a person complains for himself."""
		if not self.reported_company:
			name = self.customer and frappe.get_cached_value("Service Customer", self.customer, "customer_name")
			self.reported_company = name or self.contact_person

	def mark_major(self):
		"""F-5: a loss at or above the site's threshold makes a complaint major; by hand it can always be."""
		threshold = flt(frappe.get_cached_doc("Customer Service Settings").major_loss_threshold)
		if threshold and flt(self.estimated_loss) >= threshold:
			self.is_major = 1

	def give_major_its_owner(self):
		"""F-5: a complaint that is major from now on belongs to whom the settings name; whoever has it already keeps it."""
		before = self.get_doc_before_save()
		if not self.is_major or self.assigned_to or (before and before.is_major):
			return
		owner = frappe.get_cached_doc("Customer Service Settings").major_owner
		if owner == "Group Leader":
			self.assigned_to = next(iter(people.group_leaders_of(self.lead_department)), None)
		elif owner == "Department Head":
			self.assigned_to = people.head_of(self.lead_department)

	def follow_workflow(self):
		"""Keep the state's category, and let the clocks start, pause, resume and stop with it (F-6)."""
		before = self.get_doc_before_save()
		if not before or before.workflow_state != self.workflow_state:
			self.state_category = states.category_of(self.doctype, self.workflow_state)
			self.refuse_end_without_customer()
			steps.follow(self)
		self.measure_answer()
		self.plan_clocks()

	def measure_answer(self):
		"""F-11: the working time from receipt to the answer, for statistics; a reopened complaint has none until it is
		answered again."""
		if not self.answered_at:
			self.answer_minutes = 0
		elif self.has_value_changed("answered_at") or self.has_value_changed("received_at"):
			self.answer_minutes = figures.working_minutes(self.received_at, self.answered_at)

	def refuse_end_without_customer(self):
		"""An answered complaint belongs to a known customer; statistics and surveys count on it."""
		if self.state_category in (states.RESOLVED, states.CLOSED) and not self.customer:
			frappe.throw(
				_("Set the {0} before the complaint is answered.").format(frappe.bold(_("Customer"))),
				CustomerServiceError,
			)

	def record_changes(self):
		before = self.get_doc_before_save()
		if not before:
			return
		if before.workflow_state != self.workflow_state:
			reopened = (self.reopen_count or 0) > (before.reopen_count or 0)
			events.record(
				self,
				"Reopened" if reopened else "State Changed",
				before.workflow_state,
				self.workflow_state,
				detail=_("Resolution was due {0}").format(before.resolution_due) if reopened else None,
			)
		decisions.record_change(self)


def on_doctype_update():
	"""Indexes of the queue of a department, and of the sweep over running clocks."""
	frappe.db.add_index("Complaint", ["lead_department", "state_category", "resolution_due"], "department_queue")
	frappe.db.add_index("Complaint", ["state_category", "resolution_due"], "resolution_sweep")
	frappe.db.add_index("Complaint", ["customer", "received_at"], "customer_received")
	frappe.db.add_index("Complaint", ["state_category", "answered_at"], "customer_awaited")
