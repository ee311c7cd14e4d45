"""Endpoints of stock takes: counts of many lines at once, from a spreadsheet or a scanner (D-4)."""

import csv
import io
import json

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.customer_property import stock_takes
from customer_service.exceptions import PropertyError
from customer_service.organisation import clock, retry, states, text

COLUMNS = ("customer_property", "place", "counted_qty", "remark")
MOST_ROWS = 20_000


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def enter_counts(name: str, rows: list | str) -> dict:
	"""Enter what was counted, for as many lines as are given; all or none. A line that is given again is counted anew.

	:param name: number of a Property Stock Take that is being counted.
	:param rows: a list of ``customer_property``, ``place`` (not needed if the item is on the list once), ``counted_qty``, ``remark``;
		or text of such columns in this order, as a spreadsheet copies or saves it, with or without a line of headings.
	:returns: ``entered``, and ``left``, how many lines are not counted yet.
	:raises PropertyError: names the row that is not on the list, is there twice, or whose quantity is none; frappe.PermissionError.
	"""
	doc = frappe.get_doc(stock_takes.DOCTYPE, name)
	doc.check_permission("write")
	held = frappe.db.get_value(doc.doctype, doc.name, ["workflow_state", "entered_by"], as_dict=True, for_update=True)
	if states.step_of(doc.doctype, held.workflow_state) != stock_takes.COUNTING:
		frappe.throw(_("{0} is not being counted.").format(frappe.bold(escape_html(doc.name))), PropertyError)
	found = _match(doc, _read(rows))
	stock_takes.write(doc.name, found)
	changed = {"entered_by": stock_takes._with(held.entered_by), "modified": clock.now()}
	frappe.db.set_value(doc.doctype, doc.name, {**changed, "modified_by": frappe.session.user}, update_modified=False)
	left = frappe.db.count(stock_takes.LINE, {"parent": doc.name, "is_counted": 0})
	return {"entered": len(found), "left": left}


def _read(rows: list | str) -> list[dict]:
	if isinstance(rows, str):
		rows = json.loads(rows) if rows.lstrip().startswith("[") else _columns(rows)
	if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
		frappe.throw(_("The counts cannot be read."), PropertyError)
	if not rows or len(rows) > MOST_ROWS:
		frappe.throw(_("Give at least one count, and at most {0}.").format(MOST_ROWS), PropertyError)
	return rows


def _columns(given: str) -> list[dict]:
	"""Rows of text from a spreadsheet: tabs, semicolons or commas between the columns."""
	first = given.lstrip("\ufeff").lstrip("\n").split("\n", 1)[0]
	mark = next((mark for mark in ("\t", ";", ",") if mark in first), "\t")
	rows = [row for row in csv.reader(io.StringIO(given.lstrip("\ufeff")), delimiter=mark) if any(map(str.strip, row))]
	found = [dict(zip(COLUMNS, [cell.strip() for cell in row], strict=False)) for row in rows]
	return found[1:] if found and _is_heading(found[0]) else found


def _is_heading(row: dict) -> bool:
	return not any(character.isdigit() for character in row.get("counted_qty") or "") and not frappe.db.exists(
		"Customer Property", row.get("customer_property")
	)


def _match(doc, rows: list[dict]) -> list[tuple]:
	"""The lines that are meant, each with its count."""
	known: dict[str, dict[str, str]] = {}
	for line in doc.lines:
		known.setdefault(line.customer_property, {})[line.place] = line.name
	found: dict[str, tuple] = {}
	for number, row in enumerate(rows, 1):
		line = _line(known.get(str(row.get("customer_property") or "").strip(), {}), row, number)
		if line in found:
			_refuse(number, _("it is there twice"))
		remark = text.plain(str(row.get("remark") or ""))[:140]
		found[line] = (line, stock_takes.counted(row.get("counted_qty"), number), 1, remark)
	return list(found.values())


def _line(lines: dict[str, str], row: dict, number: int) -> str:
	place = str(row.get("place") or "").strip()
	shown = escape_html(str(row.get("customer_property") or "")[:60])
	if not lines or (place and place not in lines):
		_refuse(number, _("{0} is not on the list of this count").format(frappe.bold(shown)))
	if not place and len(lines) > 1:
		_refuse(number, _("{0} lies at several places; name one").format(frappe.bold(shown)))
	return lines[place] if place else next(iter(lines.values()))


def _refuse(number: int, reason: str) -> None:
	frappe.throw(_("Row {0}: {1}.").format(number, reason), PropertyError)
