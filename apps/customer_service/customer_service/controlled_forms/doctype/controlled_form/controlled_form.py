import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.exceptions import FormControlError
from customer_service.organisation import cases


class ControlledForm(Document):
	"""A controlled form: its number, what it prints, who owns it and how long its records are kept (rule J-1)."""

	def validate(self):
		cases.keep_computed(self, ("current_version", "status", "title_en", "title_zh"))
		self.status = self.status or "Draft"
		self.keep_one_default()

	def on_trash(self):
		self.refuse_deletion_after_use()

	def keep_one_default(self):
		"""Only one form of a DocType prints where nobody asks for a certain one."""
		if not self.is_default:
			return
		filters = {"document_type": self.document_type, "is_default": 1, "name": ("!=", self.name or "")}
		others = frappe.get_all("Controlled Form", filters=filters, pluck="name")
		if others and self.flags.is_shipped:  # a second profile takes nothing away from the first
			self.is_default = 0
			return
		for name in others:
			frappe.get_doc("Controlled Form", name).db_set("is_default", 0)

	def refuse_deletion_after_use(self):
		if frappe.db.exists("Controlled Form Version", {"controlled_form": self.name, "status": ("!=", "Draft")}):
			frappe.throw(
				_("Form {0} has been in use and cannot be deleted. Withdraw its version instead.").format(
					frappe.bold(escape_html(self.name))
				),
				FormControlError,
			)
