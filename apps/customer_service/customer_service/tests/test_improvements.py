"""Improvement (I-1, I-2, F-7): one story told in order over HTTP, then each rule by itself."""

from datetime import timedelta

import frappe
import pytest

from customer_service.exceptions import CustomerServiceError, ImprovementStepError, RecordClosedError, VerificationError
from customer_service.improvement import api, effectiveness, gates, requirements, sources, steps, verification
from customer_service.improvement.report.improvements_overdue import improvements_overdue
from customer_service.organisation import clock, closing, states
from customer_service.tests import factories
from customer_service.tests.client import Refused
from customer_service.tests.factories import (
	email,
	make_complaint,
	make_contact,
	make_improvement,
	make_improvement_action,
	make_user,
	make_verification_rule,
	put_into_department,
)

DOCTYPE, ACTION = "Improvement", "Improvement Action"
API = "customer_service.improvement.api"

CAUSES = [
	{
		"track": "Occurrence",
		"branch": "Method",
		"cause": "Trays without lining",
		"is_root": 1,
		"verified_how": "20 trays",
	},
	{
		"track": "Escape",
		"branch": "Measurement",
		"cause": "No check of faces",
		"is_root": 1,
		"verified_how": "Plan read",
	},
]
ANALYSED = {
	"occurrence_cause": "Housings rub against each other in bare trays.",
	"escape_cause": "The outgoing inspection does not look at the face.",
	"causes": CAUSES,
}


@pytest.fixture
def second_engineer(site):
	"""A colleague of the engineer, so that the executing unit has somebody who did not do the work."""
	make_user(email("second_engineer"), "Ella Engineer", [])
	put_into_department(email("second_engineer"), "Engineering")
	frappe.db.commit()
	return "second_engineer"


def refused(function, *args, **kwargs) -> Refused:
	with pytest.raises(Refused) as error:
		function(*args, **kwargs)
	return error.value


def let_days_pass(name: str) -> None:
	"""Let the day of the effectiveness check have come."""
	frappe.db.rollback()
	frappe.db.set_value(DOCTYPE, name, "effectiveness_due_on", clock.now().date())
	frappe.db.commit()


def notices(name: str) -> list:
	return frappe.get_all("Notification Log", {"document_type": DOCTYPE, "document_name": name}, pluck="for_user")


def test_from_complaint_to_effect_in_two_rounds(client, second_engineer):
	clerk, head, manager = client("clerk"), client("quality_head"), client("manager")
	reviewer, engineer, colleague = client("quality_reviewer"), client("engineer"), client(second_engineer)
	stranger, warehouse = client("materials_reviewer"), client("warehouse")

	# A quality complaint of 500 of 2,000 pieces; its department starts a corrective action from it.
	complaint = clerk.insert(**factories.complaint_values(lead_department="Quality Department"))["name"]
	asked = {"doctype": "Complaint", "name": complaint, "kind": "Corrective"}
	assert refused(stranger.call, f"{API}.start_improvement", **asked).status == 403  # cannot read the complaint
	assert refused(client("employee").call, f"{API}.start_improvement", **asked).status == 403
	assert refused(client(None).call, f"{API}.start_improvement", **asked).status == 403
	name = head.call(f"{API}.start_improvement", **asked)
	made = head.get(DOCTYPE, name)
	assert made["problem_what"] == made["title"] == "500 of 2000 pieces are scratched."
	assert (made["problem_how_many"], made["reference_name"]) == ("500", complaint)
	assert (made["leader"], made["supervisor"]) == (email("quality_head"), email("quality_head"))
	assert (made["workflow_state"], made["round"]) == ("Opened", 1)
	assert "has a running improvement" in refused(head.call, f"{API}.start_improvement", **asked).messages
	assert refused(stranger.get, DOCTYPE, name).status == 403

	# D3: nothing contained, nothing said.
	assert "Record a containment action" in refused(head.workflow, DOCTYPE, name, "Confirm Containment").messages
	assert refused(clerk.workflow, DOCTYPE, name, "Confirm Containment").status == 417  # not the clerk's step
	plan = {"improvement": name, "description": "Block the stock", "action_type": "Containment"}
	plan |= {"department": "Warehouse", "responsible": email("warehouse"), "due_date": "2027-01-31"}
	assert refused(stranger.insert, ACTION, **plan).status == 403
	blocked = head.insert(ACTION, **plan)["name"]
	assert [row["name"] for row in warehouse.list(ACTION, [["responsible", "=", email("warehouse")]])].count(
		blocked
	) == 1
	assert refused(stranger.call, f"{API}.report_done", action=blocked, done_note="x").status == 403
	assert "is not done" in refused(head.workflow, DOCTYPE, name, "Confirm Containment").messages
	assert refused(warehouse.call, f"{API}.report_done", action=blocked).status == 417  # no word of evidence
	warehouse.call(f"{API}.report_done", action=blocked, done_note="1,500 pieces blocked, label Q-7")
	head.workflow(DOCTYPE, name, "Confirm Containment")

	# D4: both causes, each with a root that was verified.
	assert "Occurrence Cause" in refused(reviewer.workflow, DOCTYPE, name, "Confirm Causes").messages
	reviewer.update(DOCTYPE, name, **{**ANALYSED, "causes": CAUSES[:1]})
	assert "Escape Cause" in refused(reviewer.workflow, DOCTYPE, name, "Confirm Causes").messages
	reviewer.update(DOCTYPE, name, causes=CAUSES)
	# A department that only takes part does not run it.
	assert refused(warehouse.workflow, DOCTYPE, name, "Confirm Causes").status == 417
	reviewer.workflow(DOCTYPE, name, "Confirm Causes")

	# D5: at least one corrective action, with owner and date; the head releases the plan.
	assert "type" in refused(head.workflow, DOCTYPE, name, "Release Plan").messages
	plan = {"improvement": name, "description": "Line the trays", "department": "Engineering"}
	lined = head.insert(ACTION, **plan)["name"]
	assert "needs an owner and a due date" in refused(head.workflow, DOCTYPE, name, "Release Plan").messages
	head.update(ACTION, lined, responsible=email("engineer"), due_date="2027-02-28")
	assert refused(engineer.update, ACTION, lined, due_date="2028-01-01").status == 403  # reports, but does not plan
	assert refused(reviewer.workflow, DOCTYPE, name, "Release Plan").status == 417
	head.workflow(DOCTYPE, name, "Release Plan")
	head.workflow(DOCTYPE, name, "Start Implementation")

	# D6: everything done, with evidence, before it counts as implemented; until then the complaint stays open.
	frappe.db.rollback()
	assert "not implemented yet" in gates.open_improvements(frappe.get_doc("Complaint", complaint))[0]
	assert "is not done" in refused(head.workflow, DOCTYPE, name, "Confirm Implementation").messages
	engineer.call(f"{API}.report_done", action=lined, done_note="All 40 trays lined, photo in the tool file")
	head.workflow(DOCTYPE, name, "Confirm Implementation")
	frappe.db.rollback()
	assert gates.open_improvements(frappe.get_doc("Complaint", complaint)) == []

	# Verified by the executing unit (P1), but by nobody who did the work or leads it.
	colleague.update(DOCTYPE, name, verification_note="200 housings through the line, no scratch.")
	for person in (engineer, head):
		assert "must not verify" in refused(person.workflow, DOCTYPE, name, "Verify").messages
	answer = refused(manager.workflow, DOCTYPE, name, "Verify").messages
	assert "P1 Executing unit verifies" in answer and "Engineering" in answer
	assert refused(stranger.workflow, DOCTYPE, name, "Verify").status == 403
	colleague.workflow(DOCTYPE, name, "Verify")
	verified = head.get(DOCTYPE, name)
	assert verified["verified_by"] == email(second_engineer)
	assert verified["effectiveness_due_on"] == str(clock.now().date() + timedelta(days=30))
	assert head.get(ACTION, lined)["status"] == head.get(ACTION, blocked)["status"] == "Verified"

	# The effect is checked when the day has come, not before; then everybody concerned is told once.
	assert "is due on" in refused(manager.workflow, DOCTYPE, name, "Call for Effectiveness Check").messages
	effectiveness.run()
	assert head.get(DOCTYPE, name)["workflow_state"] == "Verified"
	let_days_pass(name)
	effectiveness.run()
	effectiveness.run()
	frappe.db.rollback()
	assert head.get(DOCTYPE, name)["workflow_state"] == "Effectiveness Check"
	assert notices(name) == [email("quality_head")]

	# Not effective: a new round, with the first one kept.
	assert "What the Check Showed" in refused(colleague.workflow, DOCTYPE, name, "Find Not Effective").messages
	colleague.update(DOCTYPE, name, effectiveness_note="8 of 300 scratched again.")
	assert "must not verify" in refused(engineer.workflow, DOCTYPE, name, "Find Not Effective").messages
	colleague.workflow(DOCTYPE, name, "Find Not Effective")
	second = head.get(DOCTYPE, name)
	assert (second["workflow_state"], second["round"], second.get("implemented_at")) == ("Ineffective", 2, None)
	[first_round] = second["rounds"]
	assert first_round["occurrence_cause"] == ANALYSED["occurrence_cause"]
	assert first_round["effectiveness_result"] == "Not Effective"
	assert first_round["verified_by"] == first_round["effectiveness_checked_by"] == email(second_engineer)
	frappe.db.rollback()
	assert gates.open_improvements(frappe.get_doc("Complaint", complaint)) != []
	told = frappe.get_all(
		"Service Event", {"reference_name": name, "event": "Reopened"}, ["before_value", "after_value", "detail"]
	)
	assert [(row.before_value, row.after_value) for row in told] == [("Effectiveness Check", "Ineffective")]
	assert "8 of 300" in told[0].detail

	# Causes of the first round stay as they were written and do not count for the second.
	old = [dict(row, cause="rewritten") for row in second["causes"]]
	reviewer.update(
		DOCTYPE, name, causes=old, occurrence_cause="The lining tears.", escape_cause="Not checked for tears."
	)
	assert [row["cause"] for row in head.get(DOCTYPE, name)["causes"]] == [row["cause"] for row in CAUSES]
	assert "no possible cause" in refused(head.workflow, DOCTYPE, name, "Confirm Causes").messages
	anew = [{**row, "cause": f"{row['cause']}, again"} for row in CAUSES]
	reviewer.update(DOCTYPE, name, causes=anew)  # the old rows left out are kept all the same
	kept = head.get(DOCTYPE, name)["causes"]
	assert [(row["round"], row["cause"]) for row in kept] == [
		(1, "Trays without lining"),
		(1, "No check of faces"),
		(2, "Trays without lining, again"),
		(2, "No check of faces, again"),
	]
	head.workflow(DOCTYPE, name, "Confirm Causes")

	# The first round's action does not count either; a new one does.
	assert "Add at least one action" in refused(head.workflow, DOCTYPE, name, "Release Plan").messages
	plan |= {"description": "Trays of softer material", "responsible": email("engineer"), "due_date": "2027-05-31"}
	softer = head.insert(ACTION, **plan)
	assert softer["round"] == 2
	for step in ("Release Plan", "Start Implementation"):
		head.workflow(DOCTYPE, name, step)
	engineer.call(f"{API}.report_done", action=softer["name"], done_note="40 new trays")
	head.workflow(DOCTYPE, name, "Confirm Implementation")
	colleague.update(DOCTYPE, name, verification_note="500 housings, no scratch.")
	colleague.workflow(DOCTYPE, name, "Verify")
	let_days_pass(name)
	effectiveness.run()
	assert notices(name) == [email("quality_head")] * 2  # once a round

	# Effective: closed for good, after the deployment elsewhere is done.
	colleague.update(
		DOCTYPE,
		name,
		effectiveness_note="0 of 2,000 in 30 days.",
		closing_remark="Thanks to the tool shop.",
		deployments=[{"area": "Product", "where_else": "Cover C-2", "applies": "Yes", "action": "Same trays"}],
	)
	assert "Deployment to" in refused(colleague.workflow, DOCTYPE, name, "Confirm Effectiveness").messages
	row = colleague.get(DOCTYPE, name)["deployments"][0]
	colleague.update(DOCTYPE, name, deployments=[{**row, "done_on": "2026-11-20"}])
	assert refused(head.workflow, DOCTYPE, name, "Confirm Effectiveness").status == 417
	colleague.workflow(DOCTYPE, name, "Confirm Effectiveness")
	closed = head.get(DOCTYPE, name)
	assert (closed["workflow_state"], closed["state_category"], closed["effectiveness_result"]) == (
		"Closed",
		"Closed",
		"Effective",
	)
	assert closed["ended_at"]
	assert "cannot be changed" in refused(head.update, DOCTYPE, name, title="x").messages
	assert refused(head.insert, ACTION, **plan).status == 417
	with pytest.raises(Refused):
		head.delete(DOCTYPE, name)
	frappe.db.rollback()
	assert frappe.db.count("Service Event", {"reference_name": name, "event": "Reopened"}) == 1
	assert frappe.db.count("Service Event", {"reference_name": complaint, "event": "Improvement Started"}) == 1


def at_step(step: str, **values):
	"""An improvement brought to a step by Administrator, with one done action of the engineer."""
	doc = make_improvement(containment_not_needed=1, containment_reason="Nothing shipped", **{**ANALYSED, **values})
	action = make_improvement_action(doc.name)
	way = ["Contained", "Cause Found", "Planned", "Implementing", "Implemented", "Verified", "Effectiveness Check"]
	for state in way[: way.index(step) + 1]:
		if state == "Implemented":
			action.reload()
			action.done_note = "Done"
			action.report_done()
			frappe.db.set_value(ACTION, action.name, "done_by", email("engineer"))
		doc.reload()
		if state == "Verified":
			doc.verification_note = "Seen"
		if state == "Effectiveness Check":
			doc.db_set("effectiveness_due_on", clock.now().date())
		doc.workflow_state = state
		doc.flags.ignore_validate = False
		take(doc)
	return frappe.get_doc(DOCTYPE, doc.name), action.reload() or action


def take(doc):
	"""Save a step past the roles of the workflow: what the model asks for is what these tests are about."""
	doc.validate_workflow = lambda: None
	doc.save()


class TestGates:
	"""What each step asks for, whatever its state is called (I-1)."""

	def test_containment_may_be_left_out_only_with_a_reason(self):
		doc = make_improvement(containment_not_needed=1)
		assert requirements.missing(doc, ("Contained",)) == ["Say why containment is not needed."]
		doc.containment_reason = "Not shipped yet"
		assert requirements.missing(doc, ("Contained",)) == []

	def test_cause_counts_only_with_how_it_was_verified(self):
		unproved = [{**row, "verified_how": ""} for row in CAUSES]
		doc = make_improvement(**{**ANALYSED, "causes": unproved})
		assert len(requirements.missing(doc, ("Cause Found",))) == 2
		doc.causes[0].verified_how = "Tried"
		assert len(requirements.missing(doc, ("Cause Found",))) == 1

	def test_preventive_action_needs_no_escape_cause(self):
		doc = make_improvement(kind="Preventive", occurrence_cause="Could rub", causes=CAUSES[:1])
		assert requirements.missing(doc, ("Cause Found",)) == []

	def test_containment_is_no_corrective_action(self):
		doc = make_improvement()
		make_improvement_action(doc.name, action_type="Containment")
		make_improvement_action(doc.name, action_type="Preventive")
		assert len(requirements.missing(doc, ("Planned",))) == 1
		make_improvement_action(doc.name)
		assert requirements.missing(doc, ("Planned",)) == []

	def test_cancelled_action_neither_counts_nor_blocks(self):
		doc = make_improvement()
		action = make_improvement_action(doc.name)
		action.call_off("Not feasible")
		assert len(requirements.missing(doc, ("Planned",))) == 1
		assert requirements.missing(doc, ("Implemented",)) == []

	def test_gates_go_by_the_meaning_of_a_state_not_by_its_name(self):
		"""A site's own state that means Verified asks for all that Verified needs, though nothing of it is in between."""
		frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": "Abgenommen"}).insert()
		workflow = frappe.get_doc("Workflow", "Improvement")
		row = {"state": "Abgenommen", "doc_status": "0", "allow_edit": "All", "is_optional_state": 1}
		workflow.append("states", {**row, states.CATEGORY_FIELD: "Resolved", states.STEP_FIELD: "Verified"})
		workflow.save()
		doc = make_improvement()
		doc.workflow_state = "Abgenommen"
		with pytest.raises(ImprovementStepError) as error:
			take(doc)
		for wanted in ("containment", "Occurrence Cause", "Escape Cause", "at least one action", "How It Was Verified"):
			assert wanted in str(error.value), wanted

	def test_closed_state_without_a_step_asks_for_everything(self):
		doc, _action = at_step("Implemented")
		workflow = frappe.get_doc("Workflow", "Improvement")
		next(row for row in workflow.states if row.state == "Closed").set(states.STEP_FIELD, None)
		workflow.save()
		doc.workflow_state = "Closed"
		with pytest.raises(ImprovementStepError, match="has not been verified"):
			take(doc)

	def test_step_back_takes_its_stamp_away(self):
		doc, _action = at_step("Implemented")
		assert doc.implemented_at
		doc.workflow_state = "Implementing"
		with pytest.raises(ImprovementStepError, match="How It Was Verified"):
			take(doc)
		doc.reload()
		doc.update({"workflow_state": "Implementing", "verification_note": "Two trays are bare."})
		take(doc)
		assert (doc.implemented_at, bool(doc.planned_at)) == (None, True)

	def test_cancelling_needs_a_reason_and_takes_open_actions_along(self):
		doc, action = at_step("Planned")
		doc.workflow_state = "Cancelled"
		with pytest.raises(ImprovementStepError, match="Reason for Cancelling"):
			take(doc)
		doc.reload()
		doc.update({"workflow_state": "Cancelled", "cancel_reason": "Duplicate"})
		take(doc)
		assert action.reload() or action.status == "Cancelled"
		assert doc.ended_at

	def test_what_the_app_stamps_cannot_be_sent(self):
		doc = make_improvement(verified_at="2020-01-01", round=7, implemented_at="2020-01-01", step="Verified")
		assert (doc.verified_at, doc.round, doc.implemented_at, doc.step) == (None, 1, None, "Opened")
		action = make_improvement_action(doc.name, status="Verified", done_by="Administrator", round=9)
		assert (action.status, action.done_by, action.round) == ("Open", None, 1)

	def test_every_step_of_the_shipped_workflow_is_known(self):
		from customer_service.improvement.step_names import INEFFECTIVE, ORDER

		found = {row.get(states.STEP_FIELD) for row in states.states_of(DOCTYPE)} - {None, ""}
		assert found == {*ORDER, INEFFECTIVE}
		assert set(steps.STAMPS) < set(ORDER)


class TestVerifier:
	"""I-1: who verifies is data, and never who did the work."""

	def test_lowest_rank_that_matches_decides(self):
		make_verification_rule(rank=5, kind="Preventive", verified_by="Supervisor")
		general = make_verification_rule(rank=9, verified_by="Department", department="Marketing")
		special = make_verification_rule(
			rank=2, reference_doctype="Complaint", complaint_class="Delivery", verified_by="Lead Department"
		)
		doc = make_improvement()
		assert (doc.verification_rule, doc.verifying_department) == (general.name, "Marketing")
		late = make_complaint(complaint_class="Delivery", topic="Delivery")
		doc = make_improvement(reference_doctype="Complaint", reference_name=late.name)
		assert (doc.verification_rule, doc.effectiveness_rule) == (special.name, special.name)

	def test_verification_and_check_may_have_different_rules(self):
		make_verification_rule(applies_to="Effectiveness Check", verified_by="Department", department="Marketing")
		doc = make_improvement()
		assert doc.verification_rule == "P1 Executing unit verifies"
		assert (doc.checking_department, doc.verifying_department) == ("Marketing", None)

	@pytest.mark.parametrize(
		"rule, may, may_not",
		[
			({"verified_by": "Department", "department": "Marketing"}, "clerk", "quality_reviewer"),
			({"verified_by": "Lead Department"}, "quality_reviewer", "clerk"),
			({"verified_by": "Role", "role": "Customer Service Manager"}, "manager", "clerk"),
			({"verified_by": "Supervisor"}, "manager", "clerk"),
		],
	)
	def test_who_is_meant(self, rule, may, may_not):
		make_verification_rule(**rule)
		doc = make_improvement(leader=email("general_manager"), supervisor=email("manager"))
		make_improvement_action(doc.name)
		assert verification.may_verify(doc, user=email(may))
		assert not verification.may_verify(doc, user=email(may_not))

	def test_who_owns_an_action_of_any_round_or_leads_never_verifies(self, as_user):
		make_verification_rule(verified_by="Role", role="All")
		doc, action = at_step("Implemented", leader=email("quality_head"))
		frappe.db.set_value(ACTION, action.name, "done_by", email("quality_reviewer"))
		for person in ("quality_head", "engineer", "quality_reviewer"):
			as_user(person)
			with pytest.raises(VerificationError, match="must not verify"):
				verification.refuse_unfit(doc, verification.VERIFICATION)
		as_user("clerk")
		verification.refuse_unfit(doc, verification.VERIFICATION)

	def test_owner_cannot_step_down_in_the_same_request_that_verifies(self, as_user):
		make_verification_rule(verified_by="Role", role="All")
		doc, _action = at_step("Implemented", leader=email("quality_head"))
		as_user("quality_head")
		doc.update({"leader": None, "workflow_state": "Verified", "verification_note": "Fine"})
		with pytest.raises(VerificationError):
			take(doc)

	def test_action_sent_back_is_open_again_and_done_anew(self, as_user):
		make_verification_rule(verified_by="Department", department="Marketing")
		_doc, action = at_step("Implemented")
		as_user("clerk")
		with pytest.raises(ImprovementStepError, match="Note on the Verification"):
			api.verify_action(action.name, accepted=False)
		api.verify_action(action.name, accepted=False, note="Tray 7 is bare")
		action.reload()
		assert (action.status, action.done_by, action.verification_result) == ("Open", None, "Rejected")
		as_user("engineer")
		api.report_done(action.name, done_note="Tray 7 lined")
		with pytest.raises(VerificationError):
			api.verify_action(action.name, accepted=True)
		as_user("clerk")
		api.verify_action(action.name, accepted=True)
		action.reload()
		assert (action.status, action.verified_by) == ("Verified", email("clerk"))

	def test_days_until_the_check_come_from_record_rule_or_settings(self):
		assert make_improvement().effectiveness_days == 30  # the settings' default
		make_verification_rule(verified_by="Lead Department", effectiveness_days=90)
		assert make_improvement().effectiveness_days == 90
		doc, _action = at_step("Verified", effectiveness_days=14)
		assert doc.effectiveness_due_on == clock.now().date() + timedelta(days=14)
		doc.effectiveness_days = 1
		doc.save()
		assert doc.effectiveness_days == 14  # fixed by the verification


class TestDailyJob:
	def test_killed_after_any_improvement_and_run_again_tells_each_once(self, monkeypatch):
		"""L5: the run dies before the second commit; the next one does the rest, and nothing twice."""
		names = [at_step("Verified")[0].name for _number in range(3)]
		for name in names:
			frappe.db.set_value(DOCTYPE, name, "effectiveness_due_on", clock.now().date())
		frappe.db.commit()
		real, calls = effectiveness.call_for_check, []

		def dying(name):
			calls.append(name)
			real(name)
			if len(calls) == 2:
				raise KeyboardInterrupt

		try:
			monkeypatch.setattr(effectiveness, "call_for_check", dying)
			with pytest.raises(KeyboardInterrupt):
				effectiveness.run()
			frappe.db.rollback()
			assert [len(notices(name)) for name in calls] == [1, 0]
			monkeypatch.setattr(effectiveness, "call_for_check", real)
			effectiveness.run()
			effectiveness.run()
			assert [len(notices(name)) for name in names] == [1, 1, 1]
			assert {frappe.db.get_value(DOCTYPE, name, "step") for name in names} == {"Effectiveness Check"}
		finally:
			for name in names:
				frappe.db.set_value(DOCTYPE, name, {"state_category": "Cancelled", "workflow_state": "Cancelled"})
			frappe.db.commit()

	def test_round_is_called_for_once_by_hand_and_by_the_job(self):
		doc, _action = at_step("Verified")
		doc.db_set("effectiveness_due_on", clock.now().date())
		doc.workflow_state = "Effectiveness Check"
		take(doc)
		effectiveness.notify(doc)
		effectiveness.call_for_check(doc.name)
		assert notices(doc.name) == [email("quality_head")]

	def test_nothing_happens_while_the_process_is_off(self):
		doc, _action = at_step("Verified")
		doc.db_set("effectiveness_due_on", clock.now().date())
		settings = frappe.get_doc("Customer Service Settings")
		settings.enable_improvement = 0
		settings.save()
		effectiveness.run()
		assert frappe.db.get_value(DOCTYPE, doc.name, "step") == "Verified"


class TestSources:
	def test_improvement_from_any_register(self, as_user):
		contact = make_contact(content="The manual lacks a page.", lead_department="Marketing")
		as_user("clerk")
		doc = frappe.get_doc(DOCTYPE, api.start_improvement("Contact Record", contact.name, "Preventive"))
		assert (doc.problem_what, doc.lead_department, doc.kind) == (
			"The manual lacks a page.",
			"Marketing",
			"Preventive",
		)
		customer = factories.make_customer()
		doc = frappe.get_doc(DOCTYPE, api.start_improvement("Service Customer", customer.name))
		assert (doc.customer, doc.lead_department) == (customer.name, "Marketing")  # the site's fallback

	@pytest.mark.parametrize("doctype", ["Customer Service Settings", "Assisting Department", "Improvement", "Nothing"])
	def test_what_is_no_register_is_refused(self, doctype):
		with pytest.raises(CustomerServiceError):
			api.start_improvement(doctype, "x")

	def test_source_that_he_may_not_read_is_refused_like_one_that_is_not_there(self, as_user):
		secret = make_complaint(lead_department="Materials", contact_window="Materials", assisting_departments=[])
		as_user("quality_head")
		messages = []
		for name in (secret.name, "CMP-0000-00000"):
			with pytest.raises(frappe.PermissionError) as error:
				api.start_improvement("Complaint", name)
			messages.append(str(error.value))
		assert messages[0] == messages[1]
		with pytest.raises(frappe.PermissionError):
			make_improvement_by_hand(reference_doctype="Complaint", reference_name=secret.name)
		with pytest.raises(frappe.PermissionError):
			make_improvement_by_hand(sources=[{"reference_doctype": "Complaint", "reference_name": secret.name}])

	def test_record_finds_its_improvements_as_main_and_further_source(self):
		first, second = make_complaint(), make_complaint()
		doc = make_improvement(
			reference_doctype="Complaint",
			reference_name=first.name,
			sources=[{"reference_doctype": "Complaint", "reference_name": second.name}],
		)
		for case in (first, second):
			assert [row.name for row in sources.of_record("Complaint", case.name)] == [doc.name]
			case.run_method("onload")
			assert [row["name"] for row in case.get_onload("improvements")["rows"]] == [doc.name]

	def test_form_shows_no_improvement_that_its_reader_may_not_read(self, as_user):
		case = make_complaint(lead_department="Materials")
		make_improvement(reference_doctype="Complaint", reference_name=case.name, lead_department="Engineering")
		as_user("materials_reviewer")
		case.run_method("onload")
		assert case.get_onload("improvements")["rows"] == []

	def test_connections_lead_from_the_complaint_to_its_improvements(self):
		data = frappe.get_meta("Complaint").get_dashboard_data()
		assert data["dynamic_links"]["reference_name"] == ["Complaint", "reference_doctype"]
		assert any("Improvement" in group["items"] for group in data["transactions"])


def make_improvement_by_hand(**values):
	"""As a user does it, with his own rights."""
	values = {"title": "x", "problem_what": "x", "lead_department": "Quality Department", **values}
	return frappe.get_doc({"doctype": DOCTYPE, **values}).insert()


class TestClosingGate:
	"""F-7: what an improvement holds back in the complaint."""

	@pytest.mark.parametrize(
		"wanted, opens_at", [("Started", "Contained"), ("Implemented", "Implemented"), ("Verified", "Verified")]
	)
	def test_complaint_waits_as_long_as_the_settings_say(self, wanted, opens_at):
		settings = frappe.get_doc("Customer Service Settings")
		settings.close_complaint_when_improvement = wanted
		settings.save()
		case = make_complaint()
		way = ["Contained", "Implementing", "Implemented", "Verified"]
		for step in way:
			doc, _action = at_step(step, reference_doctype="Complaint", reference_name=case.name)
			assert bool(gates.open_improvements(case)) == (way.index(step) < way.index(opens_at)), step
			doc.db_set("state_category", "Cancelled")

	def test_class_that_demands_an_improvement_holds_a_complaint_without_one(self):
		case = make_complaint()
		for demand, found, held in (
			("Never", "Justified", False),
			("If Justified", "Not Justified", False),
			("If Justified", "Undecided", False),
			("If Justified", "Justified", True),
			("Always", "Not Justified", True),
		):
			frappe.db.set_value("Complaint Class", case.complaint_class, "improvement_required", demand)
			frappe.clear_document_cache("Complaint Class", case.complaint_class)
			case.is_justified = found
			assert bool(gates.open_improvements(case)) == held, (demand, found)
		make_improvement(reference_doctype="Complaint", reference_name=case.name, containment_not_needed=1)
		assert "none has been started" not in gates.open_improvements(case)[0]

	def test_complaint_asks_the_gate_when_it_is_closed(self):
		case = make_complaint()
		doc = make_improvement(reference_doctype="Complaint", reference_name=case.name)
		assert any(doc.name in reason for reason in closing.reasons(case))

	def test_gate_is_open_while_the_process_is_off(self):
		case = make_complaint()
		make_improvement(reference_doctype="Complaint", reference_name=case.name)
		assert gates.open_improvements(case)
		settings = frappe.get_doc("Customer Service Settings")
		settings.enable_improvement = 0
		settings.save()
		assert gates.open_improvements(case) == []


class TestActions:
	def test_department_of_an_action_takes_part_and_may_read(self, as_user):
		doc = make_improvement()
		make_improvement_action(doc.name, department="Materials", responsible=email("materials_reviewer"))
		doc.reload()
		assert [row.department for row in doc.assisting_departments] == ["Materials"]
		as_user("materials_reviewer")
		assert frappe.has_permission(DOCTYPE, "read", doc=doc.name)

	def test_owner_without_any_role_finds_and_reports_his_action_and_no_other(self, client):
		doc = make_improvement()
		own = make_improvement_action(doc.name, responsible=email("employee")).name
		other = make_improvement_action(doc.name).name
		frappe.db.commit()
		employee = client("employee")
		assert {own, other} & {row["name"] for row in employee.list(ACTION)} == {own}
		assert refused(employee.get, ACTION, other).status == 403
		assert refused(employee.get, DOCTYPE, doc.name).status == 403
		employee.update(ACTION, own, done_note="Done by me")
		employee.call(f"{API}.report_done", action=own)
		assert employee.get(ACTION, own)["done_by"] == email("employee")
		assert refused(employee.update, ACTION, own, description="Something else").status in (403, 417)

	def test_plan_of_a_done_action_stays(self):
		_doc, action = at_step("Implemented")
		action.due_date = "2030-01-01"
		with pytest.raises(RecordClosedError):
			action.save()

	def test_no_measure_joins_what_is_verified_but_deployment_does(self):
		doc, _action = at_step("Verified")
		with pytest.raises(RecordClosedError, match="deployment"):
			make_improvement_action(doc.name)
		make_improvement_action(doc.name, action_type="Deployment")
		assert len(requirements.missing(doc, ("Effective",))) == 2  # no note yet, and the deployment not done

	def test_owner_is_somebody_of_the_company(self):
		make_user("outside@test.example.com", "Olga Outside", [], user_type="Website User")
		doc = make_improvement()
		with pytest.raises(ImprovementStepError, match="does not work in the desk"):
			make_improvement_action(doc.name, responsible="outside@test.example.com")


def test_overdue_report_by_hand():
	"""As of 31 March 2026: implementation due on the 1st (30 days), action due on the 21st (10), check due on the 29th (2).

	What is due on the day itself is not late. Average (30 + 10 + 2) / 3 = 14.
	"""
	late = make_improvement(due_on="2026-03-01")
	make_improvement(due_on="2026-03-31")
	action = make_improvement_action(late.name, due_date="2026-03-21", department="Materials")
	make_improvement_action(late.name, due_date="2026-03-31")
	checked, _action = at_step("Verified", due_on="2026-03-01", leader=None)
	checked.db_set("effectiveness_due_on", "2026-03-29")
	_columns, data, _message, chart, summary = improvements_overdue.execute({"as_of": "2026-03-31"})
	mine = {late.name, action.name, checked.name}
	found = [(row["document"], row["kind"], row["days_late"]) for row in data if row["document"] in mine]
	assert found == [
		(late.name, "Implementation", 30),
		(action.name, "Action", 10),
		(checked.name, "Effectiveness Check", 2),
	]
	assert len(data) == summary[0]["value"] == sum(chart["data"]["datasets"][0]["values"])
	filtered = improvements_overdue.execute({"as_of": "2026-03-31", "department": "Materials"})[1]
	assert [row["document"] for row in filtered if row["document"] in mine] == [action.name]


def test_overdue_report_shows_only_readable_rows(as_user):
	late = make_improvement(due_on="2026-03-01", lead_department="Engineering", leader=email("engineer"))
	as_user("materials_reviewer")
	data = improvements_overdue.execute({"as_of": "2026-03-31"})[1]
	assert late.name not in {row["document"] for row in data}


def test_improvement_switched_off_is_gone_and_comes_back(client):
	"""G-6"""
	doc = make_improvement()
	make_improvement_action(doc.name)
	frappe.db.commit()
	clerk, admin = client("clerk"), client("service_admin")
	settings = "Customer Service Settings"
	try:
		admin.update(settings, settings, enable_improvement=0)
		for attempt in (
			lambda: clerk.list(DOCTYPE),
			lambda: clerk.get(DOCTYPE, doc.name),
			lambda: clerk.list(ACTION),
			lambda: clerk.list("Cause Branch"),
			lambda: clerk.list("Verification Rule"),
			lambda: clerk.pdf(DOCTYPE, doc.name),
			lambda: clerk.insert(DOCTYPE, title="x", problem_what="x", lead_department="Marketing"),
			lambda: clerk.call("frappe.desk.query_report.run", report_name="Improvements Overdue", filters={}),
		):
			assert refused(attempt).status == 403
		case = clerk.insert(**factories.complaint_values())["name"]
		assert refused(clerk.call, f"{API}.start_improvement", doctype="Complaint", name=case).status == 403
	finally:
		admin.update(settings, settings, enable_improvement=1)
	assert doc.name in {row["name"] for row in clerk.list(DOCTYPE)}


def clocks_of(doc) -> list[tuple]:
	rows = frappe.get_all(
		"Service Clock",
		{"reference_doctype": doc.doctype, "reference_name": doc.name},
		["clock", "round", "status", "due_at", "assigned_to"],
		order_by="creation",
	)
	return [(row.clock, row["round"], row.status, str(row.due_at), row.assigned_to) for row in rows]


def test_dates_run_as_clocks_and_stop_with_the_work(as_user):
	"""I-2: what is overdue escalates. Due on 28 February means until its end, midnight."""
	make_verification_rule(verified_by="Department", department="Marketing")
	doc = make_improvement(due_on="2027-03-31", leader=email("quality_reviewer"))
	action = make_improvement_action(doc.name, due_date="2027-02-28")
	assert clocks_of(doc) == [("Implementation", 1, "Running", "2027-04-01 00:00:00", email("quality_reviewer"))]
	assert clocks_of(action) == [("Action", 1, "Running", "2027-03-01 00:00:00", email("engineer"))]
	rule = frappe.db.get_value("Service Clock", {"reference_name": action.name}, "escalation_rule")
	assert rule == "Improvement Action Standard Escalation"
	as_user("engineer")
	api.report_done(action.name, done_note="Done")
	assert [row[2] for row in clocks_of(action)] == ["Stopped"]
	as_user("clerk")
	api.verify_action(action.name, accepted=False, note="Not all of it")
	assert [row[1:3] for row in clocks_of(action)] == [(1, "Stopped"), (2, "Running")]


def test_effectiveness_check_runs_as_a_clock_from_the_verification():
	doc, _action = at_step("Verified", effectiveness_days=10)
	due = clock.now().date() + timedelta(days=11)
	assert clocks_of(doc) == [("Effectiveness Check", 1, "Running", f"{due} 00:00:00", email("quality_head"))]


def test_improvement_keeps_the_number_of_a_complaint_that_was_disposed_of():
	"""J-4: it is kept longer than the complaint that it comes from."""
	from customer_service.controlled_forms.links import KeepsDisposedLinks

	for doctype in (DOCTYPE, ACTION, "Improvement Source"):
		assert issubclass(type(frappe.new_doc(doctype)), KeepsDisposedLinks)
