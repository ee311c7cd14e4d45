import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.contract_review import bank_accounts
from customer_service.exceptions import MoneyError
from customer_service.organisation import text


class CompanyBankAccount(Document):
	"""An account of the company to which buyers pay; its details are printed on invoices (C-7)."""

	def validate(self):
		text.make_plain(self)
		self.swift = bank_accounts.check_swift(self.swift)
		self.account_no = bank_accounts.check_account(self.account_no)
		if self.is_default and self.disabled:
			frappe.throw(_("A disabled account cannot be the default."), MoneyError)

	def on_update(self):
		bank_accounts.keep_one_default(self)
