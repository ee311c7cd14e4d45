"""Records that come with the app or a preset and then belong to the site.

A seed is created once. From then on **Shipped Record** remembers what was shipped and what was stored, so that a later version of
the app may update the record only if the site has not touched it; otherwise the difference is offered there. A record that the
site deleted stays deleted, and one that was there before us is never touched.
"""

import copy
import difflib
import json
from pathlib import Path

import frappe

from customer_service.compat import server_scripts_enabled
from customer_service.organisation.content import content_of, fingerprint

SEEDS = Path(__file__).parents[1] / "seeds"


def sync_seeds() -> None:
	"""Create the app's seeds, update untouched ones (install and migrate)."""
	for path in sorted(SEEDS.glob("*.json")):
		sync_records(read(path), source=f"seeds/{path.name}")
	follow_script_switch()


def read(path: Path) -> list[dict]:
	"""The records of a seed file. A value ``{"$file": "name"}`` stands for the text of a file beside it."""
	return [_with_files(record, path.parent) for record in json.loads(path.read_text(encoding="utf-8"))]


def _with_files(value, folder: Path):
	if isinstance(value, dict):
		if set(value) == {"$file"}:
			return (folder / value["$file"]).read_text(encoding="utf-8")
		return {key: _with_files(item, folder) for key, item in value.items()}
	if isinstance(value, list):
		return [_with_files(item, folder) for item in value]
	return value


def sync_records(records: list[dict], source: str) -> list[str]:
	"""Create or update shipped records; returns what was done, one line each.

	:param source: where they come from, such as ``seeds/workflow.json``; two sources never update each other's records.
	"""
	return [line for record in records if (line := _sync(record, source))]


def _sync(record: dict, source: str) -> str | None:
	doctype, name = record["doctype"], record["name"]
	known = frappe.db.get_value(
		"Shipped Record",
		{"reference_doctype": doctype, "reference_name": name},
		["name", "source", "shipped_hash", "stored_hash"],
		as_dict=True,
	)
	exists = frappe.db.exists(doctype, name)
	if not known:
		return None if exists else _create(record, source)
	if known.source != source:
		return None
	if not exists:
		_note(known.name, status="Deleted by the Site")
		return None
	doc = frappe.get_doc(doctype, name)
	if fingerprint(content_of(doc)) == known.stored_hash:
		if fingerprint(record) != known.shipped_hash:
			return _update(doc, record, known)
		_note(known.name, status="As Shipped")  # a change that the site has taken back is none
		return None
	if fingerprint(record) == known.shipped_hash:
		_note(known.name, status="Changed by the Site")
		return None
	return _offer(doc, record, known)


def _create(record: dict, source: str) -> str:
	doc = frappe.get_doc(copy.deepcopy(record))  # a document keeps and changes the rows that it is made from
	doc.name = record["name"]
	doc.flags.name_set = True
	doc.flags.ignore_permissions = True
	doc.flags.is_shipped = True
	doc.insert()
	note = frappe.new_doc("Shipped Record")
	note.update(
		{
			"reference_doctype": doc.doctype,
			"reference_name": doc.name,
			"source": source,
			"shipped_hash": fingerprint(record),
			"stored_hash": fingerprint(content_of(frappe.get_doc(doc.doctype, doc.name))),
			"status": "As Shipped",
		}
	)
	note.insert(ignore_permissions=True)
	return f"created {doc.doctype} {doc.name}"


def _update(doc, record: dict, known) -> str:
	for field in doc.meta.get_table_fields():
		doc.set(field.fieldname, [])
	doc.update({key: copy.deepcopy(value) for key, value in record.items() if key not in ("doctype", "name")})
	doc.flags.ignore_permissions = True
	doc.save()
	doc.reload()
	_note(
		known.name,
		shipped_hash=fingerprint(record),
		stored_hash=fingerprint(content_of(doc)),
		status="As Shipped",
		offered_difference=None,
	)
	return f"updated {doc.doctype} {doc.name}"


def _offer(doc, record: dict, known) -> None:
	"""Show what the new version would change; compared are only the fields that the seed sets."""
	present = content_of(doc)
	wanted = {key: value for key, value in record.items() if key not in ("doctype", "name")}
	difference = difflib.unified_diff(
		_lines({key: present.get(key) for key in wanted}), _lines(wanted), "site", "app", lineterm=""
	)
	_note(known.name, status="Update Offered", offered_difference="\n".join(difference))


def _lines(value) -> list[str]:
	return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True, default=str).splitlines()


def _note(name: str, **values) -> None:
	note = frappe.get_doc("Shipped Record", name)
	if any(note.get(key) != value for key, value in values.items()):
		note.update(values)
		note.save(ignore_permissions=True)


def follow_script_switch() -> None:
	"""Disable our Server Scripts where the site's switch is off, since an enabled one would make every save throw,
	and enable again what was disabled for that reason alone (install and migrate)."""
	on = server_scripts_enabled()
	for note in frappe.get_all(
		"Shipped Record",
		filters={"reference_doctype": "Server Script"},
		fields=["name", "reference_name", "is_switched_off"],
	):
		disabled = frappe.db.get_value("Server Script", note.reference_name, "disabled")
		if not on and disabled == 0:
			_switch_script(note, off=True)
		elif on and disabled and note.is_switched_off:
			_switch_script(note, off=False)


def _switch_script(note, off: bool) -> None:
	script = frappe.get_doc("Server Script", note.reference_name)
	script.disabled = int(off)
	script.save(ignore_permissions=True)
	_note(note.name, is_switched_off=int(off))
