"""Rows of a record are stored with it, never past it: the record's own rules are what guards them (S2, L3).

Frappe's resource API saves and deletes a row by itself for whoever may write the record, and asks the record nothing.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from customer_service.exceptions import LooseRowError
from customer_service.organisation import batched

NUMBERS = ("Check", "Int", "Float", "Currency", "Percent")


class Row(Document):
	"""Base of every child DocType. Frappe calls these hooks only for a row that is stored or deleted alone."""

	def validate(self):
		self.refuse_alone()

	def on_trash(self):
		self.refuse_alone()

	def refuse_alone(self) -> None:
		"""
		:raises LooseRowError: always; names the record.
		"""
		frappe.throw(
			_("A row of {0} is changed together with its record {1}; open that and save it.").format(
				_(self.parenttype or self.doctype), frappe.bold(escape_html(self.parent or "?"))
			),
			LooseRowError,
		)


class RowWrittenTogether(Row):
	"""A row that a new record stores with all others of its table by one statement, while Frappe stores them one by one.

	The record calls `write_waiting` in after_insert. Afterwards a row is stored as any other. It may come without a name, so that a record
	whose rows no rule names is inserted with ``set_child_names=False``: Frappe asks seven handlers for the name of every single row.
	"""

	def db_insert(self, *args, **kwargs):
		record = getattr(self, "parent_doc", None)
		if record is None or not record.flags.rows_wait:
			return super().db_insert(*args, **kwargs)
		record.flags.rows_wait.append(self)
		self.set("__islocal", False)


def let_wait(doc) -> None:
	"""The rows of a new record wait for `write_waiting` (before_insert)."""
	doc.flags.rows_wait = _Waiting()


def write_waiting(doc) -> None:
	"""Store what waits, one statement a table (after_insert)."""
	tables: dict[str, list] = {}
	for row in doc.flags.rows_wait or ():
		row.name = row.name or frappe.generate_hash(length=16)
		if not row.creation:  # came while the record was being stored
			row.creation, row.modified, row.owner, row.modified_by = doc.creation, doc.modified, doc.owner, doc.owner
		tables.setdefault(row.doctype, []).append(row)
	doc.flags.rows_wait = None
	for doctype, rows in tables.items():
		meta = frappe.get_meta(doctype)
		columns = meta.get_valid_columns()
		empty = {field.fieldname: 0 for field in meta.fields if field.fieldtype in NUMBERS} | {"docstatus": 0}
		batched.write(doctype, columns, [_values(row, columns, empty) for row in rows])


def _values(row, columns: list[str], empty: dict[str, int]) -> tuple:
	"""What is stored of a row; 0 for nothing where a column cannot be empty. Frappe has checked and read the values by now."""
	found = (row.get(column) for column in columns)
	return tuple(empty.get(column) if value is None else value for column, value in zip(columns, found, strict=True))


def lacks_defaults(doc) -> bool:
	"""Whether a new record, or a row of it, has no value yet where its DocType, as administrators may have changed it, sets one.

	Frappe looks defaults up by a query for each of its tables, also where there is nothing to set.
	"""
	known = [(doc.meta, [doc])]
	known += [(frappe.get_meta(table.options), doc.get(table.fieldname) or []) for table in doc.meta.get_table_fields()]
	return any(
		row.get(field.fieldname) is None
		for meta, rows in known
		if rows
		for field in meta.fields
		if field.default or (field.fieldtype == "Select" and (field.options or "").split("\n")[0])
		for row in rows
	)


class _Waiting(list):
	"""True also while it is empty."""

	def __bool__(self) -> bool:
		return True
