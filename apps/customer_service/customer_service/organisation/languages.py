"""In which language the app speaks where no reader is there to say so."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
	"""Words within are translated into this language; into the present one if none is given."""
	before = frappe.local.lang
	frappe.local.lang = language or before
	try:
		yield
	finally:
		frappe.local.lang = before


def of_site() -> str | None:
	"""The language of the System Settings: what the app writes into a record that many read is in this one, whoever caused it."""
	return frappe.get_system_settings("language")
