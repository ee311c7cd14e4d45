import re

import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import processes


class CustomerServiceSettings(Document):
	"""What an administrator sets for the whole site (rule G-6)."""

	def validate(self):
		self.refuse_odd_extensions()

	def on_update(self):
		self.follow_switches()

	def refuse_odd_extensions(self):
		for extension in self.allowed_extensions():
			if not re.fullmatch(r"[a-z0-9]{1,8}", extension):
				frappe.throw(
					_("{0} is not a file extension. Write extensions separated by commas, without a dot.").format(
						frappe.bold(frappe.utils.escape_html(extension))
					),
					CustomerServiceError,
				)

	def follow_switches(self):
		before = self.get_doc_before_save()
		switches = processes.SWITCH_OF_MODULE.values()
		if before and any(before.get(switch) != self.get(switch) for switch in switches):
			processes.show_or_hide(self)

	def allowed_extensions(self) -> list[str]:
		"""The file extensions that attachments may have, in lower case without a dot (S7)."""
		parts = re.split(r"[\s,;]+", self.attachment_extensions or "")
		return [part.lower().lstrip(".") for part in parts if part]
