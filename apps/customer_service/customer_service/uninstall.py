"""What the app put into Frappe's own tables and DocTypes is taken out again; its own tables Frappe drops itself."""

import frappe

from customer_service.organisation import states


def before_uninstall():
	"""Remove shipped records of Frappe's DocTypes and the category column of workflow states."""
	ours = set(
		frappe.get_all("DocType", filters={"module": ("in", frappe.get_module_list("customer_service"))}, pluck="name")
	)
	for note in frappe.get_all(
		"Shipped Record", fields=["reference_doctype", "reference_name"], order_by="creation desc"
	):
		if note.reference_doctype not in ours:
			frappe.delete_doc(
				note.reference_doctype, note.reference_name, force=True, ignore_missing=True, ignore_permissions=True
			)
	for workflow in frappe.get_all("Workflow", filters={"document_type": ("in", ours)}, pluck="name"):
		frappe.delete_doc("Workflow", workflow, force=True, ignore_permissions=True)
	name = f"Workflow Document State-{states.CATEGORY_FIELD}"
	frappe.delete_doc("Custom Field", name, force=True, ignore_missing=True, ignore_permissions=True)
	frappe.db.commit()  # the schema changes that follow would commit anyway
	frappe.db.sql_ddl(f"alter table `tabWorkflow Document State` drop column if exists `{states.CATEGORY_FIELD}`")
	frappe.clear_cache()
