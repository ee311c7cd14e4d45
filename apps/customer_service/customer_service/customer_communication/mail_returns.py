"""Mails of ours that a mail server sends back for good (RFC 3464). Which record one was about, that record's own process knows."""

from email.message import Message

import frappe

LONGEST_REASON = 500


def tell(message: Message, message_ids: list[str]) -> bool:
	"""Tell the processes of a mail that has come back; whether one of them knows it (hook `mail_returns`).

	A handler gets the Message-IDs that the report names and what the server said, and returns whether the mail was its own.
	"""
	reason = reason_of(message)
	if not reason:
		return False
	return any(frappe.get_attr(handler)(message_ids, reason) for handler in frappe.get_hooks("mail_returns"))


def reason_of(message: Message) -> str | None:
	"""What the server said of the address; None for a report that the mail is only late, or that it has arrived."""
	if message.get_content_type() != "multipart/report":
		return None
	for part in message.walk():
		if part.get_content_type() == "message/delivery-status":
			for block in part.get_payload() if part.is_multipart() else ():
				if (block.get("Action") or "").strip().lower() == "failed":
					said = block.get("Diagnostic-Code") or block.get("Status") or "failed"
					return " ".join(str(said).split())[:LONGEST_REASON]
	return None
