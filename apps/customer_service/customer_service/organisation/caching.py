"""Values kept in Redis that follow from records, such as the routing rules."""

import frappe


def forget(key: str) -> None:
	"""Drop a cached value now, and again when the transaction ends.

	Dropped only now, another process could read the old records and keep them before this transaction commits; or this one
	could keep what it then rolls back.
	"""

	def drop():
		frappe.cache().delete_value(key)

	drop()
	frappe.db.after_commit.add(drop)
	frappe.db.after_rollback.add(drop)
