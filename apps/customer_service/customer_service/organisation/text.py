"""Text that people typed: kept as plain text, whoever typed it (S5)."""

import re

import frappe
from frappe import _

from customer_service.exceptions import CustomerServiceError

# What a browser would take for a tag. "a < b" and "5<6" are text and stay.
TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
TAG_START = re.compile(r"<(?=[a-zA-Z/!?])")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")

TEXT_FIELDS = ("Data", "Small Text", "Text", "Long Text")

# What a column of Small Text holds in bytes; also far more than a person types into one field.
MOST_BYTES = 65_000


def plain(value: str) -> str:
	"""The text without tags and control characters; a lone "<" before a letter gets a space, so that it opens no tag."""
	value = CONTROL.sub("", value)
	for _pass in range(3):  # taking one tag out may join the halves of another; what is left after that opens none
		value = TAG.sub("", value)
	return TAG_START.sub("< ", value)


def make_plain(doc) -> None:
	"""Make every text field of a record and its rows plain text.

	:raises CustomerServiceError: for a text that is too long; names the field.
	"""
	for part in (doc, *doc.get_all_children()):
		for name, value in list(vars(part).items()):  # what is there: most fields of most records are empty
			if not isinstance(value, str) or _is_short_and_plain(value):
				continue
			field = part.meta.get_field(name)
			if not field or field.fieldtype not in TEXT_FIELDS:
				continue
			if len(value.encode()) > MOST_BYTES:
				frappe.throw(
					_("{0} is too long: at most {1} characters. Attach the rest as a file.").format(
						frappe.bold(_(field.label)), MOST_BYTES
					),
					CustomerServiceError,
				)
			if "<" in value or CONTROL.search(value):
				part.set(name, plain(value))


def _is_short_and_plain(value: str) -> bool:
	return len(value) * 4 <= MOST_BYTES and "<" not in value and not CONTROL.search(value)
