"""Whom callers still ring up for a survey, who was never called first, with the words that they say (E-1, E-2)."""

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from customer_service.complaint_handling import figures
from customer_service.customer_satisfaction import campaign_states, invitations, population, surveys
from customer_service.organisation import processes

PHONE, ALL = "Phone", "All"

MOST_ROWS = 2000


def execute(filters: dict | None = None):
	"""Rows, and the script of the one campaign that is chosen as the message above them.

	:param filters: ``campaign``, ``channel`` (by what the customers were to be asked; `PHONE` if it is not given, or `ALL`: who has not
	answered a mail is called too).
	"""
	processes.require(invitations.DOCTYPE)
	filters = frappe._dict(filters or {})
	data = get_data(filters)
	return get_columns(), data, get_message(filters), None, get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("invitation", _("Survey Invitation"), "Link", 190, options=invitations.DOCTYPE),
		figures.column("customer_name", _("Customer Name"), "Data", 200),
		figures.column("contact_person", _("Contact Person"), "Data", 140),
		figures.column("phone", _("Phone"), "Data", 140),
		figures.column("language", _("Language"), "Data", 90),
		figures.column("state", _("Status"), "Data", 100),
		figures.column("calls", _("Calls"), width=95),
		figures.column("last_call_at", _("Last Call At"), "Datetime", 180),
		figures.column("last_note", _("Note of the Call"), "Data", 260),
		figures.column("reply_by", _("Reply By"), "Datetime", 180),
		figures.column("campaign_title", _("Campaign"), "Data", 180),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	"""The invitations of running campaigns that can still be answered, and that the user may see, but for who is not to be asked any more; at
	most `MOST_ROWS`, else ``filters.is_cut`` is set."""
	running = [name for step in campaign_states.ANSWERED_IN for name in campaign_states.of_step(step)]
	if filters.campaign:
		running = [name for name in running if name == filters.campaign]
	invitation, campaign = frappe.qb.DocType(invitations.DOCTYPE), frappe.qb.DocType(campaign_states.DOCTYPE)
	query = (
		frappe.qb.from_(invitation)
		.join(campaign)
		.on(campaign.name == invitation.campaign)
		.where(invitation.campaign.isin(running or [""]) & invitation.status.isin(invitations.ANSWERABLE))
	)
	channel = filters.channel or PHONE
	if channel != ALL:
		query = query.where(invitation.channel == channel)
	rows = (
		figures.readable(query, invitations.DOCTYPE)
		.select(
			invitation.name,
			invitation.name.as_("invitation"),
			invitation.customer,
			invitation.email,
			invitation.customer_name,
			invitation.contact_person,
			invitation.phone,
			invitation.language,
			invitation.status,
			invitation.calls,
			invitation.last_call_at,
			invitation.call_note,
			campaign.reply_by,
			campaign.title.as_("campaign_title"),
		)
		.orderby(invitation.calls)
		.orderby(invitation.last_call_at)
		.orderby(invitation.name)
		.limit(MOST_ROWS + 1)
		.run(as_dict=True)
	)
	filters.is_cut = len(rows) > MOST_ROWS
	rows = rows[:MOST_ROWS]
	leaving = population.not_asked_any_more(rows)
	for row in rows:
		row.state = _(row.status)
		row.last_note = cstr(row.call_note).strip().rsplit("\n", 1)[-1]
	return [row for row in rows if row.name not in leaving]


def get_message(filters: frappe._dict) -> str | None:
	"""What callers say, if one campaign that the user may read is chosen; and whether rows are left out. HTML."""
	parts = []
	known = filters.campaign and frappe.db.exists(campaign_states.DOCTYPE, filters.campaign)
	if known and frappe.has_permission(campaign_states.DOCTYPE, doc=filters.campaign):
		survey = frappe.get_cached_value(campaign_states.DOCTYPE, filters.campaign, "survey")
		script = cstr(frappe.get_cached_value(surveys.DOCTYPE, survey, "phone_script")).strip()
		if script:
			parts.append(f'<span style="white-space: pre-wrap">{escape_html(script)}</span>')
	if filters.is_cut:
		parts.append(_("Only {0} invitations are shown. Narrow the filters to see the others.").format(MOST_ROWS))
	return "<br>".join(parts) or None


def get_summary(data: list[frappe._dict]) -> list[dict]:
	never = sum(not row.calls for row in data)
	return [
		{"value": len(data), "label": _("To Be Called"), "datatype": "Int"},
		{"value": never, "label": _("Never Called"), "datatype": "Int", "indicator": "Orange" if never else "Green"},
	]
