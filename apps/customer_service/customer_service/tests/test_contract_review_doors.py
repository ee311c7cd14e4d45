"""Orders under many hands at once, and by every door of a user (L2, L3, S2)."""

import frappe
import pytest

from customer_service.contract_review import api, opinions
from customer_service.exceptions import StaleContentError
from customer_service.tests import factories
from customer_service.tests.client import Refused
from customer_service.tests.factories import REVIEWERS, email, go, make_order, review_all, sheet_of
from customer_service.tests.forked import at_once

GIVE, DECIDE = "customer_service.contract_review.api.give_opinion", "customer_service.contract_review.api.decide"


def opinion(order, department: str, conclusion: str = "Accept", **values) -> dict:
	shown = sheet_of(order, department)
	answers = {row["question"]: "Yes" for row in shown["questions"]}
	given = {
		"name": order.name,
		"department": department,
		"conclusion": conclusion,
		"seen": shown["seen"],
		"answers": answers,
	}
	return {"user": email(REVIEWERS[department]), "method": GIVE, "values": {**given, **values}}


@pytest.fixture
def asked():
	order = go(make_order(), "Start Review", by="clerk")
	frappe.db.commit()
	return order


def fresh(order):
	frappe.db.rollback()
	return frappe.get_doc(order.doctype, order.name)


# --- at the same moment ------------------------------------------------------------------------------------------------


def test_four_departments_answer_at_the_same_moment(asked):
	"""C-2: nobody is refused, nothing is lost, and the last of them completes the review once."""
	said = at_once([opinion(asked, department) for department in REVIEWERS])
	assert [each.partition(":")[0] for each in said] == ["ok"] * 4, said
	order = fresh(asked)
	assert {row["department"]: row["status"] for row in opinions.board(order)} == dict.fromkeys(REVIEWERS, "Given")
	assert order.reviewed_at
	told = frappe.get_all(
		"Notification Log", {"document_name": order.name, "for_user": email("general_manager")}, pluck="subject"
	)
	assert len(told) == 1


def test_one_objection_among_four_at_the_same_moment(asked):
	jobs = [opinion(asked, department) for department in REVIEWERS if department != "Materials"]
	said = at_once([*jobs, opinion(asked, "Materials", "Reject", remark="No steel.")])
	assert [each.partition(":")[0] for each in said] == ["ok"] * 4, said
	assert fresh(asked).workflow_state == "Objection"


def test_of_one_departments_opinions_at_once_one_counts(asked):
	said = at_once([opinion(asked, "Engineering", "Reject", remark=f"Reason {number}") for number in range(6)])
	assert sorted(each.partition(":")[0] for each in said) == ["ReviewError"] * 5 + ["ok"]
	assert frappe.db.count("Review Opinion", {"contract_review": asked.name, "department": "Engineering"}) == 1


def test_of_twenty_approvers_at_once_one_approves(asked):
	"""One transition, one decision, one event."""
	review_all(asked)
	frappe.db.commit()
	values = {"name": asked.name, "decision": "Approve", "seen": api.content_hash(asked.name)}
	said = at_once([{"user": email("general_manager"), "method": DECIDE, "values": values}] * 20)
	assert sorted(each.partition(":")[0] for each in said) == ["ReviewError"] * 19 + ["ok"]
	order = fresh(asked)
	assert (order.workflow_state, len(order.decisions)) == ("Approved", 1)
	events = {"reference_name": order.name, "event": "State Changed", "after_value": "Approved"}
	assert frappe.db.count("Service Event", events) == 1


def test_fifty_stale_approvals_are_refused(asked):
	review_all(asked)
	seen = api.content_hash(asked.name)
	refused = 0
	for number in range(50):
		order = frappe.get_doc("Contract Review", asked.name)
		order.lines[0].qty = 101 + number
		order.save()
		frappe.set_user(email("general_manager"))
		with pytest.raises(StaleContentError):
			api.decide(order.name, "Approve", seen)
		refused += 1
		seen = api.content_hash(order.name)
		frappe.set_user("Administrator")
	order = frappe.get_doc("Contract Review", asked.name)
	assert (refused, order.workflow_state, order.decisions) == (50, "In Review", [])


def test_change_and_approval_at_once_do_not_both_pass(asked):
	"""Either the order is approved as it was seen, or it is changed and asks again; never approved as it was not seen."""
	review_all(asked)
	frappe.db.commit()
	seen = api.content_hash(asked.name)
	line = asked.lines[0].name
	change = {"doctype": "Contract Review Line", "name": line, "fieldname": "qty", "value": 99}
	at_once(
		[
			{
				"user": email("general_manager"),
				"method": DECIDE,
				"values": {"name": asked.name, "decision": "Approve", "seen": seen},
			},
			{"user": email("clerk"), "method": "frappe.client.set_value", "values": change},
		]
	)
	order = fresh(asked)
	is_approved, is_changed = order.workflow_state == "Approved", order.lines[0].qty == 99
	assert is_approved is not is_changed
	assert api.content_hash(order.name) == seen or is_changed


# --- after approval, by every door -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def approved(site):
	"""An approved order with an attachment, stored for the web server to see; nothing here can change it."""
	order = make_order(order_source="Document")  # not released while the countersigned order is missing
	order.append("attachments", {"title": "Drawing", "attachment": factories.attach_file(order)})
	order.save()
	order = go(order, "Start Review", by="clerk")
	review_all(order)
	frappe.set_user(email("general_manager"))
	api.decide(order.name, "Approve", api.content_hash(order.name))
	frappe.set_user("Administrator")
	frappe.db.commit()
	return frappe.get_doc("Contract Review", order.name)


def savedocs(who, order, **values):
	doc = {**who.get(order.doctype, order.name), "doctype": order.doctype, **values}
	return who.call("frappe.desk.form.save.savedocs", doc=frappe.as_json(doc), action="Save")


def changed_lines(order) -> list[dict]:
	return [{"name": row.name, "qty": 1 if row.idx == 1 else row.qty} for row in order.lines]


def set_value(who, doctype, name, field, value):
	return who.call("frappe.client.set_value", doctype=doctype, name=name, fieldname=field, value=value)


def by_workflow(who, order):
	doc = {**who.get(order.doctype, order.name), "doctype": order.doctype, "special_requirements": "Cheaper"}
	return who.call("frappe.model.workflow.apply_workflow", doc=doc, action="Release to Production")


def by_import(who, order):
	"""Frappe's Data Import with the file's content, as the desk does it."""
	line = f'"{order.name}","Imported"'
	content = f'"ID","Special Requirements"\n{line}\n'
	made = who.insert(
		"Data Import", reference_doctype=order.doctype, import_type="Update Existing Records", mute_emails=1
	)
	file = who.call(
		"frappe.client.insert",
		doc={
			"doctype": "File",
			"file_name": f"{made['name'][:30]}.csv",
			"content": content,
			"is_private": 1,
			"attached_to_doctype": "Data Import",
			"attached_to_name": made["name"],
		},
	)
	who.update("Data Import", made["name"], import_file=file["file_url"])
	return who.call("frappe.core.doctype.data_import.data_import.form_start_import", data_import=made["name"])


def bulk_edit(who, order):
	return who.call(
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		doctype=order.doctype,
		docnames=[order.name],
		action="update",
		data={"special_requirements": "Bulk"},
	)


DOORS = {
	"resource": lambda who, order: who.update(order.doctype, order.name, special_requirements="Other"),
	"resource, lines": lambda who, order: who.update(order.doctype, order.name, lines=changed_lines(order)),
	"resource, fewer lines": lambda who, order: who.update(order.doctype, order.name, lines=changed_lines(order)[1:]),
	"resource, hash as well": lambda who, order: who.update(
		order.doctype, order.name, special_requirements="Other", approved_content="0" * 64
	),
	"resource, state as well": lambda who, order: who.update(
		order.doctype, order.name, special_requirements="Other", workflow_state="In Review"
	),
	"resource, decisions": lambda who, order: who.update(order.doctype, order.name, decisions=[]),
	"resource, flags as well": lambda who, order: who.update(
		order.doctype, order.name, special_requirements="Other", flags={"by_review": 1, "step_by_system": 1}
	),
	"resource, totals": lambda who, order: who.update(
		order.doctype, order.name, total=1, company_total=1, has_new_item=1
	),
	"set_value": lambda who, order: set_value(who, order.doctype, order.name, "currency", "USD"),
	"set_value of a line": lambda who, order: set_value(
		who, "Contract Review Line", order.lines[0].name, "unit_price", 1
	),
	"resource of a line": lambda who, order: who.update("Contract Review Line", order.lines[0].name, qty=1),
	"a further line": lambda who, order: who.insert(
		"Contract Review Line",
		parent=order.name,
		parenttype=order.doctype,
		parentfield="lines",
		description="Gift",
		qty=1,
		delivery_date="2030-03-01",
	),
	"deletion of a line": lambda who, order: who.delete("Contract Review Line", order.lines[0].name),
	"client's deletion of a line": lambda who, order: who.call(
		"frappe.client.delete", doctype="Contract Review Line", name=order.lines[0].name
	),
	"deletion": lambda who, order: who.delete(order.doctype, order.name),
	"the desk's save": lambda who, order: savedocs(who, order, special_requirements="Saved"),
	"the desk's save of lines": lambda who, order: savedocs(who, order, lines=changed_lines(order)),
	"workflow": by_workflow,
	"bulk edit": bulk_edit,
	"client's bulk update": lambda who, order: who.call(
		"frappe.client.bulk_update",
		docs=frappe.as_json([{"doctype": order.doctype, "docname": order.name, "special_requirements": "Bulk"}]),
	),
	"import": by_import,
	"deletion of the file": lambda who, order: who.delete(
		"File", frappe.db.get_value("File", {"file_url": order.attachments[0].attachment})
	),
	"an opinion": lambda who, order: who.update(
		"Review Opinion", opinions.current(order.name)["Materials"].name, conclusion="Reject"
	),
	"rename": lambda who, order: who.call(
		"frappe.rename_doc", doctype=order.doctype, old=order.name, new=f"{order.name}-X"
	),
}


@pytest.mark.parametrize("person", ["clerk", "general_manager", "system_manager"])
@pytest.mark.parametrize("door", DOORS)
def test_approved_order_does_not_change_by_any_door(client, approved, door, person):
	before = content(approved)
	try:
		DOORS[door](client(person), approved)
	except Refused as refused:
		assert refused.status in (403, 404, 409, 417), refused
	assert content(approved) == before


def content(order) -> tuple:
	"""Everything that was decided on, as it is stored now."""
	stored = fresh(order)
	files = [frappe.get_doc("File", {"file_url": row.attachment}).get_content() for row in stored.attachments]
	given = {name: (row.status, row.conclusion) for name, row in opinions.current(order.name).items()}
	decided = [(row.decision, row.decided_by) for row in stored.decisions]
	return (
		api.content_hash(order.name),
		stored.total,
		stored.company_total,
		stored.has_new_item,
		stored.workflow_state,
		stored.approved_content,
		files,
		given,
		decided,
	)


def test_what_is_not_reviewed_can_still_be_noted(client, approved):
	client("clerk").update(approved.doctype, approved.name, contact_person="Wang Example")
	assert fresh(approved).contact_person == "Wang Example"


def test_guest_reaches_no_order(client, approved):
	for ask in (
		lambda who: who.get(approved.doctype, approved.name),
		lambda who: who.call(DECIDE, name=approved.name, decision="Approve", seen="x"),
		lambda who: who.call(GIVE, name=approved.name, department="Materials", conclusion="Accept", seen="x"),
	):
		with pytest.raises(Refused) as refused:
			ask(client(None))
		assert refused.value.status in (401, 403)


def test_stranger_to_the_order_neither_sees_nor_decides_it(client, approved):
	"""The warehouse is not asked about this order: it is not in its list, and its number opens nothing (S3)."""
	who = client("warehouse")
	assert approved.name not in [row["name"] for row in who.list(approved.doctype)]
	with pytest.raises(Refused) as refused:
		who.get(approved.doctype, approved.name)
	assert refused.value.status in (403, 404)
	with pytest.raises(Refused):
		who.call("customer_service.contract_review.api.sheets", name=approved.name)
