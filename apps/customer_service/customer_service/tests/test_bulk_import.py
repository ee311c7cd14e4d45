"""Bulk import: the same rules as for one complaint, whatever the way in (F-1, F-2, F-5, F-6, A-2)."""

import json
import random
import re
from datetime import timedelta

import frappe
import pytest

from customer_service.complaint_handling import api
from customer_service.exceptions import ImportRefusedError
from customer_service.organisation import bulk, bulk_site, clock
from customer_service.organisation.clocks import KEPT
from customer_service.tests import factories
from customer_service.tests.client import Refused

OWN = ("name", "creation", "modified")

EMAILS = ("quality@reporter.example.com", "li@reporter.example.com")


@pytest.fixture
def world(monkeypatch):
	"""Customers, policies, routing and escalation rules that tell rows apart; the clock stands still."""
	frappe.flags.service_now = clock.now().replace(microsecond=0)
	known = factories.make_customer(
		customer_class=None, language="zh", contacts=[{"contact_name": "Li Example", "email": EMAILS[1]}]
	)
	factories.make_routing_rule(rank=0, condition="(doc.estimated_loss or 0) > 900", lead_department="Engineering")
	calendar = factories.make_working_calendar(
		"Bulk Import Calendar", intervals=[(day, "08:00", "17:00") for day in range(5)]
	)
	name = getattr(calendar, "name", calendar)
	factories.make_clock_policy(
		[
			{"clock": "Response", "limit_value": 2, "limit_unit": "Hours", "calendar": name},
			{"clock": "Resolution", "limit_value": 3, "limit_unit": "Working Days", "calendar": name},
		],
		rank=0,
		severity="Serious",
	)
	settings = frappe.get_doc("Customer Service Settings")
	settings.update({"major_loss_threshold": 5000})
	settings.save()
	return known


def varied_rows(customer: str, count: int = 200) -> list[dict]:
	"""Rows as files and other programs hold them: with and without links, as text and as numbers."""
	chance = random.Random(20260105)
	start = clock.now() - timedelta(days=30)
	return [_row(chance, customer, start) for _each in range(count)]


def _row(chance: random.Random, customer: str, start) -> dict:
	row = factories.complaint_values(
		received_at=str(start + timedelta(minutes=chance.randrange(30 * 1440))),
		severity=chance.choice(["Minor", "Serious", None]),
		priority=chance.choice(["Normal", "Serious", "Urgent", ""]),
		complaint_class=chance.choice(["Quality", "Delivery", None]),
		topic=chance.choice(["Product Quality", None]),
		channel=chance.choice(["Phone", "E-mail", "Letter"]),
		customer=chance.choice([customer, None]),
		contact_email=chance.choice([*EMAILS, None, ""]),
		shipped_qty=chance.choice([2000, "2000", 2000.5, None]),
		defective_qty=chance.choice([0, "500", 12.25, None]),
		estimated_loss=chance.choice([None, 100, 1000, "6000", 7000.125]),
		is_major=chance.choice([0, 1, "1", None]),
		ship_date=chance.choice([None, "", "2026-01-02", str(start.date())]),
		description=chance.choice(["Scratched.", "<b>Loose</b> & late, 3 < 5", "划伤 5 件\n第二行", "x > y"]),
		lead_department=chance.choice([None, None, "Materials"]),
		assisting_departments=chance.choice([[], [{"department": "Engineering"}, {"department": "Materials"}]]),
		reported_company=chance.choice([None, "Fictional Works"]),
	)
	return {key: value for key, value in row.items() if value is not None or chance.random() < 0.5}


def stored(name: str) -> dict:
	"""All that belongs to a complaint, without what is its own."""
	mine = {"reference_doctype": "Complaint", "reference_name": name}
	row = frappe.db.get_value("Complaint", name, "*", as_dict=True)
	children = frappe.get_all("Assisting Department", {"parent": name}, ["*"], order_by="idx")
	told = ["event", "happened_at", "actor", "owner", "modified_by", "before_value", "after_value", "detail"]
	return {
		"row": {key: value for key, value in row.items() if key not in OWN},
		"children": [{key: value for key, value in child.items() if key not in (*OWN, "parent")} for child in children],
		"clocks": frappe.get_all(
			"Service Clock", mine, [each for each in KEPT if each != "reference_name"], order_by="clock, due_at"
		),
		"events": [
			{**event, "detail": re.sub(r"TSK-\d{4}-\d+", "TSK", event.detail or "")}
			for event in frappe.get_all("Service Event", mine, told, order_by="event, detail")
		],
		"tasks": frappe.get_all(
			"Complaint Task", {"complaint": name}, ["department", "task_kind", "severity"], order_by="department"
		),
	}


def insert_all(rows: list[dict]) -> list[str]:
	"""One by one, without the acknowledgement mails, which an import does not send unless it is told to."""
	docs = [frappe.get_doc(json.loads(json.dumps(row))) for row in rows]
	for doc in docs:
		doc.flags.notifications = []
	return [doc.insert().name for doc in docs]


def set_script(script: str | None) -> None:
	"""The routing script of complaints, as an administrator would edit it; None disables it."""
	names = frappe.get_all("Server Script", {"reference_doctype": "Complaint"}, pluck="name")
	for name in names:
		frappe.db.set_value("Server Script", name, {"disabled": int(script is None), "script": script or "doc.route()"})
		frappe.clear_document_cache("Server Script", name)
	frappe.cache().delete_value("server_script_map")
	assert names


EDITED = """
if doc.part_no == "PART-1" and doc.channel == "Letter":
    doc.lead_department = "Marketing"
doc.route()
"""


@pytest.mark.parametrize(
	("script", "tasks_made", "count"),
	[("# comment\ndoc.route()", "By Hand", 200), (None, "On Receipt", 25), (EDITED, "When Assessed", 25)],
	ids=["shipped script", "no script", "edited script"],
)
def test_bulk_stores_the_same_as_single_inserts(world, as_user, script, tasks_made, count):
	"""Varied rows: every column but name and time stamps, the children, clocks, events and tasks."""
	frappe.db.set_single_value("Customer Service Settings", "tasks_made", tasks_made)
	frappe.clear_document_cache("Customer Service Settings", "Customer Service Settings")
	set_script(script)
	rows = varied_rows(world.name, count)
	as_user("clerk")
	assert not bulk_site.reason_for_single_inserts("Complaint")
	one_by_one = insert_all(rows)
	result = api.import_complaints(json.dumps(rows))
	assert result["errors"] == []
	assert len(set(result["names"])) == len(rows)
	for single, many in zip(one_by_one, result["names"], strict=True):
		first, second = stored(single), stored(many)
		assert {key: first["row"][key] for key in first["row"] if first["row"][key] != second["row"][key]} == {}
		assert first == second
	kinds = {len(stored(name)["clocks"]) for name in result["names"]}
	assert kinds - {0}, "no row had a clock"
	assert {frappe.db.get_value("Complaint", name, "is_major") for name in result["names"]} == {0, 1}


@pytest.mark.parametrize(("notify", "mails"), [(False, 0), (True, 1)])
def test_acknowledgements_are_sent_only_if_wanted(world, as_user, notify, mails):
	as_user("clerk")
	before = frappe.db.count("Email Queue")
	rows = [factories.complaint_values(contact_email=EMAILS[0]), factories.complaint_values()]
	api.import_complaints(rows, notify=notify)
	assert frappe.db.count("Email Queue") - before == mails


BAD = {
	"unknown link": {"complaint_class": "No Such Class"},
	"missing text": {"description": ""},
	"only markup": {"contact_person": "<p></p>"},
	"odd choice": {"severity": "Terrible"},
	"too long": {"order_no": "9" * 141},
	"quantities": {"defective_qty": 3000},
	"negative": {"estimated_loss": -1},
	"no number": {"shipped_qty": "many"},
	"future": {"received_at": "2999-01-01 00:00:00"},
	"no date": {"ship_date": "soon"},
	"e-mail": {"contact_email": "not an address"},
	"state": {"workflow_state": "Closed"},
	"series": {"naming_series": "FOREIGN-.#####"},
	"child link": {"assisting_departments": [{"department": "No Such Department"}]},
	"child empty": {"assisting_departments": [{}]},
}


@pytest.mark.parametrize("what", BAD)
def test_bad_rows_are_refused_in_the_same_words(world, as_user, what):
	row = factories.complaint_values(**BAD[what])
	as_user("clerk")
	told = len(frappe.local.message_log)
	try:
		frappe.get_doc(json.loads(json.dumps(row))).insert()
	except bulk.REFUSALS as error:
		expected = bulk._words(error, told)
	else:
		pytest.fail("a single insert takes this row")
	good = factories.complaint_values()
	result = api.import_complaints([good, row, good], skip_bad_rows=True)
	assert [error["row"] for error in result["errors"]] == [2]
	assert without_numbers(result["errors"][0]["message"]) == without_numbers(expected)
	assert len(result["names"]) == 2


def without_numbers(text: str) -> str:
	"""A message may name the record's own number."""
	return re.sub(r"CMP-\d{4}-\d+", "CMP", text)


def test_one_bad_row_refuses_all_unless_told_otherwise(world, as_user):
	as_user("clerk")
	before = frappe.db.count("Complaint"), series()
	with pytest.raises(ImportRefusedError) as caught:
		api.import_complaints([factories.complaint_values(), factories.complaint_values(description="")])
	assert [error["row"] for error in caught.value.errors] == [2]
	assert "Description" in caught.value.errors[0]["message"]
	assert (frappe.db.count("Complaint"), series()) == before


def series() -> int:
	prefix = f"CMP-{frappe.utils.nowdate()[:4]}-"
	return frappe.db.get_value("Series", prefix, "current", order_by=None) or 0


def test_numbers_have_no_gap_where_a_row_was_refused(world, as_user):
	"""L1: the number of a refused row goes to the next one."""
	as_user("clerk")
	first = series()
	good, bad = factories.complaint_values(), factories.complaint_values(severity="Terrible")
	names = api.import_complaints([good, bad, good, bad, good], skip_bad_rows=True)["names"]
	assert [int(name.rsplit("-", 1)[1]) for name in names] == [first + 1, first + 2, first + 3]
	assert int(factories.make_complaint().name.rsplit("-", 1)[1]) == first + 4


@pytest.mark.parametrize(
	"row", ["no object", {"no_such_field": 1}, {"description": {"a": 1}}, {"assisting_departments": "Engineering"}]
)
def test_what_is_no_row_is_named(world, as_user, row):
	as_user("clerk")
	result = api.import_complaints([row], skip_bad_rows=1)
	assert result["names"] == []
	assert result["errors"][0]["row"] == 1


def test_too_many_rows_and_no_list_are_refused(as_user):
	as_user("clerk")
	for rows in ([{}] * 2001, {}, "null"):
		with pytest.raises(ImportRefusedError):
			api.import_complaints(rows)


def test_where_the_server_refuses_rows_they_are_inserted_one_by_one(world, as_user, monkeypatch):
	"""A value that all checks let pass but no column holds spoils no other row."""
	as_user("clerk")
	monkeypatch.setattr(bulk.Fields, "row", lambda self, doc: ("no date",) * len(self.columns))
	result = api.import_complaints([factories.complaint_values(), factories.complaint_values(severity="Terrible")], 1)
	assert len(result["names"]) == 1
	assert [error["row"] for error in result["errors"]] == [2]
	assert len(stored(result["names"][0])["events"]) == 1


def test_what_a_site_does_for_each_record_it_does_for_imported_ones(world, as_user):
	"""With a webhook, an assignment rule or another script on complaints the rows are inserted one by one."""
	frappe.get_doc(
		{
			"doctype": "Webhook",
			"name": "Test Bulk Import",
			"webhook_doctype": "Complaint",
			"webhook_docevent": "after_insert",
			"request_url": "http://hook.example.com/",
			"request_method": "POST",
			"enabled": 1,
		}
	).db_insert()
	assert bulk_site.reason_for_single_inserts("Complaint") == "Webhook"


IMPORT = "customer_service.complaint_handling.api.import_complaints"


@pytest.mark.parametrize("person", ["engineer", "warehouse", "employee"])
def test_import_needs_the_right_to_import(client, person):
	with pytest.raises(Refused) as refused:
		client(person).call(IMPORT, rows=[factories.complaint_values()])
	assert refused.value.status == 403


def test_a_clerk_imports_over_rest_and_all_is_there(client):
	rows = [factories.complaint_values(order_no=f"BULK-{number}") for number in range(3)]
	names = client("clerk").call(IMPORT, rows=rows)["names"]
	frappe.db.rollback()
	for name in names:
		doc = frappe.get_doc("Complaint", name)
		assert (doc.owner, doc.lead_department) == (factories.email("clerk"), "Quality Department")
		assert frappe.db.count("Service Clock", {"reference_name": name}) == 2
		assert frappe.get_all("Service Event", {"reference_name": name}, pluck="event") == ["Created"]


def test_frappes_own_data_import_runs_every_rule():
	"""A small CSV by Data Import, as an administrator would; it inserts document by document."""
	from frappe.core.doctype.data_import.importer import Importer

	mark = f"CSV{frappe.generate_hash(length=8)}"
	lines = ["Contact Person,Channel,Complaint Class,Topic,Description,Severity,Order No.,Priority"]
	lines += [
		f"Li Example,Phone,Quality,Product Quality,Scratched.,Serious,{mark}-{number},Normal" for number in (1, 2)
	]
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"complaints-{mark}.csv",
			"is_private": 1,
			"content": "\n".join(lines) + "\n",
		}
	).insert()
	data_import = frappe.get_doc(
		{
			"doctype": "Data Import",
			"reference_doctype": "Complaint",
			"import_type": "Insert New Records",
			"import_file": file.file_url,
			"mute_emails": 1,
		}
	).insert()
	try:
		Importer("Complaint", data_import=data_import).import_data()
		names = frappe.get_all("Complaint", {"order_no": ("like", f"{mark}-%")}, pluck="name")
		assert len(names) == 2
		for name in names:
			doc = frappe.get_doc("Complaint", name)
			assert doc.lead_department
			assert frappe.db.count("Service Clock", {"reference_name": name}) == 2
			assert doc.response_due
			assert doc.workflow_state
	finally:
		frappe.flags.in_import = frappe.flags.mute_emails = False
