"""Tables of a benchmark's own in place of the site's: the same columns and indexes, filled by SQL, dropped in the end.

Nothing is deleted row by row, and nothing of the site's is touched. A run that was killed in between is put right by the next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager

import frappe

KEPT = "benchmark kept "


def put_aside(tables: Iterable[str]) -> None:
	"""Put the site's tables aside; empty ones like them take their place."""
	give_back(tables)
	for table in tables:
		frappe.db.sql_ddl(f"create table `{KEPT}new` like `tab{table}`")
		frappe.db.sql_ddl(f"rename table `tab{table}` to `{KEPT}{table}`, `{KEPT}new` to `tab{table}`")


def give_back(tables: Iterable[str]) -> None:
	"""Give the site its own tables back, as far as they are put aside."""
	frappe.db.commit()
	frappe.db.sql_ddl(f"drop table if exists `{KEPT}new`")
	for table in tables:
		if frappe.db.sql("show tables like %s", f"{KEPT}{table}"):
			frappe.db.sql_ddl(f"drop table if exists `tab{table}`")
			frappe.db.sql_ddl(f"rename table `{KEPT}{table}` to `tab{table}`")
	frappe.db.commit()


@contextmanager
def without_indexes(table: str):
	"""Fill a table first and sort its indexes afterwards, which is several times faster."""
	indexes: dict[str, list[str]] = {}
	for row in frappe.db.sql(f"show index from `tab{table}` where Key_name != 'PRIMARY'", as_dict=True):
		kind = "index" if row.Non_unique else "unique index"
		indexes.setdefault(f"{kind} `{row.Key_name}`", []).append(f"`{row.Column_name}`")
	if indexes:
		drop = ", ".join(f"drop index {name.split(' ')[-1]}" for name in indexes)
		frappe.db.sql_ddl(f"alter table `tab{table}` {drop}")
	yield
	if indexes:
		add = ", ".join(f"add {name} ({', '.join(columns)})" for name, columns in indexes.items())
		frappe.db.sql_ddl(f"alter table `tab{table}` {add}")


def analyze(tables: Iterable[str]) -> None:
	"""Let the server count what lies in them."""
	for table in tables:
		frappe.db.sql_ddl(f"analyze table `tab{table}`")
	frappe.db.commit()
