"""A survey of every kind of question, campaigns that ask it, and invitations to them, for tests; in English and Chinese."""

from datetime import timedelta

import frappe

from customer_service.customer_satisfaction import answering, personal_links
from customer_service.organisation import clock
from customer_service.tests import factories

SCHEME = "Test Five Levels"
LEVELS = (
	("Very Satisfied", 100),
	("Satisfied", 80),
	("Fairly Satisfied", 60),
	("Dissatisfied", 30),
	("Very Dissatisfied", 0),
)

ITEMS = (
	("S1", "Section", "Our products", "我们的产品", {}),
	("Q1", "Level", "Quality of our products", "产品质量", {"is_mandatory": 1}),
	("Q2", "Level", "Delivery on time", "交货准时", {"help": "As ordered"}),
	("Q3", "Yes or No", "Did you need a repair?", "是否需要维修？", {}),
	(
		"Q4",
		"Choice",
		"How fast was it?",
		"维修速度如何？",
		{"choices": "Within a day\nLater", "shown_if": "Q3", "shown_if_answers": "Yes", "is_mandatory": 1},
	),
	("Q5", "Number", "Years with us", "合作年数", {"number_from": 0, "number_to": 50}),
	("Q6", "NPS", "Would you recommend us?", "您会推荐我们吗？", {}),
	("Q7", "Text", "What should we do better?", "我们应在哪些方面改进？", {}),
)

FULL = {"Q1": "1", "Q2": "2", "Q3": "1", "Q4": "2", "Q5": "12", "Q6": "9", "Q7": "More colours."}
"""An answer to all of them."""


def scheme() -> str:
	if not frappe.db.exists("Scoring Scheme", SCHEME):
		frappe.get_doc(
			{
				"doctype": "Scoring Scheme",
				"scheme_name": SCHEME,
				"calculation": "Mean",
				"levels": [{"level_label": label, "points": points} for label, points in LEVELS],
			}
		).insert(ignore_permissions=True)
	return SCHEME


def survey(items=ITEMS) -> str:
	"""A survey in use, of its own code."""
	doc = frappe.get_doc(
		{
			"doctype": "Satisfaction Survey",
			"survey_code": f"T-{frappe.generate_hash(length=8)}",
			"title": "Customer Satisfaction",
			"introduction": "Tell us what you think.",
			"thanks": "Thank you for your time.",
			"phone_script": "Good morning.",
			"department": "Marketing",
			"scoring_scheme": scheme(),
			"language": "en",
			"items": [
				{"code": code, "kind": kind, "question": question, **more} for code, kind, question, _zh, more in items
			],
			"languages": [{"language": "zh"}],
		}
	).insert(ignore_permissions=True)
	words = {code: chinese for code, _kind, _question, chinese, _more in items}
	words |= {
		"Title": "顾客满意度调查",
		"Introduction": "请告诉我们您的意见。",
		"Thanks": "感谢您的参与。",
		"Q4 Choices": "一天之内\n更久",
	}
	words |= {
		f"Level {place}": text for place, text in enumerate(("很满意", "满意", "基本满意", "不满意", "很不满意"), 1)
	}
	for row in doc.translations:
		row.translated_text = words.get(row.part) or row.translated_text or f"译文 {row.part}"
	doc.save(ignore_permissions=True)
	frappe.db.set_value("Satisfaction Survey", doc.name, {"workflow_state": "In Use", "state_category": "Open"})
	frappe.clear_document_cache("Satisfaction Survey", doc.name)
	return doc.name


def campaign(survey_name: str | None = None, state: str = "Open", **values):
	"""A campaign of Marketing that is open for a week."""
	today = frappe.utils.nowdate()
	doc = frappe.get_doc(
		{
			"doctype": "Survey Campaign",
			"title": "Test round",
			"survey": survey_name or survey(),
			"occasion": "Half-Yearly",
			"department": "Marketing",
			"period_from": frappe.utils.add_days(today, -30),
			"period_to": today,
			"reply_by": clock.now() + timedelta(days=7),
			"channel": "E-mail",
			**values,
		}
	).insert(ignore_permissions=True)
	return set_campaign(doc, workflow_state=state)


def set_campaign(doc, **values):
	"""Move a campaign without taking its steps."""
	frappe.db.set_value("Survey Campaign", doc.name, values)
	frappe.clear_document_cache("Survey Campaign", doc.name)
	doc.reload()
	return doc


def invitation(doc, number: int = 1, **values) -> str:
	"""An invitation of the campaign that was mailed to a new customer; returns its name."""
	customer = factories.make_customer()
	known = {
		"name": f"{doc.name}-{number:05d}",
		"campaign": doc.name,
		"customer": customer.name,
		"customer_name": customer.customer_name,
		"department": doc.department,
		"status": "Sent",
		"channel": "E-mail",
		"language": "en",
		"contact_person": "Li Example",
		"email": customer.contacts[0].email,
		"address": "1 Example Road\nSuzhou",
		"calls": 0,
	}
	return factories.lay_down("Survey Invitation", **{**known, **values})


def token_of(name: str) -> str:
	"""A new personal link's token."""
	return personal_links.url(name).split("#")[1]


def answer(name: str, given: dict = FULL, channel: str = "Personal Link", **values):
	"""Store an answer within the test's own process."""
	known = answering.of(name)
	return answering.store(known, answering.read(known.campaign_doc, given), channel, "en", None, **values)
