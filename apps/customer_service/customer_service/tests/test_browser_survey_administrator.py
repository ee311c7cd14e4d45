"""An administrator changes a survey without code, in the desk: a question, a weight, a language, a field of the answer (E-1, G-1)."""

from urllib.parse import urlsplit

import frappe
import pytest
from playwright.sync_api import expect

from customer_service.customer_satisfaction import personal_links
from customer_service.tests import factories
from customer_service.tests.browser import (
	add_rows,
	control,
	open_desk,
	open_form,
	overflow,
	press,
	save,
	visit,  # noqa: F401
	wait_for_desk,
)
from customer_service.tests.campaigns import RESPONSE, invitations_of, sent_campaign, used_survey
from customer_service.tests.factories import go, make_customer
from customer_service.tests.test_browser_administrator import restore

FIELD = "custom_contract_no"
SURVEY = "Satisfaction Survey"

FRENCH = {
	"Title": "Comment travaillons-nous ?",
	"Introduction": "Trois questions, une minute.",
	"Thanks": "Merci beaucoup.",
	"Level 1": "Très satisfait",
	"Level 2": "Satisfait",
	"Level 3": "Assez satisfait",
	"Level 4": "Insatisfait",
	"Level 5": "Très insatisfait",
	"QUALITY": "Qualité de nos produits",
	"DELIVERY": "Livraison à temps",
	"PACKAGING": "Emballage",
	"OPINION": "Que devrions-nous améliorer ?",
}


@pytest.fixture
def as_before(site):
	"""Take the administrator's changes back."""
	kept = frappe.get_doc("Web Form", "survey").as_dict(no_default_fields=True)
	setters = set(frappe.get_all("Property Setter", filters={"doc_type": RESPONSE}, pluck="name"))
	frappe.get_doc("User", factories.email("system_manager")).add_roles("Website Manager")
	frappe.db.commit()
	yield
	frappe.db.rollback()
	frappe.clear_cache()
	frappe.get_doc("User", factories.email("system_manager")).remove_roles("Website Manager")
	restore(frappe.get_doc("Web Form", "survey"), kept)
	for name in set(frappe.get_all("Property Setter", filters={"doc_type": RESPONSE}, pluck="name")) - setters:
		frappe.delete_doc("Property Setter", name, force=True)
	frappe.delete_doc("Custom Field", f"{RESPONSE}-{FIELD}", force=True, ignore_missing=True)
	frappe.db.commit()
	if FIELD in frappe.db.get_table_columns(RESPONSE):
		frappe.db.sql_ddl(f"alter table `tab{RESPONSE}` drop column `{FIELD}`")
	frappe.clear_cache()


def new_version(page, survey) -> str:
	"""40 of 100 points for quality instead of 60, and 20 for a question that is new; all of it in French, too."""
	open_form(page, SURVEY, survey.name)
	press(page, "New Version")
	page.wait_for_function("window.cur_frm && cur_frm.doc.version === 2")
	wait_for_desk(page)
	page.evaluate(
		"""() => {
			const row = cur_frm.doc.items.find((each) => each.code === "QUALITY");
			frappe.model.set_value(row.doctype, row.name, "max_points", 40);
		}"""
	)
	question = {"code": "PACKAGING", "kind": "Level", "question": "Packaging", "max_points": 20, "is_mandatory": 1}
	add_rows(page, "items", question)
	add_rows(page, "languages", {"language": "fr"})
	save(page)
	page.evaluate(
		"""french => cur_frm.doc.translations.forEach((row) =>
			frappe.model.set_value(row.doctype, row.name, "translated_text", french[row.part]))""",
		FRENCH,
	)
	save(page)
	return page.evaluate("cur_frm.doc.name")


def add_field(page) -> None:
	open_desk(page, "customize-form?doc_type=Survey Response")
	page.wait_for_function(
		"window.cur_frm && cur_frm.doc.doc_type === 'Survey Response' && cur_frm.doc.fields.length > 20"
	)
	add_rows(page, "fields", {"label": "Contract No.", "fieldname": FIELD, "fieldtype": "Data", "is_custom_field": 1})
	page.get_by_role("button", name="Update", exact=True).click()
	expect(page.locator(".desk-alert")).to_contain_text("updated")
	wait_for_desk(page)
	open_form(page, "Web Form", "survey")
	add_rows(page, "web_form_fields", {"fieldname": FIELD, "fieldtype": "Data", "label": "Contract No."})
	save(page)


def test_a_question_a_weight_a_language_and_a_field_without_code(visit, as_before):  # noqa: F811
	survey = used_survey()
	frappe.db.commit()
	page = visit("system_manager")
	name = new_version(page, survey)
	add_field(page)

	# The people whose task it is let the new version be used, and ask a customer by it.
	frappe.db.rollback()
	version = frappe.get_doc(SURVEY, name)
	for action, person in (
		("Review Survey", "manager"),
		("Approve Survey", "general_manager"),
		("Put Into Use", "clerk"),
	):
		version = go(version, action, by=person)
	campaign = sent_campaign(version, [make_customer(language="fr")], channel="Letter")
	(invitation,) = invitations_of(campaign)
	address = urlsplit(personal_links.url(invitation.name, "fr"))
	frappe.db.commit()

	phone = visit(phone=True)
	phone.goto(f"{address.path}?{address.query}#{address.fragment}")
	expect(phone.locator("h1")).to_have_text("Comment travaillons-nous ?")
	for question, answer in (("Qualité", "Très satisfait"), ("Livraison", "Satisfait"), ("Emballage", "Insatisfait")):
		group = phone.get_by_role("group", name=question)
		group.get_by_text(answer, exact=True).click()
	control(phone, FIELD).fill("V-2026-7")
	assert overflow(phone) == 0
	phone.locator(".web-form-footer button[type=submit], .submit-btn").first.click()
	expect(phone.locator(".cs-survey-page")).to_contain_text("Merci beaucoup.")

	frappe.db.rollback()
	response = frappe.get_doc(RESPONSE, invitation.name)
	assert response.get(FIELD) == "V-2026-7" and response.language == "fr"
	rows = {row.code: (row.answer, row.points, row.max_points) for row in response.answers}
	# 100 % of 40, 80 % of 40, 30 % of 20: 40 + 32 + 6 = 78
	assert rows["QUALITY"] == ("Very Satisfied", 40, 40)
	assert rows["DELIVERY"] == ("Satisfied", 32, 40)
	assert rows["PACKAGING"] == ("Dissatisfied", 6, 20)
	assert response.base_score == 78
