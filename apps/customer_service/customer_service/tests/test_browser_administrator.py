"""An administrator changes the app without code, in the desk; what he changes works and survives `migrate` (design rule 5).

Fields are added in Customize Form, states in the Workflow, rules, web form fields and print layouts in their own forms. Rows of
tables are entered through the form's own model and saved by its own button, since typing into grids is brittle.
"""

import os
import subprocess
import sys
from pathlib import Path

import frappe
import pytest
from playwright.sync_api import expect

from customer_service.organisation import seeding
from customer_service.tests import factories
from customer_service.tests.browser import (
	add_rows,
	choose,
	control,
	open_desk,
	open_form,
	pick,
	save,
	take_step,
	text_of,
	visit,  # noqa: F401
	wait_for_desk,
)

FIELD = "custom_batch_no"
STATE = "Supplier Asked"
RULE = "Test Price to Engineering"
LAYOUT = "Quality Feedback Form"
NOTE = "本表由管理员修改"
BATCH = "批次-2026-七"

CHANGED = (("Workflow", "Complaint Handling"), ("Web Form", "complaint"), ("Print Format", LAYOUT))


@pytest.fixture
def as_before(site):
	"""Take the administrator's changes back, so that other tests find the site as it was shipped."""
	kept = {key: frappe.get_doc(*key).as_dict(no_default_fields=True) for key in CHANGED}
	setters = set(frappe.get_all("Property Setter", filters={"doc_type": "Complaint"}, pluck="name"))
	# Whoever changes web forms and the website has Frappe's own role for it.
	frappe.get_doc("User", factories.email("system_manager")).add_roles("Website Manager")
	frappe.db.commit()
	yield
	frappe.db.rollback()
	frappe.clear_cache()
	frappe.get_doc("User", factories.email("system_manager")).remove_roles("Website Manager")
	for key, values in kept.items():
		restore(frappe.get_doc(*key), values)
	for name in set(frappe.get_all("Property Setter", filters={"doc_type": "Complaint"}, pluck="name")) - setters:
		frappe.delete_doc("Property Setter", name, force=True)
	frappe.delete_doc("Custom Field", f"Complaint-{FIELD}", force=True, ignore_missing=True)
	for doctype, name in (
		("Routing Rule", RULE),
		("Workflow State", STATE),
		("Workflow Action Master", "Ask Supplier"),
		("Workflow Action Master", "Supplier Replied"),
	):
		frappe.delete_doc(doctype, name, force=True, ignore_missing=True)
	seeding.sync_seeds()
	frappe.db.commit()
	if FIELD in frappe.db.get_table_columns("Complaint"):
		frappe.db.sql_ddl(f"alter table `tabComplaint` drop column `{FIELD}`")
	frappe.clear_cache()


def restore(doc, values: dict) -> None:
	for field in doc.meta.get_table_fields():
		doc.set(field.fieldname, [])
	doc.update(values)
	doc.save()


def add_field(page) -> None:
	open_desk(page, "customize-form?doc_type=Complaint")
	page.wait_for_function("window.cur_frm && cur_frm.doc.doc_type === 'Complaint' && cur_frm.doc.fields.length > 20")
	add_rows(
		page,
		"fields",
		{"label": "Batch No.", "fieldname": FIELD, "fieldtype": "Data", "is_custom_field": 1, "in_standard_filter": 1},
	)
	# To its place among the product's fields, as one drags the row.
	page.evaluate(
		"""after => {
			const rows = cur_frm.doc.fields;
			rows.splice(rows.findIndex((row) => row.fieldname === after) + 1, 0, rows.pop());
			rows.forEach((row, index) => (row.idx = index + 1));
			cur_frm.refresh_field("fields");
		}""",
		"part_no",
	)
	page.get_by_role("button", name="Update", exact=True).click()
	expect(page.locator(".desk-alert")).to_contain_text("updated")
	wait_for_desk(page)


def add_state(page) -> None:
	for doctype, field, name in (
		("Workflow State", "workflow_state_name", STATE),
		("Workflow Action Master", "workflow_action_name", "Ask Supplier"),
		("Workflow Action Master", "workflow_action_name", "Supplier Replied"),
	):
		open_desk(page, f"{doctype.lower().replace(' ', '-')}/new")
		page.wait_for_function(
			"doctype => window.cur_frm && cur_frm.doctype === doctype && cur_frm.is_new()", arg=doctype
		)
		control(page, field).fill(name)
		save(page)
	open_form(page, "Workflow", "Complaint Handling")
	add_rows(
		page,
		"states",
		{"state": STATE, "doc_status": "0", "allow_edit": "All", "service_state_category": "Waiting"},
	)
	role = {"allowed": "Department Head", "allow_self_approval": 1}
	add_rows(
		page,
		"transitions",
		{"state": "Investigating", "action": "Ask Supplier", "next_state": STATE, **role},
		{"state": STATE, "action": "Supplier Replied", "next_state": "Investigating", **role},
	)
	save(page)


def add_rule(page) -> None:
	open_desk(page, "routing-rule/new")
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Routing Rule' && cur_frm.is_new()")
	control(page, "rule_name").fill(RULE)
	control(page, "rank").fill("5")
	pick(page, "topic", "Price")
	pick(page, "lead_department", "Engineering")
	save(page)


def add_to_web_form(page) -> None:
	open_form(page, "Web Form", "complaint")
	add_rows(page, "web_form_fields", {"fieldname": FIELD, "fieldtype": "Data", "label": "Batch No."})
	save(page)


def change_layout(page) -> None:
	open_form(page, "Print Format", LAYOUT)
	page.evaluate(
		"note => cur_frm.set_value('html', cur_frm.doc.html.replace('{% block content %}', '{% block content %}<p>' + note + '</p>'))",
		NOTE,
	)
	save(page)


def migrate() -> None:
	"""What an administrator runs after an update of the app."""
	folder = Path(os.environ["CS_REPO"]) / "var/test/browser"
	folder.mkdir(parents=True, exist_ok=True)
	command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", "--site", os.environ["CS_SITE"], "migrate"]
	with (folder / "migrate.txt").open("w") as output:
		subprocess.run(
			command,
			cwd=Path(os.environ["CS_BENCH"]) / "sites",
			stdin=subprocess.DEVNULL,
			stdout=output,
			stderr=output,
			check=True,
			timeout=300,
		)


def test_changes_without_code_survive_migrate(visit, client, as_before):  # noqa: F811
	page = visit("system_manager")
	for change in (add_field, add_state, add_rule, add_to_web_form, change_layout):
		change(page)

	migrate()

	# The new field is in the web form; what a guest writes into it is stored, and the new rule decides.
	guest = visit()
	guest.goto("/complaint/new?_lang=zh")
	control(guest, "contact_person").fill("赵敏")
	control(guest, "description", "textarea").fill("价格与合同不符。")
	choose(guest, "topic", "价格")
	control(guest, FIELD).fill(BATCH)
	guest.get_by_role("button", name="发送").click()
	guest.wait_for_url("**/complaint-status#*")
	expect(guest.locator(".cs-status-number")).to_contain_text("CMP-")
	name = guest.locator(".cs-status-number").inner_text()
	case = client("clerk").get("Complaint", name)
	assert (case[FIELD], case["lead_department"], case["routing_rule"]) == (BATCH, "Engineering", RULE)

	# The clerk sees the field in the form.
	clerk = visit("clerk")
	open_form(clerk, "Complaint", name)
	expect(control(clerk, FIELD)).to_have_value(BATCH)

	# The new state is reached by its role alone, means waiting, and leads back.
	case = client("clerk").insert(**factories.complaint_values())["name"]
	for person, action in (("clerk", "Acknowledge"), ("clerk", "Assess"), ("quality_reviewer", "Start Investigation")):
		client(person).workflow("Complaint", case, action)
	head = visit("quality_head")
	open_form(head, "Complaint", case)
	take_step(head, "Ask Supplier", STATE)
	waiting = client("clerk").get("Complaint", case)
	assert waiting["state_category"] == "Waiting"
	assert waiting["waiting_since"]
	open_form(head, "Complaint", case)
	take_step(head, "Supplier Replied", "Investigating")

	# The changed layout prints in the next version of a form; the one in force keeps the layout it was approved with (J-1).
	number = f"OWN-{frappe.generate_hash(length=6)}"
	administrator = client("service_admin")
	administrator.insert("Controlled Form", form_number=number, document_type="Complaint", is_default=0)
	titles = {"title_en": "Our Own Form", "title_zh": "自有表单"}
	version = administrator.insert(
		"Controlled Form Version", controlled_form=number, version="B/0", print_format=LAYOUT, **titles
	)
	client("manager").workflow("Controlled Form Version", version["name"], "Approve Form")
	printing = "customer_service.controlled_forms.printing.pdf"
	printed = text_of(client("clerk").read(printing, doctype="Complaint", name=case, form=number).content)
	for expected in (NOTE, case, number, "B/0", "Our Own Form"):
		assert expected in printed
	unchanged = text_of(client("clerk").pdf("Complaint", case, format=LAYOUT))
	assert NOTE not in unchanged and "A/0" in unchanged
