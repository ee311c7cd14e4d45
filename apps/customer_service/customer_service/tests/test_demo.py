"""The demo: the same seed makes the same company, nothing lies in the future, and no mail is written to anybody."""

from datetime import datetime

import frappe
import pytest

from customer_service import demo
from customer_service.demo import loading
from customer_service.demo import plan as plans

UNTIL = datetime(2026, 3, 18, 15, 30)
SCALE = 0.02


def make(**changes) -> plans.Plan:
	return plans.make(**{"profile": "P1", "language": "en", "seed": 7, "until": UNTIL, **changes})


def test_same_seed_makes_the_same_demo():
	assert make() == make()


def test_another_seed_makes_another_demo():
	assert make().customers != make(seed=8).customers


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("profile", ["P0", "P1"])
def test_plan_is_a_year_of_records_without_future(profile, language):
	plan = make(profile=profile, language=language)
	complaints = [case for case in plan.cases if case.doctype == "Complaint"]
	assert (len(plan.customers), len(complaints), len(plan.cases) - len(complaints)) == (40, 310, 425)
	assert (UNTIL - plan.cases[0].at).days > 300
	for case in plan.cases:
		moments = [case.at, *(step.at for step in case.steps), UNTIL]
		assert moments == sorted(moments)
	# What an interrupted load recognises a case by must be its own.
	assert len({(case.doctype, case.at, case.values["contact_person"]) for case in plan.cases}) == len(plan.cases)


def test_plan_has_every_kind_of_case():
	plan = make()
	actions = {step.action for case in plan.cases for step in case.steps}
	assert {"Ask Customer", "Reject with Reason", "Reopen", "Cancel Complaint", "Close Complaint"} <= actions
	fresh = [case for case in plan.cases if (UNTIL - case.at).total_seconds() < 3600 and case.doctype == "Complaint"]
	assert len(fresh) >= 5


def test_texts_of_the_languages_belong_together():
	"""Both languages have the same templates in the same order, so that a demo differs by its words alone."""
	plans_by_language = {language: make(language=language) for language in ("en", "zh")}
	kinds = {
		language: [(case.values.get("complaint_class"), case.values["topic"]) for case in plan.cases]
		for language, plan in plans_by_language.items()
	}
	assert len(kinds["en"]) == len(kinds["zh"])
	assert set(kinds["en"]) == set(kinds["zh"])


@pytest.mark.parametrize("arguments", [{"profile": "P9"}, {"language": "fr"}])
def test_unknown_profile_or_language_is_refused(arguments):
	with pytest.raises(ValueError, match="no demo"):
		make(**arguments)


def test_load_that_was_interrupted_is_continued_once_and_only_once(monkeypatch):
	"""A tiny demo within the test's transaction: killed after some steps, begun again, and asked for a third time."""
	before = set(frappe.get_all("Complaint", pluck="name")), frappe.db.count("Contact Record")
	mails = frappe.db.count("Email Queue")
	take_step = loading._Loader.take_step
	left = [3]

	def take_few(self, *args):
		left[0] -= 1
		if left[0] < 0:
			raise KeyboardInterrupt
		take_step(self, *args)

	def stay_in_the_transaction():
		monkeypatch.setattr(loading, "_commit", lambda: None)

	try:
		stay_in_the_transaction()
		monkeypatch.setattr(loading._Loader, "take_step", take_few)
		with pytest.raises(KeyboardInterrupt):
			demo.load(seed=7, scale=SCALE, until=UNTIL)
		monkeypatch.undo()
		stay_in_the_transaction()
		assert (frappe.session.user, frappe.flags.service_now) == ("Administrator", None)
		assert demo.load(seed=7, scale=SCALE, until=UNTIL)["created"]
		assert demo.load(seed=7, scale=SCALE, until=UNTIL)["created"] is False
		names = [name for name in frappe.get_all("Complaint", pluck="name") if name not in before[0]]
		assert frappe.db.count("Email Queue") == mails
		refuse_duplicates(names, frappe.db.count("Contact Record") - before[1])
		refuse_unreal_records(names)
	finally:
		frappe.db.rollback()
		frappe.clear_cache()


def refuse_duplicates(complaints: list[str], contacts: int) -> None:
	kinds = [case.doctype for case in make(scale=SCALE).cases]
	assert len(complaints) == kinds.count("Complaint")
	assert contacts == kinds.count("Contact Record")


def refuse_unreal_records(names: list[str]) -> None:
	"""Routed, under clocks, numbered in their own year, worked by the demo's people, nothing in the future."""
	now = frappe.utils.now_datetime()
	complaints = [frappe.get_doc("Complaint", name) for name in names]
	assert all(case.lead_department and case.response_due for case in complaints)
	assert all(case.received_at <= now and str(case.creation)[:10] <= str(now)[:10] for case in complaints)
	assert any(case.state_category == "Closed" and case.answer for case in complaints)
	assert all(case.name.startswith(f"CMP-{case.received_at.year}-") for case in complaints)
	events = frappe.get_all("Service Event", {"reference_name": ("in", names)}, ["happened_at", "actor"])
	assert max(event.happened_at for event in events) <= now
	people = {user["user"] for user in demo.users()}
	assert {event.actor for event in events} <= people | {"Administrator", "Guest"}
