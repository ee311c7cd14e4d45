import frappe
from frappe.model.document import Document

from customer_service.customer_satisfaction import invitations
from customer_service.organisation import cases, text


class SurveyInvitation(Document):
	"""One customer who is asked in a campaign: how, whether it reached him, whether he has answered (rule E-2)."""

	def before_insert(self):
		invitations.refuse_by_hand(self)

	def validate(self):
		cases.keep_on_update(self, *invitations.FIXED)
		text.make_plain(self)

	def prints_unnumbered(self) -> bool:
		"""Whether the questionnaire that comes back must not tell whose it is (see `layout.cs_form`)."""
		return invitations.is_anonymous(self)

	def on_trash(self):
		cases.refuse_deletion(self)


def on_doctype_update():
	"""Indexes for sending, counting, and who was asked lately; links of mails find their invitation by its name."""
	frappe.db.add_index("Survey Invitation", ["campaign", "status", "channel"], "to_send")
	frappe.db.add_index("Survey Invitation", ["customer", "sent_at"], "of_customer")
	frappe.db.add_index("Survey Invitation", ["department", "modified"], "of_department")
