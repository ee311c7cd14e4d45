import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.contract_review import opinions
from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.exceptions import ReviewError
from customer_service.organisation import cases, clocks, events, states

CATEGORIES = {
	opinions.ASKED: states.OPEN,
	opinions.GIVEN: states.CLOSED,
	opinions.VOID: states.CLOSED,
	opinions.WITHDRAWN: states.CANCELLED,
}
"""An opinion that became void was given in time or not; its clock is not wound back. The next round has a clock of its own."""


class ReviewOpinion(clocks.UnderClocks, KeepsDisposedLinks, Document):
	"""What one department says to an order (C-2, L3). Only the review writes it, whatever rights a user has."""

	CLOCK_START = "asked_at"
	CLOCK_FIELDS = {"Resolved": ("due_at", "given_at", "is_late")}

	@property
	def workflow_state(self):
		"""What clocks that stop on a state look at."""
		return self.status

	def load_doc_before_save(self, **options):
		"""As the review read it under the order's lock, without which nobody writes an opinion; else as stored now."""
		self._doc_before_save = self.flags.pop("as_held", None)
		if not self._doc_before_save:
			super().load_doc_before_save(**options)

	def update_child_table(self, fieldname, df=None):
		"""Where there was no row and is none, none is to be deleted."""
		before = self.get_doc_before_save()
		if self.get(fieldname) or not before or before.get(fieldname):
			super().update_child_table(fieldname, df)

	def validate(self):
		if not self.flags.by_review:
			frappe.throw(
				_("An opinion is given in its order, with the button there, so that it is known what was seen."),
				ReviewError,
			)
		self.state_category = CATEGORIES[self.status]
		self.plan_clocks()

	def plan_clocks(self):
		"""An opinion that was carried over was in time or late where it was given; it is measured there only."""
		if not self.carried_from:
			super().plan_clocks()

	def store_clocks(self):
		if not self.carried_from:
			super().store_clocks()

	def after_insert(self):
		self.store_clocks()
		events.record(self, "Created", after=self.status, detail=self.department)

	def on_update(self):
		self.store_clocks()
		before = self.get_doc_before_save()
		if before and before.status != self.status:
			events.record(self, "State Changed", before.status, self.status, self.remark)

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("clocks", clocks.summary(self))


def on_doctype_update():
	"""Indexes of an order's opinions, a department's queue, and the clocks' sweep. One open or given opinion a round."""
	frappe.db.add_index("Review Opinion", ["contract_review", "status"], "opinions_of_order")
	frappe.db.add_index("Review Opinion", ["department", "state_category", "due_at"], "department_queue")
	frappe.db.add_unique("Review Opinion", ["contract_review", "department", "round"], "one_a_round")
