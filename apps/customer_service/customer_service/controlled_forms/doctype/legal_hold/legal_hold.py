import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.controlled_forms import holds, links, retention
from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import cases, clock, events, text

COMPUTED = ("is_active", "placed_by", "placed_at", "released_by", "released_at", "release_reason")


class LegalHold(links.KeepsDisposedLinks, Document):
	"""Keeps records from being disposed of or made anonymous until it is released (rule J-4)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		cases.keep_computed(self, COMPUTED)
		self.place()
		self.update(self.flags.release or {})
		text.make_plain(self)

	def after_insert(self):
		events.record(self, "Created", after=holds.target_of(self)[1])
		events.record_many([(*holds.target_of(self), "Held", None, self.name, None)])

	def on_update(self):
		if self.flags.release:
			events.record(self, "Hold Released", after=holds.target_of(self)[1])

	def on_trash(self):
		cases.refuse_deletion(self)

	def place(self):
		"""Say who places the hold on what; the target is locked, so that a disposal under way is either done or refused."""
		if not self.is_new():
			return
		self.update({"is_active": 1, "placed_by": frappe.session.user, "placed_at": clock.now()})
		if self.scope == holds.ONE_RECORD:
			self.customer = None
		else:
			self.document_type = self.document_name = None
		doctype, name = holds.target_of(self)
		if not name or doctype not in (*retention.registered(), "Service Customer"):
			frappe.throw(_("A hold is placed on a customer, or on one record of a case."), CustomerServiceError)
		if not frappe.db.get_value(doctype, name, "name", for_update=True):
			frappe.throw(
				_("{0} {1} does not exist.").format(_(doctype), frappe.bold(escape_html(str(name)))),
				CustomerServiceError,
			)
