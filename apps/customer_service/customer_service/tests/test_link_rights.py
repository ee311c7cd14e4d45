"""Whoever may fill in a record may choose what its fields link to, in Frappe's DocTypes too (G-1, G-4)."""

import frappe
import pytest

from customer_service.organisation import link_rights
from customer_service.tests.client import Refused
from customer_service.tests.factories import email

EVERYBODY = {"All", "Desk User"}

BESIDE = {"DocType"}
"""Frappe lets everybody who is logged in choose these."""


def ours() -> list[str]:
	modules = frappe.get_all("Module Def", {"app_name": "customer_service"}, pluck="name")
	return frappe.get_all("DocType", {"module": ("in", modules), "istable": 0}, pluck="name")


def test_every_link_can_be_chosen_by_the_roles_that_write_the_record():
	refused = []
	for doctype in ours():
		meta = frappe.get_meta(doctype)
		writers = {row.role for row in meta.permissions if row.write and not row.permlevel} - EVERYBODY
		tables = [frappe.get_meta(field.options) for field in meta.get_table_fields() if not field.read_only]
		for field in [field for each in (meta, *tables) for field in each.fields]:
			if field.fieldtype != "Link" or field.read_only or field.hidden or field.options in BESIDE:
				continue
			rights = frappe.get_meta(field.options).permissions
			choosers = {row.role for row in rights if row.read or row.select}
			if not choosers & EVERYBODY:
				refused += [f"{doctype}.{field.fieldname}: {role}" for role in sorted(writers - choosers)]
	assert refused == []


def test_a_clerk_finds_a_currency_and_reads_nothing_more_of_it(client):
	clerk = client("clerk")
	found = clerk.read("frappe.desk.search.search_link", doctype="Currency", txt="CNY").json()
	found = found.get("results") or found["message"]  # Frappe 15 and 16
	assert [row["value"] for row in found] == ["CNY"]
	assert clerk.call("frappe.client.validate_link", doctype="Currency", docname="CNY")["name"] == "CNY"
	with pytest.raises(Refused):
		clerk.get("Currency", "CNY")
	with pytest.raises(Refused):
		clerk.call("frappe.desk.search.search_link", doctype="Role", txt="Clerk")


def test_rights_are_given_once_and_go_with_the_app():
	before = frappe.get_all("DocPerm", {"parent": "Currency"}, pluck="role", order_by="role asc")
	link_rights.revoke()
	assert not frappe.db.exists("Custom DocPerm", {"parent": "Currency"})
	assert not frappe.has_permission("Currency", "select", user=email("clerk"))
	link_rights.grant()
	link_rights.grant()
	frappe.clear_cache(doctype="Currency")
	roles = frappe.get_all("Custom DocPerm", {"parent": "Currency"}, pluck="role", order_by="role asc")
	assert roles == sorted([*before, *link_rights.SELECTED_BY["Currency"]])
	assert frappe.has_permission("Currency", "select", user=email("clerk"))
