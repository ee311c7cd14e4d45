"""Mails that no person wrote: our own, spam, answers of machines; and too many from one sender (F-1, L7)."""

import hashlib
from email.message import Message

import frappe
from frappe.utils import get_url

from customer_service.organisation import guest

OWN, SPAM, AUTOMATIC = "Own Mail", "Spam", "Automatic Mail"

MACHINES = frozenset({"mailer-daemon", "postmaster"})
BULK = frozenset({"auto_reply", "bulk", "junk", "list"})

HOUR, DAY = 3600, 86_400


def kind_of(message: Message, sender: str | None) -> str | None:
	"""Why a mail is not a customer's word: OWN, SPAM or AUTOMATIC; None for a person's mail.

	An automatic mail may still belong to a record (an absence, a mail that came back): it joins it, and starts nothing.
	"""
	if _is_own(message, sender):
		return OWN
	if _says(message, "X-Spam-Flag", "yes") or _says(message, "X-Spam-Status", "yes"):
		return SPAM
	return AUTOMATIC if _is_automatic(message, sender) else None


def wants_no_answer(message: Message) -> bool:
	"""Whether the sender's system asks not to be answered by machines, though a person may have written."""
	return bool((message.get("X-Auto-Response-Suppress") or "").strip())


def _is_own(message: Message, sender: str | None) -> bool:
	"""Whether the mail left this site, or carries one of its addresses: it would go round and round."""
	if (message.get("X-Frappe-Site") or "").strip() == get_url():
		return True
	return bool(sender) and sender.lower() in own_addresses()


def own_addresses() -> set[str]:
	"""Addresses that this site sends from or receives at, in lower case."""
	accounts = frappe.get_all("Email Account", fields=["email_id", "enable_incoming", "enable_outgoing"])
	used = {row.email_id for row in accounts if row.enable_incoming or row.enable_outgoing}
	return {address.lower() for address in (*used, frappe.conf.auto_email_id) if address}


def _is_automatic(message: Message, sender: str | None) -> bool:
	submitted = (message.get("Auto-Submitted") or "no").split(";")[0].strip().lower()
	if submitted != "no" or (message.get("Precedence") or "").strip().lower() in BULK:
		return True
	if any(message.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Failed-Recipients")):
		return True
	if "all" in _words(message.get("X-Auto-Response-Suppress")):
		return True
	came_back = (message.get("Return-Path") or "").strip() == "<>" or message.get_content_type() == "multipart/report"
	return came_back or not sender or sender.split("@")[0].lower() in MACHINES


def _says(message: Message, name: str, beginning: str) -> bool:
	return (message.get(name) or "").strip().lower().startswith(beginning)


def _words(value: str | None) -> set[str]:
	return {word.strip().lower() for word in (value or "").split(",")}


def too_many_records(sender: str) -> bool:
	"""Count a new record by mail, and say whether the sender has had his hour's worth."""
	most = frappe.get_cached_doc("Customer Service Settings").mails_per_sender
	return bool(most) and guest.counted(f"mail_records:{_hash(sender)}", HOUR) > most


def too_many_acknowledgements(sender: str) -> bool:
	"""Count an acknowledgement of a mail, and say whether the sender has had his day's worth."""
	most = frappe.get_cached_doc("Customer Service Settings").acknowledgements_per_sender
	return bool(most) and guest.counted(f"mail_answers:{_hash(sender)}", DAY) > most


def _hash(sender: str) -> str:
	return hashlib.sha256(sender.strip().lower().encode()).hexdigest()


def mark_as_automatic(queued, _method=None) -> None:
	"""Hook validate of Email Queue: notices about our records say that a machine sent them, so that no other machine
	answers (RFC 3834)."""
	from customer_service.customer_communication.arrival import CASES

	if not queued.is_new():
		return
	text = queued.message or ""
	head = text[: text.find("\n\n") + 1 or None].lower()
	if queued.reference_doctype in CASES and "isnotification:" in head and "auto-submitted:" not in head:
		queued.message = f"Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n{text}"
