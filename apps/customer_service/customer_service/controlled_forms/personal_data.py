"""Erasure of a person's data: who is named is forgotten; numbers, classes, dates, quantities and the company stay (J-4).

What is personal is declared once, in Frappe's own hook `user_data_fields`, so that Frappe's *Personal Data Deletion Request* works
on the app's records, too. Keys of our own in it, which Frappe passes over:

- ``person``, ``phone``: the fields with the person's name and telephone,
- ``copies``: fields that may repeat the name, emptied only where they do,
- ``texts``: free text, emptied on demand,
- ``only``: values that the record must have for its own fields to be a person's.
"""

import html
import json

import frappe

from customer_service.controlled_forms import holds, removal, retention
from customer_service.organisation import events, processes

FORGOTTEN = "***"
"""Stands where a name was; the same in every language."""

SHORTEST = 2
"""Characters that a forgotten value needs to be looked for elsewhere: a Chinese name has two."""

ALWAYS_REMOVED = ("Email Queue", "Guest Link")
"""Mails hold the address in encoded form, where it cannot be searched; links let the person in."""


def declarations() -> dict[str, dict]:
	"""DocType -> declaration, of the app's own record types and their rows."""
	return {
		each["doctype"]: each
		for each in frappe.get_hooks("user_data_fields") or []
		if each.get("person") and processes.is_ours(each["doctype"])
	}


def anonymise(
	doctype: str, name: str, texts: bool = False, person: dict | None = None, detail: str | None = None
) -> bool:
	"""Make a record anonymous and remove what beside it holds the old values; returns whether there was anything to do.

	The record's fields are written past its controller, which refuses every change of a closed case. The caller has checked who
	may; it commits.

	:param texts: empty free text and remove attachments as well.
	:param person: ``email``, ``phone``, ``name``: of a customer with several contacts only those of this person.
	:param detail: what the audit trail says besides, such as the number of the request.
	:raises LegalHoldError, CaseRunningError, DoesNotExistError:
	"""
	doc = frappe.get_doc(doctype, name, for_update=True)
	holds.refuse(doc)
	retention.refuse_running(doc)
	changes = [(part, new) for part in _parts(doc, person) if (new := _new_values(part, doc, texts))]
	old = {str(part.get(field)).strip().lower() for part, new in changes for field in new if part.get(field)}
	for part, new in changes:
		frappe.db.set_value(part.doctype, part.name, new, update_modified=part is doc)
	files = _remove_traces(doc, {value for value in old if len(value) >= SHORTEST and value != FORGOTTEN}, texts)
	if not changes and not files:
		return False
	frappe.clear_document_cache(doctype, name)
	events.record(doc, "Anonymised", detail=detail)
	removal.wipe(files)
	return True


def _parts(doc, person: dict | None):
	"""The record and its rows, as far as they are a person's."""
	declared = declarations()
	for part in (doc, *doc.get_all_children()):
		own = declared.get(part.doctype)
		if not own or any(part.get(key) != value for key, value in own.get("only", {}).items()):
			continue
		if not person or part.doctype in retention.registered() or _is(part, own, person):
			yield part


def _is(part, own: dict, person: dict) -> bool:
	pairs = (("email", "filter_by"), ("phone", "phone"), ("name", "person"))
	return any(
		person.get(key) and str(part.get(own[field]) or "").strip().lower() == person[key].strip().lower()
		for key, field in pairs
	)


def _new_values(part, doc, texts: bool) -> dict:
	own = declarations()[part.doctype]
	old_name = part.get(own["person"])
	is_person = frappe.db.get_value("Service Customer", doc.get("customer"), "customer_type") == "Person"
	emptied = [own["person"], *own["redact_fields"], *(own.get("texts", ()) if texts else ())]
	emptied += [field for field in own.get("copies", ()) if is_person or part.get(field) == old_name]
	new = {}
	for field in dict.fromkeys(emptied):
		keeps_mark = field == own["person"] or field in own.get("copies", ()) or part.meta.get_field(field).reqd
		value = FORGOTTEN if keeps_mark else None
		if part.get(field) and part.get(field) != value:
			new[field] = value
	return new


def _remove_traces(doc, old: set[str], texts: bool) -> list:
	"""Remove what Frappe keeps beside the record and holds an old value; returns Files whose content is still on disk."""
	if not old and not texts:
		return []
	files = removal.erase_satellites(doc.doctype, [doc.name], only=ALWAYS_REMOVED)
	for satellite, doctype_field, name_field in removal.SATELLITES:
		on_demand = satellite == "File" and not texts  # evidence of the case, whatever the file is called
		if satellite in ALWAYS_REMOVED or on_demand or not frappe.db.table_exists(satellite):
			continue
		rows = frappe.get_all(satellite, {doctype_field: doc.doctype, name_field: doc.name}, ["*"])
		everything = texts and satellite in ("File", "Version", "Communication", "Comment")
		files += removal.erase(satellite, [row.name for row in rows if everything or _holds(row, old)])
	files += removal.erase_copies(doc.doctype, doc.name)
	frappe.db.delete("__global_search", {"doctype": doc.doctype, "name": doc.name})
	_blank_events(doc, old)
	_blank_columns(doc, old, texts)
	removal.blank_titles(doc.doctype, doc.name)
	return files


def _blank_columns(doc, old: set[str], texts: bool) -> None:
	"""Frappe repeats comments and tags in columns of the record's own table."""
	for column in ("_comments", "_user_tags"):
		value = (
			frappe.db.get_value(doc.doctype, doc.name, column) if frappe.db.has_column(doc.doctype, column) else None
		)
		if value and ((texts and column == "_comments") or _holds({column: value}, old)):
			frappe.db.set_value(doc.doctype, doc.name, column, None, update_modified=False)


def _holds(row: dict, old: set[str]) -> bool:
	"""Whether a row holds one of the values, in plain text, HTML or JSON."""
	text = " ".join(_plain(value) for value in row.values() if isinstance(value, str)).lower()
	return any(value in text for value in old)


def _plain(value: str) -> str:
	if value.startswith(("{", "[")):
		try:
			value = json.dumps(json.loads(value), ensure_ascii=False)
		except ValueError:
			pass
	return f"{value} {html.unescape(value)}"


def _blank_events(doc, old: set[str]) -> None:
	fields = ("before_value", "after_value", "detail")
	rows = frappe.get_all(
		"Service Event", {"reference_doctype": doc.doctype, "reference_name": doc.name}, ["name", *fields]
	)
	event = frappe.qb.DocType("Service Event")
	for field in fields:
		names = [row.name for row in rows if row[field] and _holds({field: row[field]}, old)]
		if names:
			frappe.qb.update(event).set(event[field], None).where(event.name.isin(names)).run()


def find_records(email: str | None = None, phone: str | None = None, name: str | None = None) -> list[tuple[str, str]]:
	"""(DocType, name) of every record that names a person, by e-mail, phone or exact name; any of them is enough."""
	found = {}
	for doctype, own in declarations().items():
		asked = {own["filter_by"]: email, own["phone"]: phone, own["person"]: name}
		matches = {field: value.strip() for field, value in asked.items() if value and value.strip()}
		if not matches or not processes.is_doctype_on(doctype):
			continue
		is_row = frappe.get_meta(doctype).istable
		fields = ["parenttype", "parent"] if is_row else ["name"]
		for row in frappe.get_all(
			doctype, filters=own.get("only"), or_filters=matches, fields=fields, order_by="creation"
		):
			found[(row.parenttype, row.parent) if is_row else (doctype, row.name)] = True
	return list(found)


def before_frappe_deletes(request, _method=None) -> None:
	"""Hook validate of *Personal Data Deletion Request*: before Frappe redacts fields, make our records of the person anonymous.

	Frappe would redact open and held records, too, and leaves versions, mails and comments as they are.

	:raises LegalHoldError, CaseRunningError: nothing is deleted then; the request can be run again.
	"""
	before = request.get_doc_before_save()
	if not request.deletion_steps or (before and before.deletion_steps):
		return
	person = {"email": request.email}
	for doctype, name in find_records(email=request.email):
		anonymise(doctype, name, person=person, detail=request.name)
