"""Service instructions (A-5): carried out, reported, checked by the issuing side, as many rounds as it takes, told to whoever asked."""

import frappe
import pytest

from customer_service.exceptions import DeletionRefusedError
from customer_service.tests import factories
from customer_service.tests.browser import text_of
from customer_service.tests.client import Refused
from customer_service.tests.factories import email, make_instruction

DOCTYPE = "Service Instruction"


@pytest.fixture
def issued(client):
	"""An instruction of the clerk's to Engineering; new plans are made by Quality."""
	settings = frappe.get_doc("Customer Service Settings")
	settings.new_plan_department = "Quality Department"
	settings.save()
	frappe.db.commit()
	made = client("clerk").insert(
		DOCTYPE, subject="Adjust the machine", requested_by="Li Example", issuing_department="Marketing",
		implementing_department="Engineering", instruction="Adjust the feeding speed.",
	)  # fmt: skip
	yield made["name"]
	settings.reload()
	settings.new_plan_department = None
	settings.save()
	frappe.db.commit()


def fill(who, name: str, **words) -> None:
	"""Type into the present round."""
	rows = who.get(DOCTYPE, name)["rounds"]
	rows[-1].update(words)
	who.update(DOCTYPE, name, rounds=rows)


def stored(name: str):
	frappe.db.rollback()
	return frappe.get_doc(DOCTYPE, name)


def report(who, name: str, words: str = "Speed set to 12.") -> None:
	who.workflow(DOCTYPE, name, "Start Work")
	fill(who, name, report=words)
	who.workflow(DOCTYPE, name, "Report Completion")


def test_ineffective_goes_back_for_a_new_plan_and_effective_is_told_to_the_customer(client, issued):
	engineer, clerk, quality = client("engineer"), client("clerk"), client("quality_reviewer")
	report(engineer, issued)
	first = stored(issued).rounds[0]
	assert (first.round_no, first.department, first.reported_by) == (1, "Engineering", email("engineer"))

	with pytest.raises(Refused, match="Remark of the Check"):
		clerk.workflow(DOCTYPE, issued, "Effect Not Reached")
	fill(clerk, issued, remark="It still jams.")
	clerk.workflow(DOCTYPE, issued, "Effect Not Reached")
	doc = stored(issued)
	assert (doc.rounds[0].effect, doc.rounds[0].checked_by) == ("Ineffective", email("clerk"))
	assert [(row.round_no, row.department) for row in doc.rounds] == [(1, "Engineering"), (2, "Quality Department")]
	assert (doc.implementing_department, doc.workflow_state) == ("Quality Department", "New Plan Needed")

	with pytest.raises(Refused, match="Plan"):  # a further round starts with its plan
		quality.workflow(DOCTYPE, issued, "Start Work")
	with pytest.raises(Refused):  # it is no longer Engineering's turn
		engineer.workflow(DOCTYPE, issued, "Start Work")
	fill(quality, issued, plan="Exchange the feeder.")
	report(quality, issued, "Feeder exchanged.")
	clerk.workflow(DOCTYPE, issued, "Confirm Effect")
	doc = stored(issued)
	assert (doc.workflow_state, doc.state_category, doc.rounds[1].effect) == ("Effective", "Resolved", "Effective")

	with pytest.raises(Refused, match="Person Informed"):
		clerk.workflow(DOCTYPE, issued, "Report to Customer")
	clerk.update(
		DOCTYPE, issued, informed_person="Li Example", informed_channel="Phone", informed_words="It runs again."
	)
	clerk.workflow(DOCTYPE, issued, "Report to Customer")
	clerk.workflow(DOCTYPE, issued, "Close Instruction")
	doc = stored(issued)
	assert (doc.informed_by, bool(doc.informed_at), bool(doc.closed_at)) == (email("clerk"), True, True)
	assert doc.state_category == "Closed"
	states = frappe.get_all(
		"Service Event",
		{"reference_name": issued, "event": "State Changed"},
		pluck="after_value",
		order_by="happened_at asc",
	)
	assert states == [
		"In Progress", "Reported", "New Plan Needed", "In Progress", "Reported", "Effective", "Reported to Customer", "Closed",
	]  # fmt: skip


def test_without_a_planning_department_the_same_one_makes_the_new_plan(client, issued):
	settings = frappe.get_doc("Customer Service Settings")
	settings.new_plan_department = None
	settings.save()
	frappe.db.commit()
	report(client("engineer"), issued)
	fill(client("clerk"), issued, remark="No.")
	client("clerk").workflow(DOCTYPE, issued, "Effect Not Reached")
	assert stored(issued).implementing_department == "Engineering"


def test_whoever_reported_does_not_check(client):
	"""Marketing instructs itself: Clara reports, so somebody else of Marketing has to check."""
	doc = make_instruction(implementing_department="Marketing")
	frappe.db.commit()
	clerk = client("clerk")
	report(clerk, doc.name)
	with pytest.raises(Refused, match="does not check"):
		clerk.workflow(DOCTYPE, doc.name, "Confirm Effect")
	assert stored(doc.name).rounds[0].effect in (None, "")


@pytest.mark.parametrize("outsider", ["engineer", "quality_head"])
def test_only_the_issuing_side_checks(client, issued, outsider):
	report(client("engineer"), issued)
	with pytest.raises(Refused):
		client(outsider).workflow(DOCTYPE, issued, "Confirm Effect")
	assert stored(issued).workflow_state == "Reported"


def test_only_the_department_of_the_round_starts_and_reports(client, issued):
	with pytest.raises(Refused, match="Engineering") as refused:
		client("clerk").workflow(DOCTYPE, issued, "Start Work")
	assert refused.value.status == 403
	with pytest.raises(Refused):
		client("materials_reviewer").workflow(DOCTYPE, issued, "Start Work")


def test_report_needs_words(client, issued):
	engineer = client("engineer")
	engineer.workflow(DOCTYPE, issued, "Start Work")
	with pytest.raises(Refused, match="Completion Report"):
		engineer.workflow(DOCTYPE, issued, "Report Completion")


def test_implementing_side_does_not_change_what_it_was_told(client, issued):
	engineer = client("engineer")
	for change in (
		{"instruction": "Do nothing."},
		{"due_at": "2030-01-01 00:00:00"},
		{"implementing_department": "Materials"},
	):
		with pytest.raises(Refused, match="Only Marketing"):
			engineer.update(DOCTYPE, issued, **change)


def test_results_of_a_round_cannot_be_typed(client, issued):
	engineer = client("engineer")
	report(engineer, issued)
	for words in ({"report": "Better words."}, {"remark": "All fine."}):
		with pytest.raises(Refused, match="not yours"):
			fill(engineer, issued, **words)
	fill(engineer, issued, effect="Effective", checked_by=email("clerk"), reported_by=email("clerk"), round_no=9)
	row = stored(issued).rounds[0]
	assert (row.effect or "", row.checked_by, row.reported_by, row.round_no) == ("", None, email("engineer"), 1)
	engineer.update(DOCTYPE, issued, rounds=[], informed_by=email("clerk"), closed_at="2020-01-01 00:00:00")
	doc = stored(issued)
	assert (len(doc.rounds), doc.informed_by, doc.closed_at) == (1, None, None)


def test_rounds_that_have_ended_stay_as_they_are(client, issued):
	report(client("engineer"), issued)
	clerk = client("clerk")
	fill(clerk, issued, remark="It still jams.")
	clerk.workflow(DOCTYPE, issued, "Effect Not Reached")
	rows = clerk.get(DOCTYPE, issued)["rounds"]
	rows[0].update(report="Nothing was done.", remark="Fine.", effect="Effective")
	clerk.update(DOCTYPE, issued, rounds=rows)
	first = stored(issued).rounds[0]
	assert (first.report, first.remark, first.effect) == ("Speed set to 12.", "It still jams.", "Ineffective")


def test_department_may_be_changed_until_the_work_has_begun(client, issued):
	clerk = client("clerk")
	clerk.update(DOCTYPE, issued, implementing_department="Materials")
	assert stored(issued).rounds[0].department == "Materials"
	client("materials_reviewer").workflow(DOCTYPE, issued, "Start Work")
	with pytest.raises(Refused, match="work has begun"):
		clerk.update(DOCTYPE, issued, implementing_department="Engineering")


def test_state_that_counts_as_done_needs_a_confirmed_effect_whatever_it_is_called():
	"""An administrator's own workflow may skip the check; the rule does not."""
	doc = make_instruction()
	workflow = frappe.get_doc("Workflow", DOCTYPE)
	workflow.append(
		"transitions",
		{"state": "Issued", "action": "Close Instruction", "next_state": "Closed", "allowed": "System Manager"},
	)
	workflow.save()
	frappe.clear_cache(doctype=DOCTYPE)
	doc.workflow_state = "Closed"
	with pytest.raises(frappe.ValidationError, match="not been confirmed"):
		doc.save()


def test_renamed_state_still_stands_for_its_step(as_user):
	"""Design: rules go by the step that a state stands for, never by its name."""
	frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": "Waits for the Check"}).insert()
	workflow = frappe.get_doc("Workflow", DOCTYPE)
	for row in (*workflow.states, *workflow.transitions):
		for field in ("state", "next_state"):
			if row.get(field) == "Reported":
				row.set(field, "Waits for the Check")
	workflow.save()
	frappe.clear_cache(doctype=DOCTYPE)
	doc = make_instruction()
	as_user("engineer")
	doc = factories.go(doc, "Start Work")
	with pytest.raises(frappe.ValidationError, match="Completion Report"):
		factories.go(doc, "Report Completion")
	doc.reload()
	doc.rounds[0].report = "Speed set to 12."
	doc.save()
	doc = factories.go(doc, "Report Completion")
	assert (doc.workflow_state, doc.rounds[0].reported_by) == ("Waits for the Check", email("engineer"))


def test_those_concerned_are_told_inside(client, issued):
	def told(person: str) -> list[str]:
		frappe.db.rollback()
		return frappe.get_all("Notification Log", {"document_name": issued, "for_user": email(person)}, pluck="subject")

	assert len(told("engineer")) == 1
	report(client("engineer"), issued)
	assert "check the effect" in told("clerk")[0]
	# Administrator is of no department, so the clerk, who issued it, checks.
	client("clerk").workflow(DOCTYPE, issued, "Confirm Effect")
	assert any("was effective" in subject for subject in told("engineer"))


def test_agreed_date_is_a_clock_until_the_effect_is_confirmed(client, issued):
	def status() -> list[tuple]:
		frappe.db.rollback()
		rows = frappe.get_all("Service Clock", {"reference_name": issued}, ["department", "status", "is_breached"])
		return [(row.department, row.status, row.is_breached) for row in rows]

	assert status() == []  # no date, no clock
	clerk = client("clerk")
	clerk.update(DOCTYPE, issued, due_at="2035-01-31 12:00:00")
	assert status() == [("Engineering", "Running", 0)]
	report(client("engineer"), issued)
	fill(clerk, issued, remark="No.")
	clerk.workflow(DOCTYPE, issued, "Effect Not Reached")
	assert status() == [("Quality Department", "Running", 0)]
	fill(client("quality_reviewer"), issued, plan="Exchange it.")
	report(client("quality_reviewer"), issued)
	clerk.workflow(DOCTYPE, issued, "Confirm Effect")
	assert status() == [("Quality Department", "Stopped", 0)]


def test_only_those_concerned_find_it(client, issued):
	assert client("engineer").list(DOCTYPE, [["name", "=", issued]])
	for stranger in ("materials_reviewer", "warehouse"):
		assert not client(stranger).list(DOCTYPE, [["name", "=", issued]])
	with pytest.raises(Refused):
		client("employee").list(DOCTYPE)


def test_source_must_be_readable_and_is_kept(client):
	contact = factories.make_contact(topic="Order or Contract")
	frappe.db.commit()
	values = {
		"subject": "x", "requested_by": "Li", "issuing_department": "Engineering", "implementing_department": "Materials",
		"instruction": "x", "source_doctype": "Contact Record", "source_name": contact.name,
	}  # fmt: skip
	with pytest.raises(Refused, match="may not read"):
		client("engineer").insert(DOCTYPE, **values)
	assert client("clerk").insert(DOCTYPE, **values)["source_name"] == contact.name


def test_instruction_is_never_deleted():
	with pytest.raises(DeletionRefusedError):
		make_instruction().delete()


@pytest.mark.parametrize(
	"language, wanted",
	[
		("zh", ["服务通知单", "实施部门", "工程部", "无效"]),
		("en", ["Service Instruction", "Requested By", "Ineffective"]),
	],
)
def test_print_shows_every_round(client, issued, language, wanted):
	report(client("engineer"), issued)
	fill(client("clerk"), issued, remark="It still jams.")
	client("clerk").workflow(DOCTYPE, issued, "Effect Not Reached")
	printed = text_of(client("clerk").pdf(DOCTYPE, issued, language=language))
	for text in (issued, "CR-02", "Speed set to 12.", "It still jams.", "Enno Engineer", "Clara Clerk", *wanted):
		assert text in printed, text


def test_instruction_stands_in_the_queue_of_the_implementing_department_and_in_its_workload(client, issued):
	"""I-2: what waits for a department is seen in one place."""
	run = "frappe.desk.query_report.run"
	queue = client("engineer").read(run, report_name="My Queue", filters="{}").json()["message"]["result"]
	assert [row["document_type"] for row in queue if row["name"] == issued] == ["Service Instruction"]
	queue = client("materials_reviewer").read(run, report_name="My Queue", filters="{}").json()["message"]["result"]
	assert issued not in [row["name"] for row in queue]

	def others() -> int:
		filters = '{"department": "Engineering"}'
		rows = (
			client("manager").read(run, report_name="Department Workload", filters=filters).json()["message"]["result"]
		)
		return sum(row["others"] for row in rows if isinstance(row, dict))

	before = others()
	made = make_instruction()
	frappe.db.commit()
	assert others() == before + 1
	frappe.db.set_value("Service Instruction", made.name, "state_category", "Resolved")
	frappe.db.commit()
	assert others() == before
