"""Surveys and campaigns for tests, made the way people make them: through their documents and workflows."""

import frappe
from frappe.utils import add_days

from customer_service.organisation import clock
from customer_service.tests import factories
from customer_service.tests.factories import go

SCHEME = "P1 Five Items"
CAMPAIGN, INVITATION, RESPONSE = "Survey Campaign", "Survey Invitation", "Survey Response"

ITEMS = [
	{"code": "QUALITY", "kind": "Level", "question": "Quality of our products", "max_points": 60, "is_mandatory": 1},
	{"code": "DELIVERY", "kind": "Level", "question": "Delivery on time", "max_points": 40},
	{"code": "OPINION", "kind": "Text", "question": "What should we do better?"},
]


def make_survey(items: list[dict] | None = None, **values):
	"""A draft of two scored questions and one for words."""
	return frappe.get_doc(
		{
			"doctype": "Satisfaction Survey",
			"survey_code": f"TEST-{frappe.generate_hash(length=6)}",
			"title": "How do we do?",
			"scoring_scheme": SCHEME,
			"language": "en",
			"introduction": "Two questions, one minute.",
			"thanks": "Thank you very much.",
			"items": [dict(item) for item in items or ITEMS],
			**values,
		}
	).insert()


def used_survey(items: list[dict] | None = None, **values):
	"""A survey in use: reviewed by the manager, approved by the general manager."""
	survey = make_survey(items, **values)
	go(survey, "Review Survey", by="manager")
	go(survey, "Approve Survey", by="general_manager")
	return go(survey, "Put Into Use", by="clerk")


def make_campaign(survey=None, customers: list | None = None, **values):
	"""A planned campaign of Marketing that asks these customers until ten days from now."""
	today = clock.now()
	return frappe.get_doc(
		{
			"doctype": CAMPAIGN,
			"title": "First half-year",
			"survey": (survey or used_survey()).name,
			"department": "Marketing",
			"period_from": add_days(today.date(), -180),
			"period_to": today.date(),
			"reply_by": add_days(today, 10),
			"customers": [{"customer": getattr(customer, "name", customer)} for customer in customers or []],
			**values,
		}
	).insert()


def sent_campaign(survey=None, customers: list | None = None, **values):
	"""A campaign whose invitations are queued as the scheduler's runs would, all at once."""
	from customer_service.customer_satisfaction import sending

	campaign = go(make_campaign(survey, customers, mails_at_once=100_000, **values), "Send Invitations", by="clerk")
	sending.go_on(campaign.name)
	return frappe.get_doc(CAMPAIGN, campaign.name)


def make_customers(number: int, **values) -> list:
	return [factories.make_customer(**values) for _number in range(number)]


def invitations_of(campaign, **filters) -> list[frappe._dict]:
	"""Rows of a campaign's invitations, in order."""
	found = {"campaign": campaign.name, **filters}
	return frappe.get_all(INVITATION, found, ["*"], order_by="name asc")


def status_of(invitation: str) -> str:
	frappe.db.commit()  # a fresh look
	return frappe.db.get_value(INVITATION, invitation, "status")
