"""Rows of many records written together, by few statements: the audit trail, clocks, and what is imported in bulk.

Outside of `gathered` a row is written at once. Within it rows wait, in the order in which they came, until the block ends; what the
block asks for again and again it may `remember`.
"""

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from datetime import datetime

import frappe

STANDARD = ("name", "creation", "modified", "owner", "modified_by")
"""The columns that every row has; `standard` gives their values."""

ROWS = 500
"""Rows of one statement, at most."""

CHARACTERS = 1_000_000
"""Text of one statement, roughly at most: far below what the server takes in one packet."""


class _Batch:
	def __init__(self):
		self.rows: dict[str, tuple[tuple[str, ...], list[tuple]]] = {}
		self.known: dict[tuple, object] = {}


@contextmanager
def gathered():
	"""Let rows wait until the block ends. If it fails nothing is written: the caller's transaction is to be rolled back."""
	if _batch():
		yield  # the outer block writes
		return
	frappe.local.customer_service_batch = batch = _Batch()
	try:
		yield
	finally:
		frappe.local.customer_service_batch = None
	for doctype, (columns, rows) in batch.rows.items():
		write(doctype, columns, rows)


def _batch() -> _Batch | None:
	return getattr(frappe.local, "customer_service_batch", None)


def insert(doctype: str, columns: tuple[str, ...], rows: list[tuple]) -> None:
	"""Insert rows past the document layer: at once, or when the block of `gathered` ends."""
	batch = _batch()
	if batch is None:
		write(doctype, columns, rows)
	else:
		batch.rows.setdefault(doctype, (columns, []))[1].extend(rows)


def standard(at: datetime, name: str | None = None) -> tuple:
	"""Values of `STANDARD` for a row written at a moment by the present user.

	:param name: a new random one if not given.
	"""
	user = frappe.session.user
	return name or frappe.generate_hash(length=16), at, at, user, user


@contextmanager
def undone_on_error(point: str):
	"""One of several pieces of work within `gathered`, each by itself: if it fails, what it stored and what waits of it is undone.

	:param point: name of the savepoint.
	"""
	batch = _batch()
	waiting = {doctype: len(rows) for doctype, (_columns, rows) in batch.rows.items()}
	frappe.db.savepoint(point)
	try:
		yield
	except Exception:
		frappe.db.rollback(save_point=point)
		for doctype, (_columns, rows) in batch.rows.items():
			del rows[waiting.get(doctype, 0) :]
		raise


def lay_ready(key: tuple, value) -> None:
	"""Have ready what one record of the block will ask for by `take`."""
	_batch().known[key] = value


def take(key: tuple):
	"""What was laid ready, once: it may be another the next time. None if nothing was, or outside of a block."""
	batch = _batch()
	return batch.known.pop(key, None) if batch else None


def remember(key: tuple, find: Callable[[], object]):
	"""What `find` returns; within `gathered` it is asked once a key. For what a block of imports cannot change itself."""
	batch = _batch()
	if batch is None:
		return find()
	if key not in batch.known:
		batch.known[key] = find()
	return batch.known[key]


def write(doctype: str, columns: Iterable[str], rows: list[tuple]) -> None:
	"""Insert rows by as few statements as their size allows.

	Plain SQL with parameters: the query builder takes many times longer for thousands of rows than the server does.
	"""
	columns = tuple(columns)
	head = f"insert into `tab{doctype}` ({', '.join(f'`{column}`' for column in columns)}) values "
	row_mark = f"({', '.join(['%s'] * len(columns))})"
	for part in _parts(rows):
		values = [value for row in part for value in row]
		frappe.db.sql(head + ", ".join([row_mark] * len(part)), values)


def _parts(rows: list[tuple]) -> Iterable[list[tuple]]:
	part, size = [], 0
	for row in rows:
		part.append(row)
		size += sum(len(value) for value in row if isinstance(value, str))
		if len(part) >= ROWS or size >= CHARACTERS:
			yield part
			part, size = [], 0
	if part:
		yield part
