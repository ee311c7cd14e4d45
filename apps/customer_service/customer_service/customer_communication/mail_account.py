"""Frappe's Email Account, whose mails for our records pass the mail intake (F-1)."""

from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import formataddr, parseaddr

from frappe.email.doctype.email_account.email_account import EmailAccount

from customer_service.customer_communication import mail_text, service_mail

SENDERS = ("From", "Reply-To", "X-Original-From")


class ServiceEmailAccount(EmailAccount):
	"""Stands in for Frappe's (hook override_doctype_class). Mails of accounts that append to other DocTypes stay Frappe's,
	unless they answer a mail about one of our records."""

	def get_inbound_mails(self) -> list:
		"""New mails, those that concern our records as `ServiceMail`."""
		return [service_mail.take_over(mail) for mail in super().get_inbound_mails()]

	def get_incoming_server(self, in_receive=False, *args, **kwargs):
		"""The connection to the mail server, which while mails are received hands Frappe their heads."""
		server = super().get_incoming_server(in_receive, *args, **kwargs)
		if in_receive and server:
			fetch = server.get_messages
			server.get_messages = lambda *folder, **named: _heads(fetch(*folder, **named))
		return server


class Head(bytes):
	"""The head of a mail; `whole` is all of it.

	Frappe takes every mail apart as soon as it has fetched them: one whose sender it cannot read costs all that were fetched
	with it, and looking for quoted text in a long one takes it minutes. From the head alone it sees all that it needs.
	"""

	whole: bytes


def _heads(fetched: dict | None) -> dict | None:
	if fetched:
		fetched["latest_messages"] = [head_of(raw) for raw in fetched.get("latest_messages") or []]
	return fetched


def head_of(raw: bytes) -> Head:
	"""The head of a mail, with readable headers of its sender before those that Frappe cannot read."""
	parsed = BytesHeaderParser().parsebytes(raw)
	lines = [_readable(name, parsed) for name in SENDERS if name in parsed and not _can_be_read(parsed[name])]
	if "From" not in parsed:
		lines.append("From: mailer-daemon@invalid\r\n")
	repair = "".join(lines).encode()
	end = min((at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0), default=len(raw))
	head = Head(repair + raw[:end] + b"\r\n\r\n")
	head.whole = repair + raw
	return head


def _can_be_read(value) -> bool:
	try:
		for part, charset in decode_header(value):
			if charset:
				part.decode(charset)
	except (LookupError, UnicodeDecodeError, AttributeError):
		return False
	return True


def _readable(name: str, head: Message) -> str:
	shown, address = parseaddr(mail_text.header(head[name]))
	return f"{name}: {formataddr((shown, address or 'mailer-daemon@invalid'))}\r\n"
