"""Loading a record that is going to be decided on, so that of two at once the second sees what the first did (L2, L4)."""

import frappe


def load(doctype: str, name: str):
	"""The record as committed now, held until the transaction ends.

	A plain read after the lock may still show what this transaction saw first. Then the caller is told to try again from the start;
	see `retry.after_conflict`.

	:raises frappe.DoesNotExistError: without such a record. :raises frappe.QueryDeadlockError: as above.
	"""
	modified = frappe.db.get_value(doctype, name, "modified", for_update=True)
	doc = frappe.get_doc(doctype, name)
	if str(doc.modified) != str(modified):
		raise frappe.QueryDeadlockError
	return doc


def load_many(doctype: str, names: list[str]) -> dict[str, "frappe.model.document.Document"]:
	"""Records as `load` gives them, by name, with one statement a table; those that do not exist are left out.

	:raises frappe.QueryDeadlockError: if one is not what this transaction saw first.
	"""
	table = frappe.qb.DocType(doctype)
	known = frappe.qb.from_(table).where(table.name.isin(names or [""])).orderby(table.name)
	held = dict(known.select(table.name, table.modified).for_update().run())
	rows = {row.name: row for row in known.select("*").run(as_dict=True)}
	if any(name not in rows or rows[name].modified != modified for name, modified in held.items()):
		raise frappe.QueryDeadlockError
	parts: dict[str, dict[str, list]] = {name: {} for name in held}
	for field in frappe.get_meta(doctype).get_table_fields():
		child = frappe.qb.DocType(field.options)
		of_these = child.parent.isin(list(held) or [""]) & (child.parenttype == doctype)
		query = frappe.qb.from_(child).select("*").where(of_these & (child.parentfield == field.fieldname))
		for row in query.orderby(child.idx).run(as_dict=True):
			parts[row.parent].setdefault(field.fieldname, []).append(row)
	return {name: frappe.get_doc({**rows[name], **parts[name], "doctype": doctype}) for name in held}
