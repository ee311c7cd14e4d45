"""Endpoints of the register of customers' property (D-1)."""

import json

import frappe
from frappe.utils import sbool

from customer_service.customer_property import stock_import


@frappe.whitelist(methods=["POST"])
def import_property(rows: list | str, skip_bad_rows: bool | int | str = False) -> dict:
	"""Enter what is already held: at most 2,000 rows a call, all or none unless bad rows are skipped.

	:param rows: fields of Customer Property, and ``qty``, ``place`` (a Storage Place) and ``received_on`` (today if missing) of each.
	:returns: ``names`` of the new entries in order, ``errors``: ``row`` (1 is the first) and ``message`` of each bad one.
	:raises ImportRefusedError: names the bad rows; frappe.PermissionError: without the rights to import and to receive.
	"""
	stock_import.check_rights()
	return stock_import.import_rows(json.loads(rows) if isinstance(rows, str) else rows, sbool(skip_bad_rows))
