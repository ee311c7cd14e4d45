"""Links to ERPNext where it is installed, and none where it is not (design rule 10). A DocType of Frappe stands in for one of ERPNext."""

import frappe
import pytest

from customer_service.organisation import neighbours

LINK = {
	"dt": "Order Kind",
	"fieldname": "linked_country",
	"fieldtype": "Link",
	"label": "Country of the Test",
	"options": "Country",
	"insert_after": "kind_name",
}
NAME = "Order Kind-linked_country"
GONE = {**LINK, "options": "DocType of an App That Left"}


@pytest.fixture
def site_as_before():
	frappe.db.commit()  # a change of the schema commits anyway
	yield
	frappe.db.rollback()
	frappe.delete_doc("Custom Field", NAME, force=True, ignore_missing=True)
	frappe.db.delete("Shipped Record", {"reference_name": NAME})
	frappe.db.commit()
	frappe.db.sql_ddl("alter table `tabOrder Kind` drop column if exists `linked_country`")
	frappe.clear_cache(doctype="Order Kind")


def exists() -> bool:
	return bool(frappe.db.exists("Custom Field", NAME))


def test_without_erpnext_there_are_no_links():
	neighbours.follow_apps()
	assert "erpnext" not in frappe.get_installed_apps()
	for link in neighbours.LINKS:
		assert not frappe.get_meta(link["dt"]).has_field(link["fieldname"]), link


def test_every_link_has_its_place():
	for link in neighbours.LINKS:
		assert frappe.get_meta(link["dt"]).has_field(link["insert_after"]), link


def test_link_comes_and_goes_with_the_other_app(site_as_before):
	neighbours.follow([LINK], "frappe")
	assert frappe.get_meta("Order Kind").get_field("linked_country").options == "Country"
	kind = frappe.get_doc({"doctype": "Order Kind", "kind_name": frappe.generate_hash(length=8)})
	country = frappe.get_all("Country", pluck="name", limit=1)[0]
	kind.linked_country = country
	kind.insert()
	assert frappe.db.get_value("Order Kind", kind.name, "linked_country") == country
	neighbours.follow([GONE], "frappe")
	assert not exists() and not frappe.get_meta("Order Kind").has_field("linked_country")
	neighbours.follow([LINK], "frappe")
	assert exists()
	frappe.delete_doc("Order Kind", kind.name, force=True)


def test_doctype_of_the_same_name_from_another_app_gets_no_link(site_as_before):
	neighbours.follow([LINK], neighbours.ERPNEXT)
	assert not exists()


def test_link_that_the_site_deleted_stays_deleted(site_as_before):
	neighbours.follow([LINK], "frappe")
	frappe.delete_doc("Custom Field", NAME)
	neighbours.follow([LINK], "frappe")
	assert not exists()


def test_link_that_the_site_changed_stays_changed(site_as_before):
	neighbours.follow([LINK], "frappe")
	frappe.db.set_value("Custom Field", NAME, "label", "Where From")
	neighbours.follow([LINK], "frappe")
	assert frappe.db.get_value("Custom Field", NAME, "label") == "Where From"
