"""How many of those who were asked have answered, and whether that makes the survey valid (E-3).

Recovery is distinct customers with a valid answer by distinct customers delivered to. Bounced mails are shown apart; who opted out was
delivered to; a bounced one who answered all the same has the status Answered and counts.
"""

from fractions import Fraction

import frappe
from pypika.functions import Count

from customer_service.customer_satisfaction import item_points
from customer_service.customer_satisfaction.rounding import half_up

NOT_DELIVERED = ("Planned", "Queued", "Failed", "Withdrawn", "Bounced")
"""Statuses of an invitation that has not reached anybody."""

PENDING, VALID, NOT_VALID = "Pending", "Valid", "Not Valid"

FIELDS = (
	"invited",
	"sent",
	"bounced",
	"opted_out",
	"answered",
	"judged_valid",
	"judged_invalid",
	"recovery",
	"is_valid",
)
"""Of Survey Campaign and Survey Result alike."""

DECIMALS = 2


def count(campaign_name: str) -> frappe._dict:
	"""Figures of a campaign now: `FIELDS`, ``customers`` delivered to, and ``counted`` ones who have answered.

	By a few statements, whatever its size.

	``sent`` are invitations delivered. ``recovery`` is in percent, to two decimals; whether it makes the survey valid is decided before
	it is rounded.
	"""
	campaign = frappe.db.get_value("Survey Campaign", campaign_name, ["scoring_scheme", "is_anonymous"], as_dict=True)
	scheme = frappe.get_cached_doc("Scoring Scheme", campaign.scoring_scheme)
	statuses = _counts("Survey Invitation", "status", campaign_name)
	verdicts = _counts("Survey Response", "validity", campaign_name)
	delivered, customers = _delivered(campaign_name)
	counted = [VALID, NOT_VALID] if scheme.recovery_counts_invalid else [VALID]
	answered = (
		min(sum(verdicts.get(verdict, 0) for verdict in counted), _customers_answered(campaign_name))
		if campaign.is_anonymous  # nobody knows whose the answers are
		else _customers_with(campaign_name, counted)
	)
	share = Fraction(100 * answered, customers) if customers else Fraction(0)
	return frappe._dict(
		invited=sum(statuses.values()),
		sent=delivered,
		bounced=statuses.get("Bounced", 0),
		opted_out=statuses.get("Opted Out", 0),
		answered=sum(verdicts.values()),
		judged_valid=verdicts.get(VALID, 0),
		judged_invalid=verdicts.get(NOT_VALID, 0),
		recovery=half_up(share, DECIMALS),
		is_valid=int(is_enough(scheme, share)),
		customers=customers,
		counted=answered,
	)


def is_enough(scheme, share: Fraction) -> bool:
	"""Whether a recovery in percent makes a survey valid by its scheme."""
	threshold = item_points.exact(scheme.recovery_threshold)
	return share > threshold if scheme.recovery_must_exceed else share >= threshold


def refresh(campaign_name: str) -> frappe._dict:
	"""Store the figures with the campaign, unless it is reported: what was reported stays. Returns them."""
	figures = count(campaign_name)
	if not frappe.db.get_value("Survey Campaign", campaign_name, "reported_at"):
		frappe.db.set_value(
			"Survey Campaign", campaign_name, {field: figures[field] for field in FIELDS}, update_modified=False
		)
	return figures


def _counts(doctype: str, fieldname: str, campaign: str) -> dict[str, int]:
	table = frappe.qb.DocType(doctype)
	column = table[fieldname]
	return dict(
		frappe.qb.from_(table).select(column, Count("*")).where(table.campaign == campaign).groupby(column).run()
	)


def _delivered(campaign: str) -> tuple[int, int]:
	"""Invitations delivered, and their distinct customers."""
	table = frappe.qb.DocType("Survey Invitation")
	query = frappe.qb.from_(table).select(Count("*"), Count(table.customer).distinct())
	return query.where((table.campaign == campaign) & table.status.notin(NOT_DELIVERED)).run()[0]


def _customers_answered(campaign: str) -> int:
	"""Distinct customers of the invitations that were answered: of two contacts of one customer he counts once."""
	table = frappe.qb.DocType("Survey Invitation")
	query = frappe.qb.from_(table).select(Count(table.customer).distinct())
	return query.where((table.campaign == campaign) & (table.status == "Answered")).run()[0][0]


def _customers_with(campaign: str, verdicts: list[str]) -> int:
	table = frappe.qb.DocType("Survey Response")
	query = frappe.qb.from_(table).select(Count(table.customer).distinct())
	return query.where((table.campaign == campaign) & table.validity.isin(verdicts)).run()[0][0]
