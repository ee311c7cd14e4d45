"""Values kept in Redis that follow from records, such as the routing rules. Their keys begin with the app's name."""

import frappe

PREFIX = "customer_service_"


def forget_all() -> None:
	"""Drop all of them: after a restore, or a change past the documents (hook clear_cache, `bench clear-cache`)."""
	frappe.cache().delete_keys(PREFIX)


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
