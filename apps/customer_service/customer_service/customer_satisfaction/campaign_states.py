"""Where a campaign stands, and what that lets people do: told apart from what it does, which asks here (E-1 to E-3)."""

from zoneinfo import ZoneInfo

import frappe
from frappe import _
from frappe.utils import escape_html, format_date, format_time, get_datetime, get_system_timezone

from customer_service.customer_satisfaction import invitations, population
from customer_service.exceptions import SurveyError
from customer_service.organisation import clock, locking, retry, states, steps

DOCTYPE = "Survey Campaign"

SENDING, OPEN, CLOSED, ANALYSED, REPORTED, CANCELLED = (
	"Sending",
	"Open",
	"Closed",
	"Analysed",
	"Reported",
	"Cancelled",
)
ANSWERED_IN = (SENDING, OPEN)
"""Steps in which answers are taken."""


def of_step(*wanted: str) -> list[str]:
	"""Names of the campaigns that are in one of these steps."""
	found = [row.state for row in states.states_of(DOCTYPE) if row.get(states.STEP_FIELD) in wanted]
	return (
		frappe.get_all(DOCTYPE, {"workflow_state": ("in", found)}, pluck="name", order_by="name asc") if found else []
	)


@retry.after_conflict
def open_if_sending(name: str) -> None:
	"""All invitations by mail are queued: the campaign is open."""
	campaign = locking.load(DOCTYPE, name)
	if steps.step_of(campaign) == SENDING:
		steps.go_to(campaign, OPEN)


def require_open(name: str):
	"""The campaign, if it takes answers. :raises SurveyError: says where it stands."""
	campaign = frappe.get_doc(DOCTYPE, name)
	if steps.step_of(campaign) not in ANSWERED_IN:
		frappe.throw(
			_("{0} takes no answers: it is {1}.").format(frappe.bold(campaign.name), _(campaign.workflow_state)),
			SurveyError,
		)
	return campaign


def takes_answers(campaign, by_link: bool) -> bool:
	"""Whether an answer is taken now. By his link a customer answers until the deadline; staff, who ask those who have not
	answered by then, as long as the campaign is open (E-3)."""
	if steps.step_of(campaign) not in ANSWERED_IN:
		return False
	return not by_link or clock.now() <= get_datetime(campaign.reply_by)


def deadline(campaign) -> str:
	"""Until when customers may answer by their links, as people read it, in the site's time zone, which is named: some live in another."""
	moment = get_datetime(campaign.reply_by)
	offset = moment.replace(tzinfo=ZoneInfo(get_system_timezone())).strftime("%z")
	return f"{format_date(moment)} {format_time(moment, 'HH:mm')} (UTC{offset[:3]}:{offset[3:]})"


def open_invitation(name: str):
	"""An invitation that is held and may still be answered, of a campaign that takes answers.

	:raises SurveyError: for any other; says why.
	"""
	invitation = locking.load(invitations.DOCTYPE, name)
	require_open(invitation.campaign)
	if invitation.status not in invitations.ANSWERABLE:
		frappe.throw(_("{0} is {1}.").format(frappe.bold(escape_html(name)), _(invitation.status)), SurveyError)
	return invitation


def refuse_bad_address(invitation) -> None:
	"""
	:raises SurveyError: for an invitation that cannot be mailed.
	"""
	if invitation.channel != population.BY_MAIL or not population.is_address(invitation.email):
		frappe.throw(
			_("{0} has no e-mail address that a mail can be sent to.").format(escape_html(invitation.name)), SurveyError
		)
