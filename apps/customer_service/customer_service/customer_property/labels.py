"""Labels for customers' property: a QR code that the scan page and any telephone can read (D-1, D-6)."""

from functools import lru_cache

import frappe
import segno
from frappe.utils import get_url

PAGE = "/app/property-scan/"


def cs_property_code(doc) -> str:
	"""The QR code of an item as a ``data:`` picture: the address of its page on the configured host (hook jinja)."""
	return _picture(address(doc.name)) if doc.name else ""


def address(name: str) -> str:
	"""Where a label leads; whoever opens it must be logged in."""
	return f"{(frappe.conf.host_name or get_url()).rstrip('/')}{PAGE}{name}"


@lru_cache(maxsize=512)
def _picture(text: str) -> str:
	return segno.make(text, error="m", micro=False, boost_error=False).png_data_uri(scale=4, border=1)
