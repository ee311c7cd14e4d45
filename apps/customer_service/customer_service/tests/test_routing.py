"""Routing (A-2, F-3): who leads, who assists, who speaks with the customer; the rules and the Server Script are data."""

import json
import threading

import frappe
import pytest

from customer_service.customer_communication import decisions, explanation, routing, rule_checks
from customer_service.exceptions import RoutingError
from customer_service.organisation import clock, presets, seeding
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, make_complaint, make_contact, make_customer, make_routing_rule

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


# --- the person inside the department (G-4) ------------------------------------------------------------------------


@pytest.fixture
def hall():
	"""A department with three members in this order: engineer, quality_reviewer, materials_reviewer; the manager heads it."""
	return frappe.get_doc(
		{
			"doctype": "Service Department",
			"department_name": f"Hall {frappe.generate_hash(length=6)}",
			"is_active": 1,
			"head": email("manager"),
			"members": [{"user": email(key)} for key in ("engineer", "quality_reviewer", "materials_reviewer")],
		}
	).insert()


def away(department, key: str) -> None:
	department.reload()
	row = next(row for row in department.members if row.user == email(key))
	row.update({"absent_from": clock.now().date(), "absent_until": clock.now().date()})
	department.save()


def rule_for(department, assignment: str, **values):
	return make_routing_rule(topic="Price", lead_department=department.name, assignment=assignment, rank=1, **values)


def test_department_only_leaves_the_person_open(hall):
	rule_for(hall, "Department Only")
	assert make_contact(topic="Price").assigned_to is None


def test_fixed_person_gets_it_and_the_head_stands_in_while_he_is_absent(hall):
	rule_for(hall, "Fixed Person", assigned_person=email("engineer"))
	assert make_contact(topic="Price").assigned_to == email("engineer")
	away(hall, "engineer")
	contact = make_contact(topic="Price")
	assert contact.assigned_to == email("manager")
	assert "stands in" in words_of(contact)["person"]


def test_absent_person_without_a_head_leaves_it_to_the_department(hall):
	hall.head = None
	hall.save()
	rule_for(hall, "Fixed Person", assigned_person=email("engineer"))
	away(hall, "engineer")
	contact = make_contact(topic="Price")
	assert contact.assigned_to is None
	assert "nobody stands in" in words_of(contact)["person"]


def test_fewest_open_cases_decide_and_ended_ones_do_not_count(hall):
	"""Open cases before: engineer 2, quality_reviewer 1 (and one closed), materials_reviewer 2. So the reviewer gets the next;
	then all have 2, and the first of the list does."""
	for doctype in ("Contact Record", "Complaint", "Complaint Task"):
		frappe.db.sql(f"update `tab{doctype}` set assigned_to = null")
	for key, cases in (("engineer", 1), ("quality_reviewer", 1), ("materials_reviewer", 2)):
		for _number in range(cases):
			make_contact(assigned_to=email(key), lead_department=hall.name)
	make_complaint(assigned_to=email("engineer"), lead_department=hall.name)
	make_contact(assigned_to=email("quality_reviewer"), lead_department=hall.name, status="Closed")
	rule_for(hall, "Load Balanced")
	contact = make_contact(topic="Price")
	assert contact.assigned_to == email("quality_reviewer")
	assert "fewest open cases: 1" in words_of(contact)["person"]
	assert make_contact(topic="Price").assigned_to == email("engineer")


def test_absent_members_get_nothing_and_the_head_if_nobody_is_left(hall):
	rule_for(hall, "Round Robin")
	away(hall, "engineer")
	away(hall, "materials_reviewer")
	assert [make_contact(topic="Price").assigned_to for _ in range(2)] == [email("quality_reviewer")] * 2
	away(hall, "quality_reviewer")
	assert make_contact(topic="Price").assigned_to == email("manager")


def test_round_robin_goes_by_the_departments_order(hall):
	rule_for(hall, "Round Robin")
	got = [make_contact(topic="Price").assigned_to for _ in range(4)]
	order = [email(key) for key in ("engineer", "quality_reviewer", "materials_reviewer", "engineer")]
	assert got == order


def test_person_chosen_by_the_sender_is_kept(hall):
	rule_for(hall, "Round Robin")
	assert make_contact(topic="Price", assigned_to=email("clerk")).assigned_to == email("clerk")


def test_assigned_person_is_told(hall):
	rule_for(hall, "Fixed Person", assigned_person=email("engineer"))
	contact = make_contact(topic="Price")
	assert frappe.get_all("Notification Log", {"document_name": contact.name}, pluck="for_user") == [email("engineer")]


def test_parallel_arrivals_all_get_a_person(hall, client):
	"""Sixteen inserts by four clerks at once (A-2): none fails for a lock, none is left without a person."""
	rule = rule_for(hall, "Load Balanced", condition="doc.subject == 'Race'")
	frappe.db.commit()
	made, failed = [], []

	def insert(who):
		for _number in range(4):
			try:
				made.append(
					who.insert("Contact Record", subject="Race", content="x", topic="Price", channel="Phone")[
						"assigned_to"
					]
				)
			except Refused as refused:
				failed.append(str(refused))

	try:
		clients = [client("clerk") for _ in range(4)]
		threads = [threading.Thread(target=insert, args=(who,)) for who in clients]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
	finally:
		frappe.db.rollback()
		frappe.delete_doc("Routing Rule", rule.name, force=True)
		frappe.db.commit()
	assert failed == []
	assert len(made) == 16 and set(made) <= {
		email(key) for key in ("engineer", "quality_reviewer", "materials_reviewer")
	}


# --- what a rule may not say ---------------------------------------------------------------------------------------


def test_fixed_person_must_be_named_and_of_the_department(hall):
	with pytest.raises(RoutingError, match="Name the person"):
		rule_for(hall, "Fixed Person")
	with pytest.raises(RoutingError, match="does not belong"):
		rule_for(hall, "Fixed Person", assigned_person=email("clerk"))


def test_rule_names_only_active_departments(hall):
	hall.is_active = 0
	hall.save()
	for values in (
		{"lead_department": hall.name},
		{"lead_department": "Marketing", "contact_window": hall.name},
		{"lead_department": "Marketing", "assisting_departments": [{"department": hall.name}]},
	):
		with pytest.raises(RoutingError, match="not an active department"):
			make_routing_rule(**values)


def test_rule_that_can_never_decide_is_told_of_but_kept():
	make_routing_rule(rule_name="Test All Prices", topic="Price", rank=1, lead_department="Marketing")
	frappe.clear_messages()
	make_routing_rule(
		rule_name="Test Prices of Agents", topic="Price", customer_class="Agent", rank=2, lead_department="Materials"
	)
	told = " ".join(str(message) for message in frappe.local.message_log)
	assert "Test Prices of Agents" in told and "Test All Prices" in told and "can never decide" in told
	frappe.clear_messages()
	make_routing_rule(
		rule_name="Test Delivery", topic="Delivery", customer_class="Agent", rank=1, lead_department="Materials"
	)
	assert "can never decide" not in str(frappe.local.message_log)


@pytest.mark.parametrize(
	"first, second, covered",
	[
		({}, {"topic": "Price"}, True),
		({"topic": "Price"}, {}, False),
		({"topic": "Price"}, {"topic": "Delivery"}, False),
		({"condition": "doc.x"}, {"condition": "doc.x"}, True),
		({"condition": "doc.x"}, {}, False),
		({"valid_until": "2026-01-31"}, {}, False),
		({"valid_until": "2026-01-31"}, {"valid_until": "2026-01-30"}, True),
		({"valid_from": "2026-01-31"}, {"valid_from": "2026-01-30"}, False),
		({"valid_from": "2026-01-31"}, {"valid_from": "2026-02-01", "topic": "Price"}, True),
	],
)
def test_one_rule_covers_another(first, second, covered):
	fields = ("document_type", "condition", "valid_from", "valid_until", *routing.MATCHED_FIELDS)
	rows = [frappe._dict({**dict.fromkeys(fields), **values}) for values in (first, second)]
	assert rule_checks.covers(*rows) is covered


# --- dry run and trace ---------------------------------------------------------------------------------------------


def words_of(case) -> dict:
	"""The last decision on a case as its form tells it."""
	case.run_method("onload")
	return case.get_onload("routing")["decisions"][0]


def test_dry_run_tells_each_rule_and_what_it_lacked(client):
	make_routing_rule(rule_name="Test First", topic="Price", rank=1, lead_department="Materials")
	make_routing_rule(rule_name="Test Second", valid_until="2020-12-31", rank=2, lead_department="Materials")
	make_routing_rule(
		rule_name="Test Third",
		condition="doc.subject == 'x'",
		document_type="Contact Record",
		rank=3,
		lead_department="Materials",
	)
	make_routing_rule(
		rule_name="Test Fourth", topic="Delivery", rank=4, lead_department="Engineering", assignment="Fixed Person",
		assigned_person=email("engineer"),
	)  # fmt: skip
	frappe.db.commit()
	before = frappe.db.count("Contact Record")
	try:
		told = client("clerk").call(
			"customer_service.customer_communication.api.try_routing",
			doctype="Contact Record",
			values={"topic": "Delivery", "lead_department": "Quality Department", "no_such_field": 1},
		)
	finally:
		frappe.db.rollback()
		for name in ("Test First", "Test Second", "Test Third", "Test Fourth"):
			frappe.delete_doc("Routing Rule", name)
		frappe.db.commit()
	assert [(step["rule"], step["matches"]) for step in told["steps"]] == [
		("Test First", False), ("Test Second", False), ("Test Third", False), ("Test Fourth", True),
	]  # fmt: skip
	assert [step["why"] for step in told["steps"]] == [
		"Topic is Delivery, not Price",
		"was valid until 2020-12-31",
		"its condition does not hold: doc.subject == 'x'",
		"matches",
	]
	assert (told["rule"], told["lead_department"], told["assigned_to"]) == (
		"Test Fourth",
		"Engineering",
		email("engineer"),
	)
	assert told["scripts"] == []
	assert frappe.db.count("Contact Record") == before


@pytest.mark.parametrize("stranger", ["employee", "warehouse"])
def test_dry_run_is_for_those_who_may_read_the_rules(client, stranger):
	with pytest.raises(Refused) as refused:
		client(stranger).call(
			"customer_service.customer_communication.api.try_routing",
			doctype="Contact Record",
			values={"topic": "Price"},
		)
	assert refused.value.status == 403


def test_dry_run_takes_only_routed_records_and_sound_values(client):
	clerk = client("clerk")
	for doctype, values in (("User", {}), ("Internal Slip", {}), ("Complaint", "[1]")):
		with pytest.raises(Refused) as refused:
			clerk.call("customer_service.customer_communication.api.try_routing", doctype=doctype, values=values)
		assert refused.value.status == 417, doctype


def test_dry_run_names_a_script_that_the_site_has_changed():
	assert explanation.dry_run("Complaint", {})["scripts"] == []
	doc = script()
	doc.script = "doc.route()\n# ours\n"
	doc.save()
	seeding.sync_seeds()
	assert explanation.dry_run("Complaint", {})["scripts"] == ["Complaint Routing"]


def test_record_tells_why_it_came_to_its_department():
	contact = make_contact(topic="Delivery")
	told = words_of(contact)
	assert "Marketing leads by the rule P1 Delivery" in told["headline"]
	assert told["steps"][-1] == {"rule": "P1 Delivery", "matches": True, "why": "matches"}
	assert told["steps"][0]["rule"] == "P1 Complaint on quality"
	assert told["steps"][0]["why"].startswith("Document Type is Contact Record, not Complaint")


def test_without_a_rule_the_record_tells_that_none_matched():
	assert "since no rule matched" in words_of(make_contact(topic="Price"))["headline"]


def test_trace_is_kept_when_the_rule_changes():
	contact = make_contact(topic="Delivery")
	rule = frappe.get_doc("Routing Rule", "P1 Delivery")
	rule.topic = "Price"
	rule.save()
	assert words_of(contact)["steps"][-1]["matches"]


# --- rerouting -----------------------------------------------------------------------------------------------------

REROUTE = "customer_service.customer_communication.api.reroute"


@pytest.mark.parametrize("make", [make_contact, make_complaint], ids=["contact", "complaint"])
def test_reroute_to_another_department_keeps_reason_before_and_after(client, make):
	case = make(topic="Product Quality")
	frappe.db.commit()
	client("clerk").call(
		REROUTE, doctype=case.doctype, name=case.name, reason="A matter of design", lead_department="Engineering",
		assigned_to=email("engineer"),
	)  # fmt: skip
	frappe.db.rollback()
	case.reload()
	assert (case.lead_department, case.assigned_to, case.contact_window) == (
		"Engineering",
		email("engineer"),
		"Marketing",
	)
	assert case.routing_rule is None
	event = frappe.get_all(
		"Service Event", {"reference_name": case.name, "event": ("in", ("Rerouted", "Routed"))},
		["event", "before_value", "after_value", "detail", "actor"],
	)  # fmt: skip
	assert event == [
		{
			"event": "Rerouted", "before_value": "Quality Department", "after_value": "Engineering",
			"detail": "A matter of design", "actor": email("clerk"),
		}
	]  # fmt: skip
	told = words_of(case)
	assert "Engineering leads, decided by Clara Clerk" in told["headline"] and told["reason"] == "A matter of design"


def test_reroute_by_the_rules_as_they_are_now(client):
	contact = make_contact(topic="Delivery")
	rule = make_routing_rule(
		topic="Delivery", rank=1, lead_department="Materials", assisting_departments=[{"department": "Engineering"}]
	)
	frappe.db.commit()
	try:
		answer = client("clerk").call(REROUTE, doctype="Contact Record", name=contact.name, reason="New rule")
	finally:
		frappe.db.rollback()
		frappe.delete_doc("Routing Rule", rule.name, force=True)
		frappe.db.commit()
	assert answer["lead_department"] == "Materials"
	contact.reload()
	assert assisting(contact) == ["Engineering"]
	decisions = frappe.get_all(
		"Routing Decision", {"reference_name": contact.name}, pluck="occasion", order_by="decided_at asc"
	)
	assert decisions == ["On Arrival", "By the Rules Again"]


@pytest.mark.parametrize(
	"values, message",
	[
		({"reason": "  "}, "Say why"),
		({"reason": "x", "lead_department": "No Such"}, "not an active department"),
		({"reason": "x", "assigned_to": "clerk@test.example.com"}, "Lead Department"),
		(
			{"reason": "x", "lead_department": "Engineering", "assigned_to": "clerk.x@test.example.com"},
			"does not belong",
		),
	],
)
def test_reroute_is_refused_without_reason_department_or_member(client, values, message):
	contact = make_contact()
	frappe.db.commit()
	with pytest.raises(Refused, match=message):
		client("clerk").call(REROUTE, doctype="Contact Record", name=contact.name, **values)


def test_ended_case_is_not_rerouted():
	with pytest.raises(RoutingError, match="closed or cancelled"):
		decisions.reroute(make_contact(status="Closed"), "x")


@pytest.mark.parametrize("stranger", ["materials_reviewer", "employee"])
def test_whoever_may_not_write_the_case_does_not_reroute_it(client, stranger):
	contact = make_contact(topic="Product Quality")
	frappe.db.commit()
	with pytest.raises(Refused) as refused:
		client(stranger).call(
			REROUTE, doctype="Contact Record", name=contact.name, reason="x", lead_department="Materials"
		)
	assert refused.value.status == 403
	with pytest.raises(Refused):
		client("clerk").read(REROUTE, doctype="Contact Record", name=contact.name, reason="x")
