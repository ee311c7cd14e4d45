import frappe
from frappe.model.document import Document

from customer_service.contract_review import payment_terms
from customer_service.organisation import text


class PaymentTermsSchedule(Document):
	"""In which parts a price is paid; the parts are 100 % together (C-7)."""

	def validate(self):
		text.make_plain(self)
		payment_terms.check(self.parts)

	def on_update(self):
		self.keep_one_default()

	def keep_one_default(self):
		if self.is_default:
			table = frappe.qb.DocType(self.doctype)
			frappe.qb.update(table).set(table.is_default, 0).where(table.name != self.name).run()
			frappe.clear_document_cache(self.doctype)
