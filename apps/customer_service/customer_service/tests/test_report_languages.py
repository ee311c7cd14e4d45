"""Reports, their charts and the forms' connections speak the language of who asks, whoever asked before (G-2)."""

import json
import re

import frappe
import pytest

from customer_service.organisation import processes
from customer_service.tests.factories import email

HAN = re.compile(r"[\u4e00-\u9fff]")


def reports() -> list[str]:
	modules = set(processes.SWITCH_OF_MODULE) | {"Organisation"}
	return frappe.get_all("Report", {"report_type": "Script Report", "module": ("in", modules)}, pluck="name")


@pytest.fixture
def speak():
	"""`speak("zh")` makes the manager a Chinese one."""

	def switch(language: str) -> None:
		user = frappe.get_doc("User", email("manager"))
		user.language = language
		user.save()
		frappe.db.commit()

	yield switch
	switch("en")


def test_reports_speak_the_language_of_who_asks(client, speak):
	names = reports()
	assert len(names) > 8
	labels = {}
	for language in ("zh", "en", "zh"):
		speak(language)
		who = client("manager")
		for name in names:
			answer = who.read("frappe.desk.query_report.run", report_name=name, filters=json.dumps({})).json()[
				"message"
			]
			chart = (answer.get("chart") or {}).get("data", {}).get("datasets", [])
			texts = [column["label"] for column in answer["columns"]]
			texts += [each["label"] for each in answer.get("report_summary") or []]
			labels[name, language] = texts + [each["name"] for each in chart if each.get("name")]
	for name in names:
		assert [text for text in labels[name, "en"] if HAN.search(text)] == [], name
		assert [text for text in labels[name, "zh"] if not HAN.search(text)] == [], name


def test_connections_of_a_form_are_kept_in_no_language():
	"""Frappe keeps them for everybody; the desk translates their labels."""
	for language in ("zh", "en"):
		frappe.local.lang = language
		data = frappe.get_meta("Complaint", cached=False).get_dashboard_data()
		assert "Improvement" in [group["label"] for group in data["transactions"]]
