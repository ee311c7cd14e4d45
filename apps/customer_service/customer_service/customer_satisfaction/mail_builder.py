"""Frappe's builder of a mail for words that are ready: laid out once, for thousands of mails (E-2)."""

from frappe.email.doctype.email_queue.email_queue import QueueBuilder


class ReadyMail(QueueBuilder):
	"""One mail."""

	def __init__(self, html: str, plain: str, account, **named):
		super().__init__(message=html, add_unsubscribe_link=0, **named)
		self.html, self.plain, self._email_account = html, plain, account

	def email_html_content(self):
		return self.html

	def email_text_content(self):
		return self.plain

	def get_unsubscribed_user_emails(self):
		return []  # asked once for all before
