"""Routing (A-2, F-3): who leads, who assists, who speaks with the customer; the rules and the Server Script are data."""

import json

import frappe
import pytest

from customer_service.customer_communication import routing
from customer_service.exceptions import RoutingError
from customer_service.organisation import presets, seeding
from customer_service.tests.factories import make_complaint, make_contact, make_customer, make_routing_rule

P1 = [
	# document, topic or class, lead, window, assisting
	("Contact Record", "Order or Contract", "Marketing", "Marketing", []),
	("Contact Record", "Delivery", "Marketing", "Marketing", []),
	("Contact Record", "Product Quality", "Quality Department", "Marketing", ["Marketing"]),
	("Contact Record", "Technology", "Engineering", "Marketing", ["Marketing"]),
	("Contact Record", "Customer Property", "Materials", "Materials", ["Marketing"]),
]

P0 = [
	("Product Quality", "Engineering & Quality", "Business", ["Business"]),
	("Technology", "Engineering & Quality", "Business", ["Business"]),
	("Production", "Business", "Business", ["Production Department"]),
	("Order or Contract", "Business", "Business", []),
	("After-sales and Claims", "Business", "Business", []),
	("Customer Property", "Business", "Business", []),
	("Price", "Business", "Business", []),
]


def assisting(case) -> list[str]:
	return [row.department for row in case.assisting_departments]


@pytest.mark.parametrize("doctype, topic, lead, window, helpers", P1)
def test_p1_topic_decides_the_departments(doctype, topic, lead, window, helpers):
	contact = make_contact(topic=topic)
	assert (contact.lead_department, contact.contact_window, assisting(contact)) == (lead, window, helpers)


@pytest.mark.parametrize(
	"complaint_class, lead", [("Service", "Marketing"), ("Quality", "Quality Department"), ("Delivery", "Materials")]
)
def test_p1_complaint_class_decides_before_the_topic(complaint_class, lead):
	assert make_complaint(complaint_class=complaint_class, topic="Technology").lead_department == lead


@pytest.fixture
def p0_only():
	"""A site with P0's rules alone."""
	for name in frappe.get_all("Routing Rule", pluck="name"):
		rule = frappe.get_doc("Routing Rule", name)
		rule.enabled = 0
		rule.save()
	presets.load("P0")
	for name in frappe.get_all("Routing Rule", {"name": ("like", "P0 %")}, pluck="name"):
		rule = frappe.get_doc("Routing Rule", name)
		rule.enabled = int("Production leads" not in name)
		rule.save()


@pytest.mark.parametrize("topic, lead, window, helpers", P0)
def test_p0_row_1_of_the_table(p0_only, topic, lead, window, helpers):
	contact = make_contact(topic=topic)
	assert (contact.lead_department, contact.contact_window, assisting(contact)) == (lead, window, helpers)


def test_p0_alternative_rule_ships_switched_off_and_works_when_switched_on(p0_only):
	name = "P0 Production leads on delivery date, quantity and capacity"
	shipped = json.loads((presets.FOLDER / "P0.json").read_text(encoding="utf-8"))["records"]
	assert [record["enabled"] for record in shipped if record["name"] == name] == [0]
	rule = frappe.get_doc("Routing Rule", name)
	rule.enabled = 1
	rule.save()
	assert make_contact(topic="Production").lead_department == "Production Department"


def test_lowest_rank_decides():
	make_routing_rule(topic="Delivery", rank=20, lead_department="Engineering")
	make_routing_rule(topic="Delivery", rank=10, lead_department="Materials")
	assert make_contact(topic="Delivery").lead_department == "Materials"


def test_rule_counts_only_within_its_validity():
	make_routing_rule(topic="Delivery", lead_department="Materials", valid_until="2020-12-31")
	make_routing_rule(topic="Delivery", lead_department="Engineering", valid_from="2099-01-01")
	assert make_contact(topic="Delivery").lead_department == "Marketing"


def test_rule_by_customer_class_and_condition():
	customer = make_customer(customer_class="Agent").name
	make_routing_rule(customer_class="Agent", condition="doc.defective_qty >= 500", lead_department="Engineering")
	assert make_complaint(customer=customer, defective_qty=500).lead_department == "Engineering"
	assert make_complaint(customer=customer, defective_qty=499).lead_department == "Quality Department"
	assert make_complaint(defective_qty=500).lead_department == "Quality Department"


def test_department_set_by_hand_is_kept():
	complaint = make_complaint(lead_department="Engineering")
	assert (complaint.lead_department, complaint.routing_rule) == ("Engineering", None)


def test_without_a_rule_the_fallback_department_leads():
	contact = make_contact(topic="Price")
	assert (contact.lead_department, contact.routing_rule) == ("Marketing", None)


def test_record_tells_which_rule_decided():
	assert make_complaint(complaint_class="Delivery").routing_rule == "P1 Complaint on delivery"


def test_rule_with_a_broken_condition_is_refused_when_saved():
	with pytest.raises(RoutingError, match="cannot be evaluated"):
		make_routing_rule(condition="doc.no_such( >", lead_department="Marketing")


def test_condition_cannot_reach_the_database():
	with pytest.raises(RoutingError):
		make_routing_rule(condition="frappe.db.sql('select 1')", lead_department="Marketing", document_type="Complaint")


def test_condition_that_fails_on_a_case_is_passed_over_and_refuses_no_customer():
	rule = make_routing_rule(
		document_type="Complaint", condition="doc.order_no and int(doc.order_no) > 5", lead_department="Engineering"
	)
	assert make_complaint(order_no="6").lead_department == "Engineering"
	assert make_complaint(order_no="A-7").lead_department == "Quality Department"
	assert frappe.db.exists("Error Log", {"method": ("like", f"%{rule.name}%")})


def test_deleted_rule_no_longer_counts():
	rule = make_routing_rule(topic="Delivery", lead_department="Engineering")
	assert rule.name in [each.name for each in routing.rules()]
	frappe.delete_doc("Routing Rule", rule.name)
	assert make_contact(topic="Delivery").lead_department == "Marketing"


# --- the Server Script (design rule 6) -----------------------------------------------------------------------------


def script():
	return frappe.get_doc("Server Script", "Complaint Routing")


def count_routings(monkeypatch) -> list:
	calls = []
	route = routing.route
	monkeypatch.setattr(routing, "route", lambda case: (calls.append(case), route(case)))
	return calls


def test_shipped_script_routes_exactly_once(monkeypatch):
	assert not script().disabled
	calls = count_routings(monkeypatch)
	assert make_complaint().lead_department == "Quality Department"
	assert len(calls) == 1


def test_disabled_script_gives_the_built_in_routing_exactly_once(monkeypatch):
	doc = script()
	doc.disabled = 1
	doc.save()
	calls = count_routings(monkeypatch)
	complaint = make_complaint()
	assert (complaint.lead_department, assisting(complaint)) == ("Quality Department", ["Marketing"])
	assert len(calls) == 1


def test_script_edited_by_an_administrator_decides(as_user):
	as_user("system_manager")
	doc = script()
	doc.script = 'if doc.part_no == "PART-X":\n\tdoc.lead_department = "Engineering"\ndoc.route()\n'
	doc.save()
	as_user("clerk")
	assert make_complaint(part_no="PART-X").lead_department == "Engineering"
	assert make_complaint(part_no="PART-Y").lead_department == "Quality Department"


def test_script_that_does_not_route_leaves_the_decision_to_the_clerk():
	doc = script()
	doc.script = "pass\n"
	doc.save()
	assert make_complaint().lead_department is None


@pytest.fixture
def scripts_switched_off():
	"""The site's switch off, as `bench set-config server_script_enabled 0` followed by a migrate leaves it."""
	before = frappe.conf.get("server_script_enabled")
	frappe.conf.server_script_enabled = 0
	frappe.local.conf.server_script_enabled = 0
	seeding.follow_script_switch()
	yield
	frappe.conf.server_script_enabled = before
	frappe.local.conf.server_script_enabled = before


def test_switched_off_scripts_are_disabled_and_routing_goes_on(scripts_switched_off, monkeypatch):
	assert script().disabled
	calls = count_routings(monkeypatch)
	assert make_complaint().lead_department == "Quality Department"
	assert len(calls) == 1


def test_scripts_switched_on_again_are_enabled_by_migrate(scripts_switched_off):
	frappe.conf.server_script_enabled = 1
	frappe.local.conf.server_script_enabled = 1
	seeding.follow_script_switch()
	assert not script().disabled


def test_script_that_an_administrator_disabled_stays_disabled():
	doc = script()
	doc.disabled = 1
	doc.save()
	seeding.follow_script_switch()
	assert script().disabled
