"""Manufacturing orders and shipping notices under many hands at once, by every door of a user, and on paper (C-5, J-2, L2, S2)."""

import frappe
import pytest

from customer_service.contract_review import manufacturing, quantities
from customer_service.tests.browser import text_of
from customer_service.tests.client import Refused
from customer_service.tests.factories import at, email
from customer_service.tests.forked import at_once
from customer_service.tests.production import MO, SN, draft, issued, key, released, report, shipped

API = "customer_service.contract_review.production_api"


@pytest.fixture
def order():
	"""A released order, stored for other processes to see."""
	made = released()
	frappe.db.commit()
	return made


def fresh(doc):
	frappe.db.rollback()
	return frappe.get_doc(doc.doctype, doc.name)


def notice_values(order, **more) -> dict:
	lines = [{"order_line": key(order, "PS-100"), "qty": 60}]
	return {"doctype": SN, "contract_review": order.name, "lines": lines, **more}


# --- at the same moment ------------------------------------------------------------------------------------------------


def test_two_notices_at_once_do_not_exceed_the_order(order):
	"""60 + 60 of 100 by the ordinary door: one of them is stored at most, whatever the other is told."""
	job = {"user": email("clerk"), "method": "frappe.client.insert", "values": {"doc": notice_values(order)}}
	said = at_once([job, job])
	assert sum(each.startswith("ok") for each in said) == 1, said
	frappe.db.rollback()
	assert quantities.notified(order.order_root) == {key(order, "PS-100"): 60}


@pytest.mark.parametrize("method, doctype", [("make_shipping_notice", SN), ("make_manufacturing_order", MO)])
def test_two_drafts_of_the_rest_at_once_are_one(order, method, doctype):
	"""The second finds nothing left, in every round."""
	job = {"user": email("clerk"), "method": f"{API}.{method}", "values": {"review": order.name}}
	said = at_once([job, job, job])
	refused = "ShippingError" if doctype == SN else "ProductionError"
	assert sorted(each.partition(":")[0] for each in said) == [refused, refused, "ok"], said
	frappe.db.rollback()
	assert frappe.db.count(doctype, {"order_root": order.name}) == 1


def test_two_issued_drafts_at_once_do_not_exceed(order):
	"""Two drafts of 50 are changed to 60 at the same moment."""
	drafts = [draft(order, SN, PS_100=50) for _each in range(2)]
	frappe.db.commit()
	jobs = [
		{
			"user": email("clerk"),
			"method": "frappe.client.save",
			"values": {
				"doc": {
					**each.as_dict(convert_dates_to_str=True),
					"lines": [{**each.lines[0].as_dict(convert_dates_to_str=True), "qty": 60}],
				}
			},
		}
		for each in drafts
	]
	said = at_once(jobs)
	frappe.db.rollback()
	assert quantities.notified(order.order_root)[key(order, "PS-100")] <= 100, said


def test_departments_receive_at_the_same_moment(order):
	made = issued(order)
	frappe.db.commit()
	receivers = {"Manufacturing": "plant", "Engineering": "engineer", "Materials": "materials_reviewer"}
	said = at_once(
		[
			{"user": email(person), "method": f"{API}.receive", "values": {"name": made.name, "department": department}}
			for department, person in receivers.items()
		]
	)
	assert [each.partition(":")[0] for each in said] == ["ok"] * 3, said
	assert manufacturing.waiting(fresh(made)) == ["Quality Department"]


def test_one_department_receives_once(order):
	made = issued(order)
	frappe.db.commit()
	job = {
		"user": email("plant"),
		"method": f"{API}.receive",
		"values": {"name": made.name, "department": "Manufacturing"},
	}
	said = at_once([job, job])
	assert sorted(each.partition(":")[0] for each in said) == ["ProductionError", "ok"], said
	events = frappe.get_all("Service Event", {"reference_name": made.name, "event": "Received"})
	frappe.db.rollback()
	assert len(events) <= 1


def test_reports_at_the_same_moment_are_all_counted(order):
	"""40 + 40 + 40 of 100: two are taken, the third is told that it would be too much."""
	made = issued(order, PS_100=100)
	frappe.db.commit()
	values = {"name": made.name, "line": key(order, "PS-100"), "qty": 40}
	said = at_once([{"user": email("plant"), "method": f"{API}.report_progress", "values": values}] * 3)
	assert sorted(each.partition(":")[0] for each in said) == ["ProductionError", "ok", "ok"], said
	made = fresh(made)
	assert (made.lines[0].produced_qty, len(made.progress)) == (80, 2)


# --- doors -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running(site):
	"""An issued manufacturing order with 10 produced, and an issued notice, stored for the web server to see; nothing here can
	change them."""
	frappe.db.rollback()
	order = released()
	made, notice = issued(order, PS_100=50), issued(order, SN, PS_100=30)
	report(order, made, "PS-100", 10)
	frappe.db.commit()
	return frappe.get_doc(MO, made.name), notice


DOORS = {
	"resource, quantity": lambda who, doc: who.update(
		doc.doctype, doc.name, lines=[{"name": doc.lines[0].name, "qty": 1}]
	),
	"resource, produced": lambda who, doc: who.update(
		doc.doctype, doc.name, lines=[{**plain(doc.lines[0]), "produced_qty": 50, "to_adjust": 1}]
	),
	"resource, no lines": lambda who, doc: who.update(doc.doctype, doc.name, lines=[]),
	"resource, state": lambda who, doc: who.update(doc.doctype, doc.name, workflow_state=ENDS[doc.doctype]),
	"resource, flags as well": lambda who, doc: who.update(
		doc.doctype, doc.name, order_root="x", flags={"by_production": 1, "ignore_permissions": 1}
	),
	"resource, stamps": lambda who, doc: who.update(
		doc.doctype,
		doc.name,
		issued_at=None,
		begun_at=None,
		shipped_at="2030-01-01",
		delivered_at="2030-01-01",
		progress=[],
	),
	"set_value of a line": lambda who, doc: who.call(
		"frappe.client.set_value", doctype=doc.lines[0].doctype, name=doc.lines[0].name, fieldname="qty", value=1
	),
	"deletion of a line": lambda who, doc: who.delete(doc.lines[0].doctype, doc.lines[0].name),
	"deletion": lambda who, doc: who.delete(doc.doctype, doc.name),
	"bulk edit": lambda who, doc: who.call(
		"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
		doctype=doc.doctype,
		docnames=[doc.name],
		action="update",
		data={"customer_order_no": "Bulk"},
	),
	"rename": lambda who, doc: who.call("frappe.rename_doc", doctype=doc.doctype, old=doc.name, new=f"{doc.name}-X"),
}
ENDS = {MO: "Completed", SN: "Delivered"}


def plain(row) -> dict:
	return row.as_dict(convert_dates_to_str=True)


@pytest.mark.parametrize("person", ["clerk", "plant", "warehouse", "system_manager"])
def test_what_was_issued_does_not_change_by_any_door(client, running, person):
	before = [content(doc) for doc in running]
	who = client(person)
	for name, door in DOORS.items():
		for doc in running:
			try:
				door(who, doc)
			except Refused as refused:
				assert refused.status in (403, 404, 409, 417), (name, refused)
		assert [content(doc) for doc in running] == before, name


def content(doc) -> list:
	stored = fresh(doc)
	heads = ("workflow_state", "order_root", "customer_order_no", "issued_at", "begun_at", "shipped_at", "delivered_at")
	rows = [[row.get(key) for key in ("order_line", "qty", "produced_qty", "to_adjust")] for row in stored.lines]
	return [*(stored.get(field) for field in heads), rows, len(stored.get("progress") or [])]


def test_who_sees_which(client, running):
	"""The plant and the reviewers see the manufacturing order, the warehouse that and the notice: it issues to the one (D-4).

	A stranger sees neither.
	"""
	sees = {
		person: tuple(doc.name in [row["name"] for row in client(person).list(doc.doctype)] for doc in running)
		for person in ("clerk", "plant", "engineer", "warehouse", "general_manager")
	}
	assert sees == {
		"clerk": (True, True),
		"plant": (True, False),
		"engineer": (True, True),
		"warehouse": (True, True),
		"general_manager": (True, True),
	}
	for doc in running:
		with pytest.raises(Refused) as refused:
			client("employee").get(doc.doctype, doc.name)
		assert refused.value.status in (403, 404)


def test_guest_reaches_nothing(client, running):
	made, notice = running
	for ask in (
		lambda who: who.get(MO, made.name),
		lambda who: who.get(SN, notice.name),
		lambda who: who.call(f"{API}.receive", name=made.name, department="Materials"),
		lambda who: who.call(f"{API}.report_progress", name=made.name, line="x", qty=1),
		lambda who: who.call(f"{API}.deliveries", review=made.contract_review),
		lambda who: who.call(f"{API}.adjust", doctype=MO, name=made.name, line="x", qty=1),
	):
		with pytest.raises(Refused) as refused:
			ask(client(None))
		assert refused.value.status in (401, 403)


def test_adjusting_reaches_no_other_doctype(client, order):
	with pytest.raises(Refused):
		client("clerk").call(f"{API}.adjust", doctype="Contract Review", name=order.name, line="x", qty=1)


# --- on paper (J-2) ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"language, of_production, of_shipping",
	[
		(
			"en",
			("Production/Sample Order", "Plant", "Received by Departments", "Progress"),
			("Shipping Notice", "Consignee", "Mode of Transport", "Tracking No."),
		),
		("zh", ("生产/样品制造令", "生产数量", "部门签收", "制造部"), ("发货通知单", "收货人", "运输方式", "承诺交期")),
		("both", ("生产/样品制造令", "生产部门 Plant"), ("发货通知单", "收货人 Consignee")),
	],
)
def test_forms_print_in_their_languages_with_the_numbers_of_the_profile(
	client, order, language, of_production, of_shipping
):
	made = issued(order, PS_100=100)
	report(order, made, "PS-100", 40)
	frappe.flags.service_now = at("2030-03-10 09:00")
	notice = shipped(order, PS_100=30)
	frappe.db.commit()
	frappe.flags.service_now = None
	for doc, number, words in ((made, "HT-QR-MA-04", of_production), (notice, "HT-QR-MA-07", of_shipping)):
		printed = " ".join(text_of(client("clerk").pdf(doc.doctype, doc.name, language=language)).split())
		for wanted in (doc.name, number, "PS-100", "PO-1", "2030-03-01", *words):
			assert wanted in printed or wanted.replace(" ", "") in printed.replace(" ", ""), (wanted, printed)


def test_print_of_the_order_tells_of_its_deliveries(client, order):
	"""C-4: the review file shows the delivery follow-up."""
	issued(order, PS_100=100)
	frappe.db.commit()
	printed = " ".join(text_of(client("clerk").pdf(order.doctype, order.name)).split())
	for wanted in ("Delivery Follow-up", "Scheduled", "Not Scheduled"):
		assert wanted in printed
