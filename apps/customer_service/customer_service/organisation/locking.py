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
