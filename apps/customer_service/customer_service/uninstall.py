"""What the app put into Frappe's own tables and DocTypes is taken out again; its own tables Frappe drops itself."""

import json
from pathlib import Path

import frappe

from customer_service.organisation import link_rights, states

ROLES = Path(__file__).parent / "fixtures" / "role.json"


def before_uninstall():
	"""Remove shipped records of Frappe's DocTypes and the columns of workflow states."""
	modules = frappe.get_module_list("customer_service")
	ours = set(frappe.get_all("DocType", filters={"module": ("in", modules)}, pluck="name"))
	for note in frappe.get_all(
		"Shipped Record", fields=["reference_doctype", "reference_name"], order_by="creation desc"
	):
		if note.reference_doctype not in ours:
			_delete(note.reference_doctype, note.reference_name)
	for workflow in frappe.get_all("Workflow", filters={"document_type": ("in", ours)}, pluck="name"):
		_delete("Workflow", workflow)
	link_rights.revoke()
	columns = (states.CATEGORY_FIELD, states.STEP_FIELD)
	for column in columns:
		_delete("Custom Field", f"Workflow Document State-{column}")
	frappe.db.commit()  # the change of the schema that follows would commit anyway
	for column in columns:
		frappe.db.sql_ddl(f"alter table `tabWorkflow Document State` drop column if exists `{column}`")
	frappe.clear_cache()


def after_uninstall():
	"""Remove the app's roles, unless another DocType's permissions name them by now."""
	for role in json.loads(ROLES.read_text(encoding="utf-8")):
		used = any(frappe.db.exists(table, {"role": role["name"]}) for table in ("DocPerm", "Custom DocPerm"))
		if not used:
			frappe.db.delete("Has Role", {"role": role["name"]})
			_delete("Role", role["name"])
	frappe.db.commit()  # nothing after this hook does


def _delete(doctype: str, name: str) -> None:
	frappe.delete_doc(doctype, name, force=True, ignore_missing=True, ignore_permissions=True)
