"""The personal link of an invitation: several may be valid (mail, reminder, letter), all lead to the one answer (E-2, S10)."""

import secrets
from datetime import datetime, timedelta

import frappe
from frappe.utils import get_datetime, get_url

from customer_service.organisation import batched, clock, guest

PURPOSE = "Survey"
DOCTYPE = "Survey Invitation"
PAGE = "survey/new"
"""Where Frappe leads who asks for the web form's own address; to be asked for at once, for the way there loses the language."""

COLUMNS = (
	*batched.STANDARD,
	"token_hash",
	"purpose",
	"reference_doctype",
	"reference_name",
	"expires_at",
	"is_revoked",
)


def url(invitation: str, language: str | None = None) -> str:
	"""A new personal link to the answer of one invitation. :param language: of the page; the reader's own if not given."""
	return urls([{"name": invitation, "language": language}])[invitation]


def urls(invitations: list[dict]) -> dict[str, str]:
	"""New personal links of many invitations, by few statements.

	:param invitations: ``name`` and ``language`` of each. :returns: address by name; of the configured host, never of one that a request
		named. The token stands behind the #, which browsers send to no server.
	"""
	ends = _ends([each["name"] for each in invitations])
	host = (frappe.conf.host_name or get_url()).rstrip("/")
	at = clock.now()
	found, rows = {}, []
	for each in invitations:
		token = secrets.token_urlsafe(guest.TOKEN_BYTES)
		name = each["name"]
		rows.append((*batched.standard(at), guest.hash_of(token), PURPOSE, DOCTYPE, name, ends[name], 0))
		language = f"?_lang={each['language']}" if each.get("language") else ""
		found[name] = f"{host}/{PAGE}{language}#{token}"
	batched.insert("Guest Link", COLUMNS, rows)
	return found


def end(reply_by) -> datetime:
	"""When links to a campaign with this deadline end: some days after it, so that who is late is told that it is over."""
	days = timedelta(days=frappe.get_cached_doc("Customer Service Settings").survey_link_days or 0)
	return get_datetime(reply_by) + days


def _ends(names: list[str]) -> dict[str, datetime]:
	"""When the links of invitations end, by name."""
	invitation, campaign = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType("Survey Campaign")
	query = frappe.qb.from_(invitation).join(campaign).on(campaign.name == invitation.campaign)
	rows = query.select(invitation.name, campaign.reply_by).where(invitation.name.isin(names or [""])).run()
	ends = {reply_by: end(reply_by) for reply_by in {reply_by for _name, reply_by in rows}}
	return {name: ends[reply_by] for name, reply_by in rows}
