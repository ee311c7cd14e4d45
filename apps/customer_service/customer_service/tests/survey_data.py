"""Campaigns with answers as they stand in the database, for figures worked out by hand (E-3 to E-6)."""

import frappe

from customer_service.organisation import clock
from customer_service.tests.factories import lay_down, make_customer

FIVE = (("Very Good", 100), ("Good", 80), ("Fair", 60), ("Poor", 30), ("Very Poor", 0))

ITEMS = (
	{"code": "A", "max_points": 50, "item_limit": 30, "topic": "Product Quality"},
	{"code": "B", "max_points": 50, "topic": "Delivery"},
	{"code": "N", "kind": "NPS"},
	{"code": "T", "kind": "Text", "topic": "Delivery"},
)


def lay_scheme(**values) -> str:
	"""A sound scheme of five levels; by points unless told otherwise."""
	return (
		frappe.get_doc(
			{
				"doctype": "Scoring Scheme",
				"scheme_name": f"Scheme {frappe.generate_hash(length=8)}",
				"calculation": "Points",
				"decimals": 1,
				"recovery_threshold": 70,
				"recovery_must_exceed": 1,
				"levels": [{"level_label": label, "points": points} for label, points in FIVE],
				**values,
			}
		)
		.insert()
		.name
	)


def lay_survey(scheme: str, items=ITEMS, code: str | None = None, version: int = 1) -> str:
	"""A survey in use."""
	code = code or f"S-{frappe.generate_hash(length=6)}"
	name = lay_down(
		"Satisfaction Survey",
		name=f"{code} V{version}",
		survey_code=code,
		title=code,
		version=version,
		scoring_scheme=scheme,
		language="en",
		state_category="Open",
		workflow_state="In Use",
	)
	for number, row in enumerate(items, start=1):
		lay_row(
			"Survey Item",
			"Satisfaction Survey",
			name,
			"items",
			number,
			**{"kind": "Level", "question": row["code"], **row},
		)
	return name


def lay_campaign(survey: str | None = None, **values) -> str:
	"""A closed campaign of the first half of 2026, of Marketing."""
	scheme = values.pop("scoring_scheme", None) or (
		frappe.db.get_value("Satisfaction Survey", survey, "scoring_scheme") if survey else lay_scheme()
	)
	return lay_down(
		"Survey Campaign",
		**{
			"name": f"SVC-{frappe.generate_hash(length=8)}",
			"title": "First half-year",
			"survey": survey or lay_survey(scheme),
			"scoring_scheme": scheme,
			"department": "Marketing",
			"workflow_state": "Closed",
			"state_category": "Open",
			"period_from": "2026-01-01",
			"period_to": "2026-06-30",
			"reply_by": "2026-07-31 18:00:00",
			**values,
		},
	)


def lay_invitation(campaign: str, customer: str, status: str = "Sent", **values) -> str:
	return lay_down("Survey Invitation", campaign=campaign, customer=customer, status=status, **values)


def lay_answer(campaign: str, customer: str | None = None, given: dict | None = None, **values) -> str:
	"""An answer of a customer, valid unless told otherwise, and its invitation.

	:param given: code -> level, figure of NPS, or words; None for what was asked and not answered.
	"""
	customer = customer or make_customer().name
	survey = frappe.get_doc("Satisfaction Survey", frappe.db.get_value("Survey Campaign", campaign, "survey"))
	invitation = lay_invitation(campaign, customer, "Answered", email="someone@customer.example.com")
	known = frappe.db.get_value(
		"Service Customer", customer, ["customer_name", "customer_class", "region"], as_dict=True
	)
	name = lay_down(
		"Survey Response",
		**{
			"name": invitation,
			"invitation": invitation,
			"campaign": campaign,
			"survey": survey.name,
			"customer": customer,
			**known,
			"department": "Marketing",
			"state_category": "Open",
			"validity": "Valid",
			"answered_at": clock.now(),
			**values,
		},
	)
	for number, item in enumerate((item for item in survey.items if item.code in (given or {})), start=1):
		value = given[item.code]
		levelled = item.kind in ("Level", "Yes or No", "Choice")
		lay_row(
			"Survey Answer",
			"Survey Response",
			name,
			"answers",
			number,
			code=item.code,
			kind=item.kind,
			question=item.question,
			campaign=campaign,
			level=value or 0 if levelled else 0,
			number=value or 0 if item.kind in ("NPS", "Number") else 0,
			answer=value if item.kind == "Text" else "",
			is_missing=int(value is None),
		)
	return name


def lay_row(doctype: str, parenttype: str, parent: str, parentfield: str, idx: int, **values) -> str:
	return lay_down(doctype, parent=parent, parenttype=parenttype, parentfield=parentfield, idx=idx, **values)
