"""An incoming mail that becomes a contact or a complaint, or joins one (F-1). Frappe fetches, stores and threads it;
this decides what Frappe's own reading leaves out: who and what is let in, plain text, checked files, a loop's end."""

import io
import re
import zipfile
from datetime import datetime, timedelta
from email.utils import mktime_tz, parseaddr, parsedate_tz

import frappe
from frappe import _
from frappe.email.receive import InboundMail
from frappe.utils import convert_utc_to_system_timezone, validate_email_address

from customer_service.customer_communication import (
	arrival,
	mail_answers,
	mail_guard,
	mail_returns,
	mail_rules,
	mail_text,
	service_record,
)
from customer_service.exceptions import AttachmentError
from customer_service.organisation import attachments, clock, events, processes, text

# The newest of a mail's references; a thread of a thousand mails names them all.
MOST_REFERENCES = 20

# A mail server's own time is believed for so long back.
LONGEST_IN_BOX = timedelta(days=7)


def take_over(mail: InboundMail) -> InboundMail:
	"""The whole mail of a head, as `ServiceMail` if it concerns one of our records, else as Frappe's own."""
	append_to = mail.append_to if mail.email_account.use_imap else mail.email_account.append_to
	is_ours = append_to in arrival.CASES
	if not is_ours and mail.is_reply():
		known = mail.reference_document()
		is_ours = bool(known) and known.doctype in arrival.CASES
	whole = getattr(mail.raw_message, "whole", mail.raw_message)
	return (ServiceMail if is_ours else InboundMail)(
		whole, mail.email_account, mail.uid, mail.seen_status, mail.append_to
	)


class ServiceMail(InboundMail):
	"""A mail to customer service."""

	def __init__(self, *args, **kwargs):
		self.made = None
		self.notes: list[str] = []
		super().__init__(*args, **kwargs)

	# Reading

	def set_subject(self):
		self.subject = text.plain(mail_text.header(self.mail.get("Subject")))[:140] or _("No subject")

	def set_from(self):
		super().set_from()
		self.from_real_name = mail_text.header(parseaddr(str(self.mail.get("From") or ""))[0])

	def process_part(self, part):
		"""Bodies are text, everything that has a name or is none is a file."""
		if part.is_multipart() or part.get_content_type() == "message/rfc822":
			return
		kind = part.get_content_type()
		is_file = bool(part.get_filename()) or part.get_content_disposition() == "attachment"
		if is_file or kind not in ("text/plain", "text/html"):
			self.get_attachment(part)
		elif kind == "text/plain":
			self.text_content += self.get_payload(part)
		else:
			self.html_content += self.get_payload(part)

	def get_payload(self, part):
		return mail_text.decode(part.get_payload(decode=True) or b"", part.get_content_charset())

	def get_attachment(self, part):
		content = part.get_payload(decode=True)
		if not content:
			return
		name = text.plain(mail_text.header(part.get_filename())).replace("/", "_").replace("\\", "_")[-100:]
		if not name:
			name = f"{_('Attachment')} {len(self.attachments) + 1}.{part.get_content_subtype()[:10]}"
		self.attachments.append({"content_type": part.get_content_type(), "fname": name, "fcontent": content})

	def set_content_and_type(self):
		"""What is read and shown is plain text; the HTML is never stored, since it could load what its sender likes (S4, S5)."""
		self.whole_text = mail_text.tidy(self.text_content) or mail_text.tidy(mail_text.of_html(self.html_content))
		longest = frappe.get_cached_doc("Customer Service Settings").mail_text_length or 0
		self.text = mail_text.cut(self.whole_text, longest) or _("(no text)")
		self.is_cut = len(self.text) < len(self.whole_text) or len(self.html_content) > mail_text.MOST_HTML
		shown = mail_text.without_quotes(self.text) if self.is_reply() else self.text
		self.text_content = self.text
		self.content, self.content_type = mail_text.to_html(shown), "text/html"

	def arrived_at(self) -> datetime:
		"""When our mail server took the mail, site time zone; now if it does not say. The sender's own date proves nothing."""
		stamp = parsedate_tz((self.mail.get("Received") or "").rsplit(";", 1)[-1])
		now = clock.now()
		if not stamp:
			return now
		try:
			at = convert_utc_to_system_timezone(datetime.utcfromtimestamp(mktime_tz(stamp))).replace(tzinfo=None)
		except (ValueError, OverflowError):
			return now
		return at if now - LONGEST_IN_BOX < at <= now else now

	# Threading

	def references(self) -> list[str]:
		"""Message-IDs that the mail answers or returns, the newest first."""
		heads = [self.mail.get("In-Reply-To"), self.mail.get("References")]
		if self.mail.get_content_type() == "multipart/report":
			heads += [part.get("Message-ID") for part in self.mail.walk() if part is not self.mail]
		found = re.findall(r"<([^<>\s]+)>", " ".join(str(head) for head in heads if head))
		return list(dict.fromkeys(reversed(found)))[:MOST_REFERENCES]

	def reference_document(self):
		if self._reference_document is None:
			self._reference_document = self._find_reference() or ""
		return self._reference_document

	def _find_reference(self):
		case = mail_answers.find_by_message_ids(self.references())
		if not case:
			case, refused = mail_answers.find_by_subject(self.subject, self.from_email)
			if refused:
				note = _("The subject names {0}, but its sender has nothing to do with that record.")
				self.notes.append(note.format(refused))
		if case and not processes.is_doctype_on(case.doctype):
			return None
		return case

	# Storing

	def process(self):
		"""Store the mail; None for one that no person wrote and that belongs to no record.

		What cannot be stored is kept as an Unhandled Email, also where the mail server has deleted it (POP3).
		"""
		try:
			return self._process()
		except Exception:
			if self.email_account.use_imap:
				raise  # Frappe keeps it
			service_record.keep_unhandled(self)
			return None

	def _process(self):
		kind = mail_guard.kind_of(self.mail, self.from_email)
		if kind == mail_guard.AUTOMATIC and mail_returns.tell(self.mail, self.references()):
			return None
		if kind in (mail_guard.OWN, mail_guard.SPAM) or (kind and not self.reference_document()):
			events.record(self.email_account, "Mail Ignored", after=kind, detail=(self.message_id or "")[:300])
			return None
		communication = super().process()
		if self.flags.is_new_communication:
			self._follow_up(is_automatic=bool(kind))
		return communication

	def _follow_up(self, is_automatic: bool) -> None:
		"""Notes on the record; the customer's answer; whether Frappe may send the account's auto-reply."""
		case = self.made or self.reference_document()
		is_ours = bool(case) and case.doctype in arrival.CASES
		if is_ours and self.notes:
			service_record.add_notes(case, self.notes)
		if is_ours and not self.made and not is_automatic and not mail_answers.is_staff(self.from_email):
			mail_answers.note_answer(case)
		is_first = (
			bool(self.made) and self.made.doctype == "Contact Record"
		)  # complaints have their own acknowledgement
		self.flags.is_new_communication = is_first and not self.made.flags.no_acknowledgement

	def _create_reference_document(self, doctype):
		rule = mail_rules.choose(self.email_account.name, self.subject, self.text)
		doctype = rule.record_type if rule else doctype
		if not processes.is_doctype_on(doctype):
			return None  # the mail itself stays in Frappe's inbox
		if mail_guard.too_many_records(self.from_email):
			case = service_record.last_of(self.from_email)
			if case:
				self._reference_document = case
				self.notes.append(
					_("More mails came from this address than the settings allow in an hour; they are here.")
				)
				return case
		self.made = service_record.make(self, doctype, rule)
		return self.made

	def save_attachments_in_doc(self, doc):
		"""Attach the files that the settings allow to the record, where its rights hold; name the others on it (S7)."""
		case = self.made or self.reference_document() or doc
		files = [(each["fname"], each["fcontent"]) for each in self.attachments]
		for name, content in files:
			try:
				attachments.check(name, content)
				self._attach(case, name, content)
			except AttachmentError as error:
				frappe.clear_last_message()
				self.notes.append(_("Attachment refused: {0}").format(_words_of(error)))
		if self.is_cut:
			self._attach_whole_text(case)
		return []

	def _attach(self, case, name: str, content: bytes) -> None:
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": name,
				"content": content,
				"is_private": 1,
				"attached_to_doctype": case.doctype,
				"attached_to_name": case.name,
			}
		)
		file.flags.made_by_the_app = True  # checked above; the whole text is longer than people may attach
		file.insert(ignore_permissions=True)

	def _attach_whole_text(self, case) -> None:
		whole = self.whole_text if len(self.html_content) <= mail_text.MOST_HTML else self.html_content
		archive = io.BytesIO()
		with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
			packed.writestr("message.txt", whole)
		self._attach(case, "message.zip", archive.getvalue())
		self.notes.append(_("The text was too long and has been cut; all of it is in an attached ZIP file."))

	def sender_address(self) -> str | None:
		"""The sender's address if it is one."""
		return self.from_email if self.from_email and validate_email_address(self.from_email) else None


def _words_of(error: Exception) -> str:
	return re.sub(r"<[^<>]*>", "", str(error))
