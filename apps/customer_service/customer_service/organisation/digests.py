"""Mails of escalation notices: one digest a person instead of a flood, each notice in exactly one mail (F-5, L5, L7)."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import escape_html, format_datetime, get_url

from customer_service.organisation import clock, retry

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
	columns = (log.name, log.reference_doctype, log.reference_name, log.clock, log.level, log.notified_as, log.due_at)
	query = frappe.qb.from_(log).select(*columns).where(log.recipient == recipient).where(log.sent_at.isnull())
	rows = query.orderby(log.due_at).orderby(log.name).for_update().run(as_dict=True)
	if not rows:
		return  # another worker has sent them
	moment = clock.now()
	frappe.qb.update(log).set(log.sent_at, moment).where(log.name.isin([row.name for row in rows])).run()
	user = frappe.get_cached_doc("User", recipient)
	if not user.enabled:
		return
	subject, lines = _in_language(user.language, lambda: _words(rows))
	_notify(recipient, subject, lines, rows)
	frappe.sendmail(
		recipients=[user.email or recipient],
		subject=subject,
		message=f"<p>{escape_html(subject)}</p><ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>",
	)


def _in_language(language: str | None, make):
	"""What `make` returns in a person's own language."""
	before = frappe.local.lang
	frappe.local.lang = language or before
	try:
		return make()
	finally:
		frappe.local.lang = before


def _words(rows: list) -> tuple[str, list[str]]:
	"""Subject and lines, in the present language; user text is not part of them."""
	if len(rows) == 1:
		subject = _("Time limit: {0} {1}").format(_(rows[0].reference_doctype), rows[0].reference_name)
	else:
		subject = _("Time limits of {0} records").format(len({row.reference_name for row in rows}))
	lines = [_line(row) for row in rows[:LINES]]
	if len(rows) > LINES:
		lines.append(_("and {0} more").format(len(rows) - LINES))
	return subject, lines


def _line(row) -> str:
	base = (frappe.conf.host_name or get_url()).rstrip("/")
	path = f"/app/{frappe.scrub(row.reference_doctype).replace('_', '-')}/{row.reference_name}"
	words = _("{0}: due {1}, level {2}, told as {3}").format(
		_(row.clock), format_datetime(row.due_at, "yyyy-MM-dd HH:mm"), row.level, _(row.notified_as or "")
	)
	return f'<a href="{escape_html(base + path)}">{escape_html(row.reference_name)}</a> {escape_html(words)}'


def _notify(recipient: str, subject: str, lines: list[str], rows: list) -> None:
	"""The same in the desk's bell; the mail is ours, so Frappe sends none for it."""
	note = frappe.new_doc("Notification Log")
	note.update(
		{
			"for_user": recipient,
			"type": "Alert",
			"subject": subject,
			"email_content": "<br>".join(lines),
			"document_type": rows[0].reference_doctype,
			"document_name": rows[0].reference_name,
			"from_user": frappe.session.user,
		}
	)
	note.flags.ignore_permissions = True
	note.insert()
