"""What a new mail becomes: rows of the settings, first match (F-1)."""

import re

import frappe


def choose(account: str, subject: str, text: str) -> frappe._dict | None:
	"""The first rule of the settings with one of its words in the mail: record_type, topic, complaint_class.

	:param account: name of the Email Account that received the mail.
	"""
	for rule in frappe.get_cached_doc("Customer Service Settings").mail_rules:
		if rule.email_account and rule.email_account != account:
			continue
		searched = subject if rule.look_in == "Subject" else f"{subject}\n{text}"
		if any(word in searched.casefold() for word in words(rule.words)):
			return frappe._dict(record_type=rule.record_type, topic=rule.topic, complaint_class=rule.complaint_class)
	return None


def words(text: str | None) -> list[str]:
	"""The words of a rule, parted by commas of either script or by lines."""
	return [word.strip().casefold() for word in re.split(r"[,，、;；\n]", text or "") if word.strip()]
