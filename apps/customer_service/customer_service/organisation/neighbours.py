"""Links from our records to those of ERPNext where it is installed beside us; no dependency on it (design rule 10).

They are custom fields, made when both apps are on the site and taken away when ERPNext goes. Like every seed they belong to the site
afterwards: one that it deleted or changed stays so. Nothing is copied through them: they only lead from one record to the other.
"""

import frappe

from customer_service.organisation import seeding

ERPNEXT = "erpnext"

SOURCE = "organisation/neighbours.py"

LINKS = (
	{
		"dt": "Service Customer",
		"fieldname": "linked_customer",
		"fieldtype": "Link",
		"label": "Customer in ERPNext",
		"options": "Customer",
		"insert_after": "customer_name",
	},
	{
		"dt": "Contract Review",
		"fieldname": "linked_sales_order",
		"fieldtype": "Link",
		"label": "Sales Order in ERPNext",
		"options": "Sales Order",
		"insert_after": "customer_order_no",
		"no_copy": 1,
	},
	{
		"dt": "Contract Review Line",
		"fieldname": "linked_item",
		"fieldtype": "Link",
		"label": "Item in ERPNext",
		"options": "Item",
		"insert_after": "item_code",
	},
	{
		"dt": "Pro Forma Invoice",
		"fieldname": "linked_sales_order",
		"fieldtype": "Link",
		"label": "Sales Order in ERPNext",
		"options": "Sales Order",
		"insert_after": "contract_review",
		"no_copy": 1,
	},
	{
		"dt": "Pro Forma Invoice Line",
		"fieldname": "linked_item",
		"fieldtype": "Link",
		"label": "Item in ERPNext",
		"options": "Item",
		"insert_after": "item_code",
	},
	{
		"dt": "Customer Property",
		"fieldname": "linked_item",
		"fieldtype": "Link",
		"label": "Item in ERPNext",
		"options": "Item",
		"insert_after": "identification",
	},
)


def follow_apps(*_app) -> None:
	"""Make or remove the links, by which apps are there now (hooks after_app_install, after_app_uninstall; after migrate)."""
	if "customer_service" in frappe.get_installed_apps():
		follow(LINKS, ERPNEXT)


def follow(links, app: str) -> None:
	"""Make those links whose target belongs to an installed app; remove those whose target is gone.

	:param links: Custom Fields as dicts. :param app: the app that must own the target: another app's DocType may have the same name.
	"""
	there = [link for link in links if _belongs(link["options"], app)]
	seeding.sync_records([_field(link) for link in there], SOURCE)
	for link in links:
		if link not in there:
			_remove(_field(link)["name"])


def _belongs(doctype: str, app: str) -> bool:
	module = frappe.db.get_value("DocType", doctype, "module")
	owner = frappe.db.get_value("Module Def", module, "app_name") if module else None
	return owner == app and app in frappe.get_installed_apps()


def _field(link: dict) -> dict:
	return {"doctype": "Custom Field", "name": f"{link['dt']}-{link['fieldname']}", "module": "Organisation", **link}


def _remove(name: str) -> None:
	"""The field and the note about it, so that it is made again if the app comes back; its column keeps what was entered."""
	shipped = {"reference_doctype": "Custom Field", "reference_name": name, "source": SOURCE}
	for note in frappe.get_all("Shipped Record", shipped, pluck="name"):
		frappe.delete_doc("Custom Field", name, force=True, ignore_missing=True, ignore_permissions=True)
		frappe.delete_doc("Shipped Record", note, force=True, ignore_permissions=True)
