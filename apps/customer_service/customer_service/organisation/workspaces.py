"""What a workspace of the desk shows (G-6): Frappe asks for roles, this app also whether the process is in use."""

import frappe
from frappe.desk import desktop

from customer_service.organisation import processes


@frappe.whitelist(methods=["GET", "POST"])
def get_desktop_page(page: str) -> dict:
	"""A workspace as Frappe gives it, without what leads to a process that is off.

	:param page: JSON of the page, as the desk sends it.
	"""
	shown = desktop.get_desktop_page(page)
	off = processes.doctypes_switched_off() | processes.pages_switched_off()
	if not off or not shown:
		return shown
	for part in ("shortcuts", "quick_lists", "number_cards"):
		shown[part]["items"] = [item for item in shown[part]["items"] if _doctype_of(item) not in off]
	for card in shown["cards"]["items"]:
		card["links"] = [link for link in card["links"] if _doctype_of(link) not in off]
	return shown


def _doctype_of(item) -> str | None:
	"""The DocType that a shortcut, link, list or number card is about; None if it is about none."""
	if item.get("number_card_name"):
		return frappe.get_cached_value("Number Card", item.get("number_card_name"), "document_type")
	target = item.get("link_to")
	if "Report" in (item.get("type"), item.get("link_type")):
		return frappe.get_cached_value("Report", target, "ref_doctype")
	return item.get("document_type") or target
