"""Finding a customer by what a person knows of him: address, name, number."""

import re

import frappe
from frappe.query_builder import CustomFunction
from pypika.terms import ValueWrapper

MOST_HITS = 20

# Fewer digits than these are part of a name ("Plant 3"), not of a telephone number.
LEAST_DIGITS = 4

# Digits that numbers are compared by: country and area codes are written in many ways, or not at all.
COMPARED_DIGITS = 8

# What is dialled, however it is grouped.
NUMBER = re.compile(r"[\d\s()+./-]+")

DIGITS_ONLY = CustomFunction("REGEXP_REPLACE", ["value", "pattern", "replacement"])


def find_by_email(email: str) -> str | None:
	"""The only active customer with this e-mail address, his own or a contact's; None if there is none or more than one."""
	customers = set(frappe.get_all("Service Customer", filters={"email": email}, pluck="name"))
	customers.update(
		frappe.get_all(
			"Service Customer Contact", filters={"email": email, "parenttype": "Service Customer"}, pluck="parent"
		)
	)
	if customers:
		known = {"name": ("in", customers), "is_active": 1}
		customers = set(frappe.get_all("Service Customer", filters=known, pluck="name"))
	return customers.pop() if len(customers) == 1 else None


def contact_of(customer: str | None, email: str) -> str | None:
	"""The name of the customer's registered contact with this address."""
	if not customer:
		return None
	filters = {"parent": customer, "parenttype": "Service Customer", "email": email}
	return frappe.db.get_value("Service Customer Contact", filters, "contact_name")


def search(text: str) -> list[dict]:
	"""Active customers whose name, phone number, contact's name or contact's number holds the text, at most `MOST_HITS`.

	The text may stand anywhere in a name, since Chinese companies begin with their town and people say the middle. Such a
	comparison cannot seek in an index, so two to four statements each read one narrow index from end to end and never the
	table: tens of milliseconds for the 10⁴ customers of a company (MariaDB's full-text index knows no Chinese words).
	Names that begin with the text come first. Numbers are compared by their last digits, however they are written.

	:param text: as typed; blanks alone find nothing.
	:returns: ``{"name", "customer_name", "customer_class", "region", "found_by"}``, only what the user may read;
		`found_by` is the contact that matched.
	"""
	text = (text or "").strip()[:140]
	if not text:
		return []
	found: dict[str, str] = {}
	for query in _queries(text):
		for name, contact in query.run():
			found.setdefault(name, contact or "")
	fields = ["name", "customer_name", "customer_class", "region"]
	filters = {"name": ("in", list(found)), "is_active": 1}
	rows = frappe.get_list("Service Customer", filters=filters, fields=fields, limit_page_length=0) if found else []
	start = text.lower()
	rows.sort(key=lambda row: (not row.customer_name.lower().startswith(start), row.customer_name))
	return [{**row, "found_by": found[row.name]} for row in rows[:MOST_HITS]]


def _queries(text: str) -> list:
	"""The parts of a search, each giving (customer, name of the contact that matched) from one index."""
	customer = frappe.qb.DocType("Service Customer")
	contact = frappe.qb.DocType("Service Customer Contact")
	customers = frappe.qb.from_(customer).select(customer.name, ValueWrapper("")).limit(MOST_HITS * 5)
	contacts = frappe.qb.from_(contact).select(contact.parent, contact.contact_name).limit(MOST_HITS * 5)
	pattern = f"%{_literal(text)}%"
	queries = [
		customers.where(customer.customer_name.like(pattern)),
		contacts.where(contact.contact_name.like(pattern)),
	]
	digits = re.sub(r"\D", "", text)
	if len(digits) >= LEAST_DIGITS and NUMBER.fullmatch(text):
		ending = f"%{digits[-COMPARED_DIGITS:]}%"
		queries.append(customers.where(DIGITS_ONLY(customer.phone, "[^0-9]", "").like(ending)))
		queries.append(contacts.where(DIGITS_ONLY(contact.phone, "[^0-9]", "").like(ending)))
	return queries


def _literal(text: str) -> str:
	"""The text with the wildcards of LIKE taken literally."""
	return re.sub(r"([\\%_])", r"\\\1", text)
