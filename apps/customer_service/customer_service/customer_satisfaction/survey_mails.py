"""Invitations and reminders as mails: one text a language, one mail a person, queued many at a time (E-2).

Frappe's `sendmail` lays out, inlines and stores every mail by itself, some 15 ms each. Here the page of a language is laid out once, and
Frappe's own builder then makes each mail of it; the rows of the Email Queue are written together. What sends them is Frappe's queue.
"""

from html import escape

import frappe
from frappe import _
from frappe.core.utils import html2text
from frappe.utils import format_date, format_time, get_datetime

from customer_service.customer_satisfaction import personal_links, surveys
from customer_service.organisation import batched, clock

QUEUE, RECIPIENT = "Email Queue", "Email Queue Recipient"
TEMPLATE = "customer_service/templates/emails/survey_invitation.html"

LINK, GREETING = "https://personal-link.invalid/", "greeting-of-the-person"
"""Stand in the page of a language where a person's own come."""

OF_ROBOTS = "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\nPrecedence: bulk\n"


class Letter:
	"""The mails of one campaign, invitations or reminders.

	:raises frappe.OutgoingEmailError: on a site without an account to send from.
	"""

	def __init__(self, campaign, is_reminder: bool = False):
		from frappe.email.doctype.email_account.email_account import EmailAccount

		self.campaign = campaign
		self.is_reminder = is_reminder
		self.account = EmailAccount.find_outgoing(match_by_doctype="Survey Invitation", _raise_error=True)
		self.pages: dict[str, tuple[str, str, str]] = {}

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
			built = None if row.email.lower() in refused else self._mail(row, links[row.name])
			if not built:
				continue
			name = names.pop()
			columns = columns or tuple(field for field in built if frappe.get_meta(QUEUE).has_field(field))
			mails.append((*batched.standard(at, name), "Not Sent", 0, *(built[field] for field in columns)))
			recipients.append((*batched.standard(at), name, QUEUE, "recipients", 1, row.email.strip(), "Not Sent"))
			queued[row.name] = name
		batched.write(QUEUE, (*batched.STANDARD, "status", "retry", *columns), mails)
		of_queue = ("parent", "parenttype", "parentfield", "idx", "recipient", "status")
		batched.write(RECIPIENT, (*batched.STANDARD, *of_queue), recipients)
		return queued

	def _mail(self, row, link: str) -> dict | None:
		subject, html, plain = self._page(row.language)
		greeting = self._greeting(row)
		from customer_service.customer_satisfaction.mail_builder import (
			ReadyMail,  # Frappe's mail modules open log files
		)

		builder = ReadyMail(
			html.replace(LINK, escape(link)).replace(GREETING, escape(greeting)),
			plain.replace(LINK, link).replace(GREETING, greeting),
			self.account,
			recipients=[row.email.strip()],
			subject=subject,
			reference_doctype="Survey Invitation",
			reference_name=row.name,
			send_priority=0,
		)
		built = builder.as_dict(include_recipients=False)
		if built:
			built["message"] = f"{OF_ROBOTS}List-Unsubscribe: <{link}>\n{built['message']}"
		return built

	def _greeting(self, row) -> str:
		if row.contact_person:
			return _("Dear {0},", row.language).format(row.contact_person)
		return _("Dear Sir or Madam,", row.language)

	def _page(self, language: str) -> tuple[str, str, str]:
		"""Subject, HTML and plain text in a language, laid out once."""
		if language not in self.pages:
			shown = surveys.shown(self.campaign.survey, language, self.campaign.scoring_scheme)
			subject = self.campaign.mail_subject or shown["title"]
			if self.is_reminder:
				subject = _("Reminder: {0}", language).format(subject)
			message = frappe.render_template(
				TEMPLATE,
				{
					"language": language,
					"greeting": GREETING,
					"link": LINK,
					"introduction": shown["introduction"],
					"message": self.campaign.mail_message,
					"is_reminder": self.is_reminder,
					"reply_by": deadline(self.campaign),
				},
			)
			html = _laid_out(subject, message, self.account)
			self.pages[language] = (subject, html, html2text(message))
		return self.pages[language]


def _names(number: int) -> list[str | int]:
	"""Names for so many mails: numbers of a sequence where the site's queue has them, drawn by one statement."""
	from frappe.model.naming import is_autoincremented

	if not number or not is_autoincremented(QUEUE):
		return [frappe.generate_hash(length=10) for _number in range(number)]
	return frappe.db.sql(f"select nextval(`{frappe.scrub(QUEUE)}_id_seq`) from seq_1_to_{number}", pluck=True)


def deadline(campaign) -> str:
	"""The deadline as a person reads it, in the site's time zone."""
	moment = get_datetime(campaign.reply_by)
	return f"{format_date(moment)} {format_time(moment, 'HH:mm')}"


def _laid_out(subject: str, message: str, account) -> str:
	from frappe.email.email_body import get_formatted_html

	return get_formatted_html(subject, message, email_account=account)


def _unsubscribed(emails: list[str]) -> set[str]:
	"""Addresses that want no mail at all from this site."""
	known = {"email": ("in", emails), "global_unsubscribe": 1}
	return {email.lower() for email in frappe.get_all("Email Unsubscribe", known, pluck="email")}
