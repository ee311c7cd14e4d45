"""Takes a record out of the database for good, with everything that holds its content (J-4).

Frappe's own deletion is of no use here: it gives the last number of a series back, keeps the content in *Deleted Document*, and
leaves the mails. Nobody but an approved disposal calls this.
"""

import frappe
from frappe.utils.password import delete_all_passwords_for

SATELLITES = (
	("Access Log", "export_from", "reference_document"),
	("Activity Log", "link_doctype", "link_name"),
	("Activity Log", "reference_doctype", "reference_name"),
	("Activity Log", "timeline_doctype", "timeline_name"),
	("Auto Repeat", "reference_doctype", "reference_document"),
	("Comment", "reference_doctype", "reference_name"),
	("Communication", "reference_doctype", "reference_name"),
	("Deleted Document", "deleted_doctype", "deleted_name"),
	("Discussion Topic", "reference_doctype", "reference_docname"),
	("DocShare", "share_doctype", "share_name"),
	("Document Follow", "ref_doctype", "ref_docname"),
	("Document Share Key", "reference_doctype", "reference_docname"),
	("Email Queue", "reference_doctype", "reference_name"),
	("Email Unsubscribe", "reference_doctype", "reference_name"),
	("Energy Point Log", "reference_doctype", "reference_name"),
	("Error Log", "reference_doctype", "reference_name"),
	("Escalation Log", "reference_doctype", "reference_name"),
	("File", "attached_to_doctype", "attached_to_name"),
	("Guest Link", "reference_doctype", "reference_name"),
	("Integration Request", "reference_doctype", "reference_docname"),
	("Milestone", "reference_type", "reference_name"),
	("Notification Log", "document_type", "document_name"),
	("Reminder", "reminder_doctype", "reminder_docname"),
	("Routing Decision", "reference_doctype", "reference_name"),
	("Service Clock", "reference_doctype", "reference_name"),
	("Submission Queue", "ref_doctype", "ref_docname"),
	("Tag Link", "document_type", "document_name"),
	("ToDo", "reference_type", "reference_name"),
	("User Permission", "allow", "for_value"),
	("Version", "ref_doctype", "docname"),
	("View Log", "reference_doctype", "reference_name"),
	("Workflow Action", "reference_doctype", "reference_name"),
)
"""What Frappe and the app keep beside a record: DocType, field with the record's DocType, field with its name."""

OWN_SATELLITES = ("Comment", "Communication", "Email Queue", "File", "Print Job", "ToDo")
"""Those of them that have others of their own: a mail's attachment, a to-do's history."""

CHILD_SATELLITES = ("Communication Link",)


def satellites() -> set[str]:
	"""DocTypes whose rows go with the record they name."""
	return {doctype for doctype, _doctype_field, _name_field in SATELLITES} | set(CHILD_SATELLITES)


def remove(doc) -> list:
	"""Remove the record, its rows and satellites; the series of its number is left alone.

	Files on disk are still there: the caller passes what is returned to `wipe` as the last thing before it commits.
	"""
	files = erase_satellites(doc.doctype, [doc.name])
	blank_events(doc.doctype, doc.name)
	blank_titles(doc.doctype, doc.name)
	files += erase_copies(doc.doctype, doc.name)
	for field in doc.meta.get_table_fields():
		frappe.db.delete(field.options, {"parenttype": doc.doctype, "parent": doc.name})
	frappe.db.delete(doc.doctype, {"name": doc.name})
	frappe.db.delete("__global_search", {"doctype": doc.doctype, "name": doc.name})
	delete_all_passwords_for(doc.doctype, doc.name)
	frappe.clear_document_cache(doc.doctype, doc.name)
	return files


def erase_satellites(doctype: str, names: list[str], only: tuple[str, ...] | None = None) -> list:
	"""Delete what is kept beside records; returns the File documents whose content is still on disk."""
	files = []
	for satellite, doctype_field, name_field in SATELLITES:
		if (only and satellite not in only) or not frappe.db.table_exists(satellite):
			continue
		found = frappe.get_all(satellite, filters={doctype_field: doctype, name_field: ("in", names)}, pluck="name")
		files += erase(satellite, found)
	if doctype == "Communication":
		files += erase("Email Queue", frappe.get_all("Email Queue", {"communication": ("in", names)}, pluck="name"))
	return files


def erase(doctype: str, names: list[str]) -> list:
	"""Delete rows of a satellite with their own rows and satellites; returns Files as `erase_satellites` does."""
	if not names:
		return []
	files = erase_satellites(doctype, names) if doctype in OWN_SATELLITES else []
	if doctype == "File":
		files += [frappe.get_doc("File", name) for name in names]
	for field in frappe.get_meta(doctype).get_table_fields():
		frappe.db.delete(field.options, {"parenttype": doctype, "parent": ("in", names)})
	frappe.db.delete(doctype, {"name": ("in", names)})
	return files


def wipe(files: list) -> None:
	"""Delete the content of removed Files from the disk, unless a File that is left has the same."""
	for file in files:
		if file.file_url and not frappe.db.exists("File", {"file_url": file.file_url}):
			file.delete_file_data_content()


def blank_events(doctype: str, name: str) -> None:
	"""Empty the free text of the record's audit trail; what happened, when and by whom stays."""
	event = frappe.qb.DocType("Service Event")
	frappe.qb.update(event).set(event.detail, None).where(
		(event.reference_doctype == doctype) & (event.reference_name == name)
	).run()


def blank_titles(doctype: str, name: str) -> None:
	"""Empty the record's title in requests for disposal: it is content, too."""
	row = frappe.qb.DocType("Record Disposal Row")
	frappe.qb.update(row).set(row.title, None).where((row.document_type == doctype) & (row.document_name == name)).run()


def erase_copies(doctype: str, name: str) -> list:
	"""Delete prints of many records that this one is in, and what Frappe kept of comments, files and the like that somebody
	deleted by hand; returns Files as `erase_satellites` does."""
	frappe.db.delete(
		"Deleted Document", {"deleted_doctype": ("in", list(satellites())), "data": ("like", f'%"{name}"%')}
	)
	prints = frappe.get_all("Print Job", {"document_type": doctype, "records": ("like", f'%"{name}"%')}, pluck="name")
	return erase("Print Job", prints)
