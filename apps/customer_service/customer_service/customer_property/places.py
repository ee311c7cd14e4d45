"""Storage places: which are receiving areas, which belong to which, and what may be kept there (D-1, D-6)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.exceptions import LedgerError, PropertyError
from customer_service.organisation import caching

DOCTYPE = "Storage Place"


def receiving() -> set[str]:
	"""Names of the places where things lie that have arrived and are not in store yet."""
	return set(frappe.cache().hget(KEPT, "receiving", _find_receiving))


KEPT = "customer_service_places"


def _find_receiving() -> list[str]:
	return frappe.get_all(DOCTYPE, filters={"is_receiving": 1}, pluck="name")


def forget() -> None:
	"""Drop what is kept of places; called when one changes."""
	caching.forget(KEPT)


def with_those_below(place: str) -> set[str]:
	"""A place and all that belong to it, directly or not."""
	below: dict[str, list[str]] = {}
	for row in frappe.get_all(DOCTYPE, fields=["name", "parent_place"]):
		below.setdefault(row.parent_place, []).append(row.name)
	found, waiting = set(), [place]
	while waiting:
		name = waiting.pop()
		if name not in found:
			found.add(name)
			waiting += below.get(name, [])
	return found


def refuse_circle(doc) -> None:
	"""
	:raises PropertyError: for a place that would belong to itself.
	"""
	if doc.parent_place and not doc.is_new() and doc.parent_place in with_those_below(doc.name):
		frappe.throw(
			_("{0} cannot belong to {1}, which belongs to it.").format(
				frappe.bold(escape_html(doc.name)), frappe.bold(escape_html(doc.parent_place))
			),
			PropertyError,
		)


def stored(place: str | None) -> str | None:
	"""The name as it is stored: the server finds a place also by other capitals or with a blank at its end, balances do not."""
	return place and (frappe.db.get_value(DOCTYPE, place, "name", cache=True) or place)


def demand(place: str, protection_class: str | None, what: str) -> None:
	"""Refuse to put something where its protection class cannot be kept.

	:param what: the item and its row, for the message, translated.
	:raises LedgerError: also for a place that is not there or not in use.
	"""
	known = frappe.get_cached_doc(DOCTYPE, place) if frappe.db.exists(DOCTYPE, place, cache=True) else None
	if not known or not known.is_active:
		frappe.throw(
			_("{0}: storage place {1} is not in use.").format(what, frappe.bold(escape_html(str(place)))), LedgerError
		)
	met = [row.protection_class for row in known.protection_classes]
	if met and protection_class and protection_class not in met:
		frappe.throw(
			_("{0}: {1} does not meet protection class {2}. Choose another storage place.").format(
				what, frappe.bold(escape_html(place)), frappe.bold(escape_html(_(protection_class)))
			),
			LedgerError,
		)
