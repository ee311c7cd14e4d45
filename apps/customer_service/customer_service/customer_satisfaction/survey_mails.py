"""Invitations and reminders as mails: one text a language, one mail a person, queued many at a time (E-2).

Frappe's `sendmail` lays out, inlines and encodes every mail by itself, some 12 ms each. Here Frappe's own builder makes one mail a
language, and a person's own words and link are put into its two parts; the rows of the Email Queue are written together. What sends them
is Frappe's queue.
"""

import binascii
from dataclasses import dataclass
from email.utils import make_msgid
from html import escape

import frappe
from frappe import _
from frappe.core.utils import html2text

from customer_service.customer_satisfaction import campaign_states, personal_links, surveys
from customer_service.organisation import batched, clock

QUEUE, RECIPIENT = "Email Queue", "Email Queue Recipient"
TEMPLATE = "customer_service/templates/emails/survey_invitation.html"

LINK, GREETING = "https://personal-link.invalid/", "greeting-of-the-person"
"""Stand in the page of a language where a person's own come."""

PERSON, NUMBER = "person@personal-link.invalid", "number@personal-link.invalid"
HTML, PLAIN = "html-of-the-mail", "words-of-the-mail"
"""Stand in the mail of a language: address, Message-ID and the two parts; short, so that no encoding breaks them."""

OF_ROBOTS = "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\nPrecedence: bulk\n"


@dataclass(frozen=True)
class _Page:
	"""What the mails of one language have in common."""

	subject: str
	html: str
	plain: str
	queue: dict
	"""Fields of the Email Queue; its message is the mail with the marks above."""

	def message(self, address: str, number: str, link: str, greeting: str) -> str:
		"""The mail of one person."""
		html = self.html.replace(LINK, escape(link)).replace(GREETING, escape(greeting))
		plain = self.plain.replace(LINK, link).replace(GREETING, greeting)
		mail = self.queue["message"].replace(PERSON, address).replace(NUMBER, number)
		return f"{OF_ROBOTS}List-Unsubscribe: <{link}>\n{mail.replace(HTML, _encoded(html)).replace(PLAIN, _encoded(plain))}"


def _encoded(part: str) -> str:
	"""As Frappe's builder encodes parts of a mail: quoted-printable."""
	return binascii.b2a_qp(part.encode(), istext=True).decode().replace("\r\n", "\n").replace("\n", "\r\n")


class Letter:
	"""The mails of one campaign, invitations or reminders.

	:raises frappe.OutgoingEmailError: on a site without an account to send from.
	"""

	def __init__(self, campaign, is_reminder: bool = False):
		from frappe.email.doctype.email_account.email_account import EmailAccount

		self.campaign = campaign
		self.is_reminder = is_reminder
		self.account = EmailAccount.find_outgoing(match_by_doctype="Survey Invitation", _raise_error=True)
		self.pages: dict[str, _Page] = {}

	def queue(self, rows: list[frappe._dict]) -> dict[str, str | int]:
		"""Queue one mail for each invitation; the caller has checked the addresses and commits.

		:param rows: ``name``, ``language``, ``contact_person``, ``email`` of invitations.
		:returns: invitation -> name of its Email Queue. One whose address Frappe refuses is not in it.
		"""
		links = personal_links.urls([{"name": row.name, "language": row.language} for row in rows])
		refused = _unsubscribed([row.email for row in rows])
		queued: dict[str, str] = {}
		mails, recipients = [], []
		at = clock.now()
		names = _names(len(rows))
		columns: tuple[str, ...] = ()
		for row in rows:
			if row.email.lower() in refused:
				continue
			page = self._page(row.language)
			columns = columns or tuple(page.queue)
			number = make_msgid(domain=frappe.local.site).strip("<>")
			address = row.email.strip()
			own = {"reference_name": row.name, "message_id": number}
			own["message"] = page.message(address, number, links[row.name], self._greeting(row))
			name = names.pop()
			values = page.queue | own
			mails.append((*batched.standard(at, name), "Not Sent", 0, *(values[field] for field in columns)))
			recipients.append((*batched.standard(at), name, QUEUE, "recipients", 1, address, "Not Sent"))
			queued[row.name] = name
		batched.write(QUEUE, (*batched.STANDARD, "status", "retry", *columns), mails)
		of_queue = ("parent", "parenttype", "parentfield", "idx", "recipient", "status")
		batched.write(RECIPIENT, (*batched.STANDARD, *of_queue), recipients)
		return queued

	def _greeting(self, row) -> str:
		if row.contact_person:
			return _("Dear {0},", row.language).format(row.contact_person)
		return _("Dear Sir or Madam,", row.language)

	def _page(self, language: str) -> _Page:
		if language not in self.pages:
			self.pages[language] = self._laid_out(language)
		return self.pages[language]

	def _laid_out(self, language: str) -> _Page:
		from frappe.email.email_body import get_formatted_html  # Frappe's mail modules open log files

		from customer_service.customer_satisfaction.mail_builder import ReadyMail

		shown = surveys.shown(self.campaign.survey, language, self.campaign.scoring_scheme)
		subject = self.campaign.mail_subject or shown["title"]
		if self.is_reminder:
			subject = _("Reminder: {0}", language).format(subject)
		words = {
			"language": language,
			"greeting": GREETING,
			"link": LINK,
			"introduction": shown["introduction"],
			"message": self.campaign.mail_message,
			"is_reminder": self.is_reminder,
			"reply_by": campaign_states.deadline(self.campaign),
		}
		message = frappe.render_template(TEMPLATE, words)
		html = get_formatted_html(subject, message, email_account=self.account)
		mail = ReadyMail(
			HTML,
			PLAIN,
			self.account,
			recipients=[PERSON],
			subject=subject,
			message_id=NUMBER,
			reference_doctype="Survey Invitation",
			reference_name="",
			send_priority=0,
		)
		built = mail.as_dict(include_recipients=False)
		known = frappe.get_meta(QUEUE)
		return _Page(
			subject,
			html,
			html2text(message),
			{field: value for field, value in built.items() if known.has_field(field)},
		)


def _names(number: int) -> list[str | int]:
	"""Names for so many mails: numbers of a sequence where the site's queue has them, drawn by one statement."""
	from frappe.model.naming import is_autoincremented

	if not number or not is_autoincremented(QUEUE):
		return [frappe.generate_hash(length=10) for _number in range(number)]
	return frappe.db.sql(f"select nextval(`{frappe.scrub(QUEUE)}_id_seq`) from seq_1_to_{number}", pluck=True)


def _unsubscribed(emails: list[str]) -> set[str]:
	"""Addresses that want no mail at all from this site."""
	known = {"email": ("in", emails), "global_unsubscribe": 1}
	return {email.lower() for email in frappe.get_all("Email Unsubscribe", known, pluck="email")}
