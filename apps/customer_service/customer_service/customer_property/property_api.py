"""Endpoints of the register of customers' property (D-1)."""

import json

import frappe
from frappe.utils import sbool

from customer_service.customer_property import stock_import
from customer_service.organisation import text


@frappe.whitelist(methods=["POST"])
def import_property(rows: list | str, skip_bad_rows: bool | int | str = False) -> dict:
	"""Enter what is already held: at most 2,000 rows a call, all or none unless bad rows are skipped.

	:param rows: fields of Customer Property, and ``qty``, ``place`` (a Storage Place) and ``received_on`` (today if missing) of each.
	:returns: ``names`` of the new entries in order, ``errors``: ``row`` (1 is the first) and ``message`` of each bad one.
	:raises ImportRefusedError: names the bad rows; frappe.PermissionError: without the rights to import and to receive.
	"""
	stock_import.check_rights()
	return stock_import.import_rows(json.loads(rows) if isinstance(rows, str) else rows, sbool(skip_bad_rows))


@frappe.whitelist(methods=["POST"])
def reverse_opening(name: str, reason: str) -> None:
	"""Take back what `import_property` entered of an item by mistake, while nothing else was entered for it.

	:param name: number of a Customer Property. :param reason: kept with the correcting entries.
	:raises PropertyError: says why not; frappe.PermissionError: without the rights to import and to move.
	"""
	stock_import.check_rights()
	frappe.get_doc("Customer Property", name).check_permission("read")
	stock_import.reverse_opening(name, text.plain(str(reason or ""))[:500] or "–")
