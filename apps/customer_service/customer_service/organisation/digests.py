"""Mails of escalation notices: one digest a person instead of a flood, each notice in exactly one mail (F-5, L5, L7)."""

from dataclasses import dataclass
from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import escape_html, format_datetime, get_url

from customer_service.organisation import clock, languages, retry

LINES = 50
"""Lines of a digest; of the rest it tells the number."""


def send() -> None:
	"""Queue one mail for every person with notices that wait for theirs (called by the sweep).

	Marking the notices and queueing the mail are one transaction a person: killed in between, neither has happened.
	"""
	for recipient in _waiting():
		_send_to(recipient)
		frappe.db.commit()


def _waiting() -> list[str]:
	"""People with notices to be sent now: those that go at once, or that have waited for the digest's time."""
	log = frappe.qb.DocType("Escalation Log")
	minutes = frappe.get_cached_doc("Customer Service Settings").digest_minutes or 0
	ripe = clock.now() - timedelta(minutes=minutes)
	query = (
		frappe.qb.from_(log)
		.select(log.recipient)
		.distinct()
		.where(log.sent_at.isnull())
		.where(log.recipient.isnotnull())
		.where((log.at_once == 1) | (log.noticed_at <= ripe))
	)
	return sorted(row[0] for row in query.run())


@retry.after_conflict
def _send_to(recipient: str) -> None:
	log = frappe.qb.DocType("Escalation Log")
	query = frappe.qb.from_(log).select(log.name, log.reference_name)
	query = query.where(log.recipient == recipient).where(log.sent_at.isnull())
	waiting = query.orderby(log.due_at).orderby(log.name).for_update().run()
	if not waiting:
		return  # another worker has sent them
	names = tuple(name for name, _record in waiting)
	# Plain SQL with parameters: the query builder takes longer for thousands of names than the server does.
	frappe.db.sql("update `tabEscalation Log` set sent_at = %s where name in %s", (clock.now(), names))
	user = frappe.get_cached_doc("User", recipient)
	if not user.enabled:
		return
	notices = Notices(_rows(names[:LINES]), len(names), len({record for _name, record in waiting}))
	with languages.speaking(user.language):
		words = _words(notices)
	_notify(recipient, words, notices.rows[0])
	# With a template for the plain text too: Frappe would make it of the other, which takes longer than the rest of a mail.
	frappe.sendmail(recipients=[user.email or recipient], subject=words["subject"], template="time_limits", args=words)


@dataclass(frozen=True)
class Notices:
	"""What one mail tells.

	:param rows: the notices that get a line each. :param count: how many there are. :param records: of how many records.
	"""

	rows: list[frappe._dict]
	count: int
	records: int


def _rows(names: tuple[str, ...]) -> list[frappe._dict]:
	log = frappe.qb.DocType("Escalation Log")
	columns = (log.name, log.reference_doctype, log.reference_name, log.clock, log.level, log.notified_as, log.due_at)
	query = frappe.qb.from_(log).select(*columns).where(log.name.isin(names))
	return query.orderby(log.due_at).orderby(log.name).run(as_dict=True)


def _words(notices: Notices) -> dict:
	"""What templates/emails/time_limits shows, in the present language; user text is not part of it.

	:returns: ``subject``; ``told``: name, URL and words of each line; ``rest``: how many more there are, or nothing.
	"""
	first = notices.rows[0]
	if notices.count == 1:
		subject = _("Time limit: {0} {1}").format(_(first.reference_doctype), first.reference_name)
	else:
		subject = _("Time limits of {0} records").format(notices.records)
	more = notices.count - len(notices.rows)
	return {
		"subject": subject,
		"told": [(row.reference_name, _url(row), _line(row)) for row in notices.rows],
		"rest": _("and {0} more").format(more) if more else "",
	}


def _url(row) -> str:
	base = (frappe.conf.host_name or get_url()).rstrip("/")
	return f"{base}/app/{frappe.scrub(row.reference_doctype).replace('_', '-')}/{row.reference_name}"


def _line(row) -> str:
	return _("{0}: due {1}, level {2}, told as {3}").format(
		_(row.clock), format_datetime(row.due_at, "yyyy-MM-dd HH:mm"), row.level, _(row.notified_as or "")
	)


def _notify(recipient: str, words: dict, first) -> None:
	"""The same in the desk's bell; the mail is ours, so Frappe sends none for it."""
	lines = [
		f'<a href="{escape_html(url)}">{escape_html(name)}</a> {escape_html(text)}' for name, url, text in words["told"]
	]
	if words["rest"]:
		lines.append(words["rest"])
	note = frappe.new_doc("Notification Log")
	note.update(
		{
			"for_user": recipient,
			"type": "Alert",
			"subject": words["subject"],
			"email_content": "<br>".join(lines),
			"document_type": first.reference_doctype,
			"document_name": first.reference_name,
			"from_user": frappe.session.user,
		}
	)
	note.flags.ignore_permissions = True
	note.insert()
