"""Websites, forums and partners that a named person looks at or asks regularly (A-9)."""

import frappe
from frappe import _
from frappe.utils import flt, get_datetime

from customer_service.organisation import clock, events, processes, text


def set_next_check(channel) -> None:
	"""When the channel is to be looked at next: so many hours of its calendar after the last check, at once if there was none."""
	if not channel.is_active:
		channel.next_check_at = None
		return
	if not channel.last_checked_at:
		channel.next_check_at = channel.next_check_at or clock.now()
		return
	minutes = flt(channel.check_every_hours) * 60
	channel.next_check_at = clock.deadline(get_datetime(channel.last_checked_at), minutes, channel.calendar)


def may_check(channel, user: str) -> bool:
	"""Whether the user may say that he has looked: the watcher, and whoever keeps the records of watched channels."""
	return channel.watched_by == user or frappe.has_permission("Watched Channel", "write", channel, user=user)


def check(channel, note: str | None = None) -> None:
	"""Stamp a check by the present user and keep it in the audit trail. The caller has asked `may_check`."""
	before = channel.last_checked_at
	channel.last_checked_at = clock.now()
	channel.last_checked_by = frappe.session.user
	channel.flags.is_check = True
	channel.flags.ignore_permissions = True  # the watcher need not have the right to change the record itself
	channel.save()
	note = text.plain(note or "").strip()[:1000]
	events.record(channel, "Checked", str(before or ""), str(channel.last_checked_at), detail=note or None)


def due_channels(user: str | None = None) -> list[dict]:
	"""Active channels whose next check is due, the longest overdue first; of one watcher, or of all.

	:returns: rows of ``name``, ``kind``, ``address``, ``watched_by``, ``next_check_at``; what the present user may read.
	"""
	filters = {"is_active": 1, "next_check_at": ("<=", clock.now())}
	if user:
		filters["watched_by"] = user
	fields = ["name", "kind", "address", "watched_by", "next_check_at"]
	return frappe.get_list("Watched Channel", filters=filters, fields=fields, order_by="next_check_at asc")


def refuse() -> None:
	"""
	:raises frappe.PermissionError:
	"""
	frappe.throw(_("Only the watcher may say that this channel was checked."), frappe.PermissionError)


def conditions(user: str | None = None) -> str:
	"""Lists are refused while the process is off (hook permission_query_conditions)."""
	processes.require("Watched Channel")
	return ""
