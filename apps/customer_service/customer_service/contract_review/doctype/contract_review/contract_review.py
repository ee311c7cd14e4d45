import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.contract_review import (
	content,
	copies,
	decisions,
	follow_up,
	manufacturing,
	opinions,
	order_changes,
	order_lines,
	order_mails,
	production_changes,
	proforma_print,
	quantities,
	versions,
)
from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.exceptions import RecordClosedError, ReviewError
from customer_service.organisation import attachments, cases, clock, events, states, text

COMPUTED = (
	"state_category",
	"version",
	"previous_version",
	"superseded_by",
	"order_root",
	"review_matrix",
	"review_started_at",
	"reviewed_at",
	"approved_at",
	"approved_content",
	"released_at",
	"released_by",
	"ended_at",
)
TABLES = ("departments", "decisions")
"""Rows that only the review writes."""

FIXED = ("Approved", "Released", "Completed")
"""Steps from which on the order's content stands as it was approved (L3)."""

BY_BUTTON = ("Objection", "Coordinated", "Approved")
"""Steps that follow from opinions and decisions; no transition of a workflow leads there by itself."""


class ContractReview(KeepsDisposedLinks, Document):
	"""An order and its joint review, from the customer's wish to the release (C-1 to C-4)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		if not self.flags.by_review:
			self.keep_review()
			self.validate_workflow()  # the person's own step, before anything follows from it
		text.make_plain(self)
		cases.refuse_odd_numbers(self)
		cases.refuse_future(self, "received_at", "confirmation_sent_at", "confirmed_at", "countersigned_sent_at")
		attachments.check_fields(self)
		self.stamp_clarifications()
		self.refuse_change_after_end()
		self.add_up()
		self.refuse_change_after_approval()
		self.follow_content()
		self.follow_workflow()

	def validate_workflow(self):
		"""A step that follows from an opinion or a decision is the app's; every other is checked by Frappe as the user's."""
		if not self.flags.step_by_system:
			super().validate_workflow()

	def after_insert(self):
		events.record(self, "Created", after=self.workflow_state)

	def on_update(self):
		attachments.adopt(self)
		self.follow_review()
		self.record_changes()

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		user = frappe.session.user
		present = content.reviewed(self)
		self.set_onload("seen", content.seen_of(present))
		known = opinions.current(self.name)
		self.set_onload("board", opinions.board(self, known, present))
		self.set_onload("decisions", decisions.possible(self, user))
		self.set_onload("conditions", opinions.open_conditions(self.name, known))
		self.set_onload("copies", copies.of_order(self.order_root) if self.approved_at else [])
		if self.previous_version or self.superseded_by:
			self.set_onload("versions", versions.side_by_side(self.order_root))
		self.set_onload("letters", order_mails.possible(self))
		if self.step() in opinions.UNDER_REVIEW:
			self.set_onload("mine", [opinions.sheet(row, present) for row in opinions.mine(known, user)])
		if self.released_at:
			self.set_onload("deliveries", follow_up.offers(self))

	def step(self) -> str | None:
		"""Which step of the review the state stands for."""
		return states.step_of(self.doctype, self.workflow_state)

	def keep_review(self):
		"""Opinions and decisions are given through their endpoints, never written."""
		cases.keep_computed(self, COMPUTED)
		before = self.get_doc_before_save()
		self.version, self.order_root = self.version or 1, self.order_root or self.name
		order_lines.keep_origins(self)
		for table in TABLES:
			self.set(table, [row.as_dict() for row in before.get(table)] if before else [])

	def stamp_clarifications(self):
		"""When a question was written down and when it was answered; who types them cannot say otherwise."""
		before = self.get_doc_before_save()
		known = {row.name: row for row in before.clarifications} if before else {}
		for row in self.clarifications:
			old = known.get(row.name)
			row.asked_at = old.asked_at if old else clock.now()
			row.asked_by = old.asked_by if old else frappe.session.user
			row.answered_at = ((old and old.answered_at) or clock.now()) if row.answer else None

	def refuse_change_after_end(self):
		before = self.get_doc_before_save()
		if before and before.state_category in states.ENDED and not self.flags.by_review:
			frappe.throw(
				_("Order {0} is {1} and cannot be changed.").format(
					frappe.bold(escape_html(self.name)), _(before.workflow_state)
				),
				RecordClosedError,
			)

	def is_fixed(self) -> bool:
		"""Whether the order was approved before this save."""
		before = self.get_doc_before_save()
		return bool(before) and states.step_of(self.doctype, before.workflow_state) in FIXED

	def add_up(self):
		"""What was approved keeps its figures, also if the site rounds otherwise since."""
		if self.is_fixed():
			cases.keep_computed(self, order_lines.TOTALS)
		else:
			order_lines.complete(self)

	def refuse_change_after_approval(self):
		"""
		:raises RecordClosedError: if the content is not what was approved.
		"""
		if self.is_fixed() and content.seen_of(content.reviewed(self)) != self.approved_content:
			frappe.throw(
				_("Order {0} was approved as it stood. Change it by an Order Change.").format(
					frappe.bold(escape_html(self.name))
				),
				RecordClosedError,
			)

	def follow_content(self):
		"""A changed order makes the opinions void that it touches, and is under review again."""
		if self.step() not in opinions.UNDER_REVIEW or not self.get_doc_before_save() or self.flags.by_review:
			return
		self.flags.void = opinions.touched(self)
		if self.flags.void:
			self.reviewed_at = None
			if self.step() != "In Review":
				decisions.go_to(self, "In Review")

	def follow_workflow(self):
		before = self.get_doc_before_save()
		self.state_category = states.category_of(self.doctype, self.workflow_state)
		if (
			self.approved_at
			and self.step() in ("Cancelled", "Completed")
			and before.workflow_state != self.workflow_state
		):
			self.demand_free()
		if self.previous_version and self.step() == "Approved" and before.workflow_state != self.workflow_state:
			# While it was reviewed, more may have been shipped, or it was altered.
			order_changes.keep_shipped(frappe.get_doc(self.doctype, self.previous_version), self, lock=True)
		if before and before.workflow_state != self.workflow_state and not self.flags.step_by_system:
			self.take_step(self.step())
		ended = self.state_category in states.ENDED
		self.ended_at = (self.ended_at or clock.now()) if ended else None

	def take_step(self, step: str | None):
		"""What a person's step asks for and leaves behind."""
		if step in BY_BUTTON:
			frappe.throw(
				_("Give the opinion or the decision with its button, so that it is known what you saw."), ReviewError
			)
		if step == "Clarified":
			self.demand_clarity()
		elif step == "In Review":
			self.demand_clarity()
			opinions.begin(self)
		elif step == "Released":
			decisions.demand_release(self)
			self.update({"released_at": clock.now(), "released_by": frappe.session.user})
		elif step == "Completed":
			follow_up.demand_deliveries(self)

	def demand_free(self):
		"""An approved order does not end while it is being changed, nor is it cancelled when its production has begun.

		:raises ReviewError: names what stands in the way.
		"""
		left = [order_changes.open_change(self.order_root)]
		if self.step() == "Cancelled":
			quantities.hold(self.order_root)
			for names in (manufacturing.begun, manufacturing.open_of):
				left += names(self.order_root, lock=True)
		left = [frappe.bold(escape_html(name)) for name in dict.fromkeys(left) if name]
		if left:
			frappe.throw(
				_("Order {0} cannot become {1}: {2} is under way or done.").format(
					frappe.bold(escape_html(self.name)), _(self.workflow_state), ", ".join(left)
				),
				ReviewError,
			)

	def demand_clarity(self):
		"""Every question is answered, and an order without paper is confirmed by the customer (C-1).

		:raises ReviewError: names what is missing.
		"""
		open_rows = [str(row.idx) for row in self.clarifications if not row.answer]
		if open_rows:
			frappe.throw(
				_("Clarifications: row {0} has no answer of the customer yet.").format(", ".join(open_rows)),
				ReviewError,
			)
		source = frappe.get_cached_doc("Order Source", self.order_source)
		asked = ("confirmation_sent_at", "confirmed_by", "confirmed_at")
		missing = [self.meta.get_label(field) for field in asked if not self.get(field)]
		if source.needs_confirmation and missing:
			frappe.throw(
				_("An order by {0} is confirmed by the customer first. Fill in: {1}.").format(
					frappe.bold(_(source.name)), ", ".join(frappe.bold(_(label)) for label in missing)
				),
				ReviewError,
			)

	def follow_review(self):
		opinions.make_void(self, self.flags.pop("void", None) or [])
		if not self.flags.by_review and self.step() in opinions.UNDER_REVIEW and not self.reviewed_at:
			opinions.settle(self)

	def money(self, fieldname: str, row=None) -> str:
		"""An amount as printed for the customer, with the digits of the currency."""
		return proforma_print.amount((row or self).get(fieldname), self.currency)

	def printed(self, row, fieldname: str) -> str:
		"""A price or quantity as printed for the customer."""
		return proforma_print.number(row, fieldname, self.currency)

	def record_changes(self):
		before = self.get_doc_before_save()
		if before and before.workflow_state != self.workflow_state:
			detail = (
				self.decisions[-1].measure if self.decisions and len(self.decisions) > len(before.decisions) else None
			)
			events.record(self, "State Changed", before.workflow_state, self.workflow_state, detail)
			self.follow_version(self.step())

	def follow_version(self, step: str | None):
		"""What a step means for the version before this one, for the copies and for the production (C-6)."""
		if step == "Approved":
			versions.take_place(self)
		elif step == "Cancelled":
			versions.give_up(self)
		elif step == "Released":
			copies.issue(self)
			production_changes.follow_release(self)


def on_doctype_update():
	"""Indexes of the register's filters."""
	frappe.db.add_index("Contract Review", ["state_category", "first_delivery"], "open_orders")
	frappe.db.add_index("Contract Review", ["customer", "order_date"], "orders_of_customer")
	frappe.db.add_index("Contract Review", ["customer_order_no"], "customers_number")
	frappe.db.add_index("Contract Review", ["workflow_state", "modified"], "state_and_time")
	frappe.db.add_index("Contract Review", ["previous_version"], "versions")
	frappe.db.add_unique("Contract Review", ["order_root", "version"], "version_of_order")
	frappe.db.add_index("Contract Review", ["reference_doctype", "reference_name"], "origin")
