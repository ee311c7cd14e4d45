"""What comes with the app and then belongs to the site: created once, never overwritten, updated only while untouched."""

import json

import frappe
import pytest

from customer_service import install
from customer_service.exceptions import PresetError
from customer_service.organisation import presets, seeding

SOURCE = "seeds/test.json"


def topic(description: str) -> dict:
	return {
		"doctype": "Communication Topic",
		"name": "Seeded Topic",
		"topic_name": "Seeded Topic",
		"description": description,
	}


def sync(description: str) -> list[str]:
	return seeding.sync_records([topic(description)], SOURCE)


def present() -> str:
	return frappe.db.get_value("Communication Topic", "Seeded Topic", "description")


def status() -> str:
	return frappe.db.get_value("Shipped Record", {"reference_name": "Seeded Topic"}, "status")


def change_by_site(text: str) -> None:
	doc = frappe.get_doc("Communication Topic", "Seeded Topic")
	doc.description = text
	doc.save()


def test_seed_is_created_once():
	assert sync("one") == ["created Communication Topic Seeded Topic"]
	assert sync("one") == []


def test_untouched_seed_follows_a_new_version():
	sync("one")
	assert sync("two") == ["updated Communication Topic Seeded Topic"]
	assert (present(), status()) == ("two", "As Shipped")
	assert sync("two") == []


def test_changed_seed_is_kept_and_the_difference_offered():
	sync("one")
	change_by_site("ours")
	assert sync("one") == []
	assert status() == "Changed by the Site"
	assert sync("two") == []
	assert (present(), status()) == ("ours", "Update Offered")
	offered = frappe.db.get_value("Shipped Record", {"reference_name": "Seeded Topic"}, "offered_difference")
	assert '- "description": "ours"' in offered and '+ "description": "two"' in offered


def test_seed_that_the_site_deleted_stays_deleted():
	sync("one")
	frappe.delete_doc("Communication Topic", "Seeded Topic")
	assert sync("two") == [] and present() is None
	assert status() == "Deleted by the Site"


def test_record_that_was_there_before_is_never_touched():
	frappe.get_doc(topic("theirs")).insert()
	assert sync("one") == [] and present() == "theirs"


def test_every_seed_of_the_app_is_as_shipped_after_install():
	seeding.sync_seeds()
	for path in seeding.SEEDS.glob("*.json"):
		assert seeding.sync_records(seeding.read(path), f"seeds/{path.name}") == [], path.name


def test_setting_that_a_new_version_brings_gets_its_default_and_a_stored_one_stays():
	"""A limit that is not set forbids: an update of the app must not close the doors for guests (S9)."""
	frappe.db.set_single_value(install.SETTINGS, "status_link_days", 0)
	frappe.db.delete("Singles", {"doctype": install.SETTINGS, "field": "guest_posts_per_link"})
	install.fill_defaults()
	stored = frappe.db.get_singles_dict(install.SETTINGS, cast=True)
	assert (stored.guest_posts_per_link, stored.status_link_days) == (20, 0)


# --- presets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", presets.available())
def test_preset_loaded_again_changes_nothing(profile):
	presets.load(profile)
	before = frappe.db.count("Shipped Record")
	assert presets.load(profile) == []
	assert frappe.db.count("Shipped Record") == before


def test_preset_never_overwrites_what_the_site_has_changed():
	rule = frappe.get_doc("Routing Rule", "P1 Delivery")
	rule.lead_department = "Materials"
	rule.save()
	settings = frappe.get_doc("Customer Service Settings")
	settings.fallback_department = "Materials"
	settings.save()
	presets.load("P1")
	assert frappe.db.get_value("Routing Rule", "P1 Delivery", "lead_department") == "Materials"
	assert frappe.db.get_single_value("Customer Service Settings", "fallback_department") == "Materials"


def test_profiles_can_be_mixed():
	presets.load("P0")
	presets.load("P1")
	assert {"Business", "Marketing"} <= set(frappe.get_all("Service Department", pluck="name"))


def test_unknown_profile_is_refused_naming_the_known_ones():
	with pytest.raises(PresetError, match="P9.* does not exist. Choose one of: P0, P1"):
		presets.load("P9")


def test_only_administrators_load_presets(as_user):
	as_user("clerk")
	with pytest.raises(frappe.PermissionError):
		presets.load("P0")


@pytest.mark.parametrize(
	"content, message",
	[
		("{ broken", "JSONDecodeError"),
		("[]", "TypeError"),
		("{}", "KeyError"),
		(json.dumps({"records": [{"doctype": "No Such DocType", "name": "x"}]}), "No Such DocType"),
		(json.dumps({"records": [{"doctype": "Communication Topic"}]}), "KeyError"),
	],
)
def test_broken_preset_file_is_named_and_stores_nothing(tmp_path, content, message):
	path = tmp_path / "broken.json"
	path.write_text(content, encoding="utf-8")
	with pytest.raises(PresetError, match=f"broken.json.*{message}"):
		presets.load_file(path)


def test_preset_that_breaks_in_the_middle_leaves_nothing_of_itself(tmp_path):
	path = tmp_path / "half.json"
	records = [
		topic("one"),
		{"doctype": "Routing Rule", "name": "Half", "rule_name": "Half", "lead_department": "Nobody"},
	]
	path.write_text(json.dumps({"records": records}), encoding="utf-8")
	with pytest.raises(PresetError, match="Nobody"):
		presets.load_file(path)
	assert present() is None and status() is None


def test_invented_sixth_company_needs_no_line_of_python(tmp_path):
	"""Other departments, limits and form numbers, as data alone."""
	records = [
		{"doctype": "Service Department", "name": "Sixth Desk", "department_name": "Sixth Desk"},
		{"doctype": "Service Department", "name": "Sixth Lab", "department_name": "Sixth Lab"},
		{"doctype": "Complaint Class", "name": "Smell", "class_name": "Smell"},
		{
			"doctype": "Routing Rule",
			"name": "Sixth Smell",
			"rule_name": "Sixth Smell",
			"rank": 1,
			"complaint_class": "Smell",
			"lead_department": "Sixth Lab",
			"contact_window": "Sixth Desk",
		},
		{
			"doctype": "Service Clock Policy",
			"name": "Sixth Clock",
			"policy_name": "Sixth Clock",
			"rank": 1,
			"document_type": "Complaint",
			"complaint_class": "Smell",
			"limits": [
				{"clock": "Response", "limit_value": 7, "limit_unit": "Minutes", "calendar": "Around the Clock"}
			],
		},
		{
			"doctype": "Controlled Form",
			"name": "SIX-7",
			"form_number": "SIX-7",
			"document_type": "Complaint",
		},
		{
			"doctype": "Controlled Form Version",
			"name": "SIX-7 B/3",
			"controlled_form": "SIX-7",
			"version": "B/3",
			"print_format": "Quality Feedback Form",
			"title_en": "Sixth Form",
			"title_zh": "第六表",
			"effective_from": "2026-01-01",
		},
	]
	path = tmp_path / "sixth.json"
	path.write_text(json.dumps({"records": records}), encoding="utf-8")
	presets.load_file(path)
	from customer_service.controlled_forms.printing import render_html
	from customer_service.tests.factories import make_complaint, monday_morning

	complaint = make_complaint(complaint_class="Smell", received_at=monday_morning())
	assert (complaint.lead_department, complaint.contact_window) == ("Sixth Lab", "Sixth Desk")
	assert (complaint.response_due - monday_morning()).total_seconds() == 7 * 60
	form = frappe.get_doc("Controlled Form", "SIX-7")
	assert not form.is_default, "a second profile takes nothing away from the first"
	form.is_default = 1
	form.save()
	html = render_html(complaint)
	assert "SIX-7" in html and "B/3" in html and "HT-QR-MA-08" not in html
