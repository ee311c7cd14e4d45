"""For a story that loads another company's profile into the site that all tests share: afterwards the site is as it was."""

import frappe
import pytest

KEPT = ("tabSessions", "tabError Log", "tabActivity Log", "tabAccess Log", "tabRoute History")
"""What Frappe writes about its own working stays as it comes."""


@pytest.fixture
def site_as_before(site):
	"""Every row of every table is written back as it was before the test; the test may commit what it likes."""
	frappe.db.rollback()
	before = {table: frappe.db.sql(f"select * from `{table}`") for table in _tables()}
	sums = _checksums(before)
	yield
	frappe.set_user("Administrator")
	frappe.db.rollback()
	for table, found in _checksums(before).items():
		if found != sums[table]:
			_write_back(table, before[table])
	frappe.db.commit()
	frappe.clear_cache()


def _tables() -> list[str]:
	return [table for table in frappe.db.get_tables(cached=False) if table.startswith("tab") and table not in KEPT]


def _checksums(tables) -> dict[str, int]:
	named = ", ".join(f"`{table}`" for table in tables)
	return {row[0].split(".", 1)[1]: row[1] for row in frappe.db.sql(f"checksum table {named}")}


def _write_back(table: str, rows: tuple) -> None:
	frappe.db.sql(f"delete from `{table}`")
	if rows:
		places = ", ".join(["%s"] * len(rows[0]))
		for start in range(0, len(rows), 500):
			part = rows[start : start + 500]
			values = [value for row in part for value in row]
			frappe.db.sql(f"insert into `{table}` values {', '.join([f'({places})'] * len(part))}", values)
