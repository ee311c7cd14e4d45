"""Survey Campaign: who is asked, the plan that cannot change, extension, steps (E-1 to E-3)."""

from datetime import timedelta

import frappe
import pytest
from frappe.utils import add_days, getdate

from customer_service.customer_satisfaction import population
from customer_service.exceptions import RecordClosedError, SurveyError
from customer_service.organisation import clock
from customer_service.tests import surveys
from customer_service.tests.campaigns import (
	CAMPAIGN,
	INVITATION,
	invitations_of,
	make_campaign,
	make_customers,
	make_survey,
	sent_campaign,
	used_survey,
)
from customer_service.tests.client import Refused
from customer_service.tests.factories import go, lay_down, make_customer

API = "customer_service.customer_satisfaction.campaign_api"


def names(campaign) -> set[str]:
	return {row.name for row in population.customers(campaign)}


# --- who is asked ----------------------------------------------------------------------------------------------------------


def test_every_condition_narrows_the_active_customers():
	region = frappe.generate_hash(length=8)
	asked = make_customer(region=region)
	gone = make_customer(region=region, is_active=0)
	shy = make_customer(region=region, no_surveys=1)
	agent = make_customer(region=region, customer_role="Agent")
	elsewhere = make_customer(region="Elsewhere")
	campaign = make_campaign(region=region)
	assert names(campaign) == {asked.name, agent.name}
	campaign.customer_role = "Agent"
	assert names(campaign) == {agent.name}
	assert not {gone.name, shy.name} & names(make_campaign())
	assert elsewhere.name in names(make_campaign())


def test_delivered_in_the_period_counts_both_ends():
	first, last = getdate("2026-01-01"), getdate("2026-06-30")
	days = {"before": "2025-12-31", "first": "2026-01-01", "last": "2026-06-30", "after": "2026-07-01"}
	days |= {"planned": "2026-03-01", "cancelled": "2026-03-02"}
	customers = {key: make_customer().name for key in days}
	for key, day in days.items():
		moment = None if key == "planned" else f"{day} 10:00:00"
		state = "Cancelled" if key == "cancelled" else "Open"
		lay_down("Shipping Notice", customer=customers[key], shipped_on=day, shipped_at=moment, state_category=state)
	campaign = make_campaign(customers=customers.values(), period_from=first, period_to=last, delivered_in_period=1)
	assert names(campaign) == {customers["first"], customers["last"]}


def test_who_was_asked_lately_is_left_in_peace():
	asked, rested = make_customer(), make_customer()
	for customer, days in ((asked, 29), (rested, 31)):
		lay_down(INVITATION, customer=customer.name, campaign="Another", sent_at=clock.now() - timedelta(days=days))
	campaign = make_campaign(customers=[asked, rested], not_answered_days=30)
	assert names(campaign) == {rested.name}


def test_the_same_seed_draws_the_same_sample_and_another_another():
	rows = [frappe._dict(name=f"C-{number:03d}") for number in range(100)]
	campaign = frappe._dict(sample_method="Random", sample_size=10, sample_seed=7)
	drawn = population.sample(campaign, rows)
	assert drawn == population.sample(campaign, rows) and len(drawn) == 10
	assert drawn == sorted(drawn, key=lambda row: row.name)
	assert drawn != population.sample(frappe._dict(campaign, sample_seed=8), rows)
	assert population.sample(frappe._dict(campaign, sample_size=100), rows) == rows


def test_strata_give_in_proportion_by_the_largest_remainder():
	"""50 : 30 : 20 customers, 7 drawn: 3.5, 2.1, 1.4 → 3, 2, 1 and the last one to the largest remainder .5: 4, 2, 1."""
	rows = [
		frappe._dict(name=f"C-{number:03d}", region="A" if number < 50 else "B" if number < 80 else "C")
		for number in range(100)
	]
	campaign = frappe._dict(sample_method="Stratified", sample_size=7, sample_by="Region", sample_seed=3)
	drawn = population.sample(campaign, rows)
	assert [sum(row.region == region for row in drawn) for region in "ABC"] == [4, 2, 1]


@pytest.mark.parametrize(
	("values", "words"),
	[
		({"sample_method": "Random", "sample_size": 0}, "Sample Size must be at least 1"),
		({"sample_method": "Stratified", "sample_size": 3}, "Choose what the strata are made by"),
		({"period_from": "2026-06-30", "period_to": "2026-01-01"}, "Period To must not be before Period From"),
		({"reply_by": "2020-01-01 00:00:00"}, "Reply By must lie in the future"),
		({"reminders": [{"days_after": 3, "days_before": 2}]}, "Reminders, row 1"),
		({"reminders": [{"days_after": day} for day in range(1, 7)]}, "At most 5 reminders"),
	],
)
def test_a_bad_plan_is_named(values, words):
	with pytest.raises(SurveyError, match=words):
		make_campaign(**values)


def test_a_random_sample_without_a_seed_gets_one_that_is_kept():
	campaign = make_campaign(sample_method="Random", sample_size=2)
	assert campaign.sample_seed > 0
	seed = campaign.sample_seed
	campaign.save()
	assert campaign.sample_seed == seed


def test_each_is_asked_by_the_way_that_reaches_him():
	"""By mail: the first contact with an address; without one by letter; a wrong address is made, and shown as failed."""
	mailed = make_customer(
		contacts=[{"contact_name": "Nobody"}, {"contact_name": "Li Example", "email": "li@customer.example.com"}]
	)
	own = make_customer(contacts=[], email="office@customer.example.com")
	none = make_customer(contacts=[{"contact_name": "Wang Example", "phone": "555 0100"}], phone="555 0199")
	shy = make_customer(contacts=[{"contact_name": "Shy", "email": "shy@customer.example.com", "no_surveys": 1}])
	wrong = make_customer(contacts=[], email="office@customer.example.com")
	frappe.db.set_value("Service Customer", wrong.name, "email", "not an address")
	campaign = go(make_campaign(customers=[mailed, own, none, shy, wrong]), "Send Invitations", by="clerk")
	found = {row.customer: (row.channel, row.status, row.contact_person, row.email) for row in invitations_of(campaign)}
	assert found[mailed.name] == ("E-mail", "Planned", "Li Example", "li@customer.example.com")
	assert found[own.name] == ("E-mail", "Planned", None, "office@customer.example.com")
	assert found[none.name][:3] == ("Letter", "Planned", "Wang Example")
	assert found[shy.name][0] == "Letter" and found[shy.name][3] is None
	assert found[wrong.name][:2] == ("E-mail", "Failed")


def test_every_contact_is_asked_where_wanted():
	customer = make_customer(
		contacts=[{"contact_name": name, "email": f"{name}@customer.example.com"} for name in ("a", "b")]
	)
	campaign = go(make_campaign(customers=[customer], invite="Every Contact"), "Send Invitations", by="clerk")
	assert [row.contact_person for row in invitations_of(campaign)] == ["a", "b"]


def test_preview_tells_what_sending_would_do_and_does_nothing(client):
	mailed, by_letter = make_customer(), make_customer(contacts=[])
	campaign = make_campaign(customers=[mailed, by_letter])
	frappe.db.commit()
	found = client("clerk").call(f"{API}.preview", name=campaign.name)
	assert found["population"] == found["sample"] == 2
	assert found["by"] == {"E-mail": 1, "Letter": 1} and found["not_reached"] == 0
	assert invitations_of(campaign) == []
	with pytest.raises(Refused):
		client("quality_reviewer").call(f"{API}.preview", name=campaign.name)


def test_a_campaign_without_anybody_to_ask_is_not_sent():
	campaign = make_campaign(customers=[make_customer(contacts=[])], channel_without_mail="")
	with pytest.raises(SurveyError, match="Nobody would be asked: 1 customers"):
		go(campaign, "Send Invitations", by="clerk")


def test_only_a_survey_in_use_is_sent():
	campaign = make_campaign(make_survey(), make_customers(1))
	with pytest.raises(SurveyError, match="Only a survey in use"):
		go(campaign, "Send Invitations", by="clerk")


# --- what is fixed, extension, steps ----------------------------------------------------------------------------------------


def test_the_plan_of_a_campaign_that_is_sent_cannot_change():
	campaign = go(make_campaign(customers=make_customers(1)), "Send Invitations", by="clerk")
	lay_down("Scoring Scheme", name="Another", scheme_name="Another")
	for change in (
		{"region": "North"},
		{"is_anonymous": 1},
		{"period_from": "2020-01-31"},
		{"scoring_scheme": "Another"},
		{"customers": []},
	):
		campaign.reload()
		campaign.update(change)
		with pytest.raises(RecordClosedError, match="can no longer be changed"):
			campaign.save()
	campaign.reload()
	campaign.findings = "What people write"
	campaign.save()


def test_a_letter_campaign_is_open_at_once():
	campaign = sent_campaign(customers=make_customers(1), channel="Letter")
	assert campaign.workflow_state == "Open" and campaign.opened_at
	assert invitations_of(campaign)[0].channel == "Letter"


def test_more_time_is_given_with_a_reason_and_links_live_on(client):
	from customer_service.customer_satisfaction import personal_links

	campaign = sent_campaign(customers=make_customers(1), channel="Letter")
	(invitation,) = invitations_of(campaign)
	personal_links.url(invitation.name)
	frappe.db.commit()
	later = add_days(campaign.reply_by, 7)
	clerk = client("clerk")
	with pytest.raises(Refused, match="Write why"):
		clerk.call(f"{API}.extend", name=campaign.name, reply_by=str(later), reason=" ")
	with pytest.raises(Refused, match="must be later"):
		clerk.call(f"{API}.extend", name=campaign.name, reply_by=str(campaign.reply_by), reason="Holidays")
	clerk.call(f"{API}.extend", name=campaign.name, reply_by=str(later), reason="Holidays")
	frappe.db.rollback()
	before = campaign.reply_by
	campaign.reload()
	assert (campaign.reply_by, campaign.extended_from, campaign.extension_reason) == (later, before, "Holidays")
	ends = frappe.db.get_value("Guest Link", {"reference_name": invitation.name}, "expires_at")
	assert ends == add_days(later, frappe.get_cached_doc("Customer Service Settings").survey_link_days)
	with pytest.raises(Refused):
		client("quality_reviewer").call(
			f"{API}.extend", name=campaign.name, reply_by=str(add_days(later, 1)), reason="X"
		)


def test_a_cancelled_campaign_asks_nobody_any_more():
	campaign = sent_campaign(customers=make_customers(2), channel="Letter")
	with pytest.raises(SurveyError, match="why the campaign is cancelled"):
		go(campaign, "Cancel Campaign", by="manager")
	campaign.cancel_reason = "Wrong survey"
	campaign.save()
	campaign = go(campaign, "Cancel Campaign", by="manager")
	assert {row.status for row in invitations_of(campaign)} == {"Withdrawn"}
	assert campaign.state_category == "Cancelled" and campaign.ended_at


def test_the_clerk_does_not_report_and_a_department_sees_its_own_campaigns_only(as_user):
	campaign = make_campaign(customers=make_customers(1))
	as_user("quality_reviewer")
	assert campaign.name not in frappe.get_list(CAMPAIGN, pluck="name", limit_page_length=0)
	frappe.set_user("Administrator")
	frappe.db.set_value(CAMPAIGN, campaign.name, "department", "Quality Department")
	as_user("quality_reviewer")
	assert campaign.name in frappe.get_list(CAMPAIGN, pluck="name", limit_page_length=0)


def test_no_request_makes_an_invitation_or_sets_its_status(client):
	campaign = sent_campaign(customers=make_customers(1), channel="Letter")
	(invitation,) = invitations_of(campaign)
	frappe.db.commit()
	manager = client("manager")
	with pytest.raises(Refused):
		manager.insert(INVITATION, campaign=campaign.name, status="Sent")
	manager.update(INVITATION, invitation.name, status="Answered", phone="555 0123")
	frappe.db.rollback()
	stored = frappe.db.get_value(INVITATION, invitation.name, ["status", "phone"])
	assert stored == ("Planned", "555 0123")


def test_a_scheme_that_cannot_score_the_survey_or_names_other_levels_is_refused():
	levels = [{"level_label": label, "points": points} for label, points in (("Good", 100), ("Bad", 0))]
	other = {"doctype": "Scoring Scheme", "scheme_name": "Two Levels", "calculation": "Points", "levels": levels}
	frappe.get_doc(other).insert()
	campaign = make_campaign(used_survey(), make_customers(1), scoring_scheme="Two Levels")
	with pytest.raises(SurveyError, match="other names"):
		go(campaign, "Send Invitations", by="clerk")
	campaign = make_campaign(used_survey(), make_customers(1))
	assert campaign.scoring_scheme == "P1 Five Items", "the survey's own where none is named"


def test_managers_hear_of_a_deadline_that_passed_with_too_few_valid_answers():
	"""E-3: the seeded notification finds the open campaign below its recovery, the day after; neither a valid nor a closed one."""
	passed = f"{add_days(frappe.utils.nowdate(), -1)} 17:00:00"
	low, valid, closed = (surveys.campaign().name for _number in range(3))
	for name, category, is_valid in ((low, "Waiting", 0), (valid, "Waiting", 1), (closed, "Resolved", 0)):
		values = {"reply_by": passed, "state_category": category, "is_valid": is_valid}
		frappe.db.set_value("Survey Campaign", name, values)
	found = {doc.name for doc in frappe.get_doc("Notification", "Survey Below Its Recovery").get_documents_for_today()}
	assert found & {low, valid, closed} == {low}
