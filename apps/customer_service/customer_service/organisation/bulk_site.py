"""What Frappe and the site do for every single new document, and whether it can be done for many at once."""

import ast

import frappe
from frappe.model.base_document import BaseDocument
from frappe.model.document import Document

from customer_service.compat import server_scripts_of
from customer_service.organisation import states

EVENTS = ("before_naming", "autoname", "before_insert", "before_validate", "validate", "before_save", "after_insert")
EVENTS += ("on_update", "on_change")

ROUTING_EVENT = "Before Insert"
"""The Server Script event that a bulk insert runs; see customer_communication/routing.py."""

SCRIPT_EVENTS = ("Before Validate", "Before Save", "After Insert", "After Save")

HARMLESS = frozenset(
	{
		"frappe.desk.notifications.clear_doctype_notifications",
		"frappe.workflow.doctype.workflow_action.workflow_action.process_workflow_actions",
		"frappe.automation.doctype.assignment_rule.assignment_rule.apply",
		"frappe.automation.doctype.assignment_rule.assignment_rule.update_due_date",
		"frappe.core.doctype.file.utils.attach_files_to_document",
		"frappe.core.doctype.user_type.user_type.apply_permissions_for_non_standard_user_type",
		"frappe.social.doctype.energy_point_rule.energy_point_rule.process_energy_points",
		"frappe.automation.doctype.milestone_tracker.milestone_tracker.evaluate_milestone",
	}
)
"""Hooks that Frappe has on every DocType: done at the end of an import, or without effect if no record of `ASKED` is there."""

ASKED = (
	("Assignment Rule", {"document_type": "{0}", "disabled": 0}),
	("Auto Repeat", {"reference_doctype": "{0}", "disabled": 0}),
	("Document Naming Rule", {"document_type": "{0}", "disabled": 0}),
	("Energy Point Rule", {"reference_doctype": "{0}", "enabled": 1}),
	("Milestone Tracker", {"document_type": "{0}", "disabled": 0}),
	("Routing Rule", {"enabled": 1, "assignment": ("in", ("Load Balanced", "Round Robin"))}),
	("User Type", {"is_standard": 0}),
	("Webhook", {"webhook_doctype": "{0}", "enabled": 1}),
)
"""Records by which a site adds work to each document, or lets one depend on those stored before it."""

METHODS = ("insert", "set_new_name", "run_before_save_methods", "run_post_save_methods", "_validate", "_validate_links")
METHODS += ("_set_defaults", "db_insert", "get_valid_dict", "autoname")
"""What a controller that replaces a part of Document.insert would define anew."""


def reason_for_single_inserts(doctype: str) -> str | None:
	"""What must be done for each document of the DocType by itself; None if nothing."""
	controller = frappe.model.base_document.get_controller(doctype)
	for method in METHODS:
		ours = getattr(controller, method, None)
		if ours is not getattr(Document, method, None) and ours is not getattr(BaseDocument, method, None):
			return f"{doctype}.{method}"
	return (
		_reason_in_hooks(doctype)
		or _reason_in_records(doctype)
		or _reason_in_meta(doctype)
		or _reason_in_workflow(doctype)
	)


def _reason_in_hooks(doctype: str) -> str | None:
	known = frappe.get_doc_hooks()
	for handlers in (known.get(doctype, {}), known.get("*", {})):
		for event in EVENTS:
			for handler in handlers.get(event, ()):
				if handler not in HARMLESS:
					return handler
	return next((event for event in SCRIPT_EVENTS if server_scripts_of(doctype, event)), None)


def _reason_in_records(doctype: str) -> str | None:
	for asked, filters in ASKED:
		filters = {key: doctype if value == "{0}" else value for key, value in filters.items()}
		if frappe.db.table_exists(asked) and frappe.db.exists(asked, filters):
			return asked
	follows = frappe.get_cached_value("User", frappe.session.user, "follow_created_documents")
	return "Document Follow" if follows else None


def _reason_in_meta(doctype: str) -> str | None:
	meta = frappe.get_meta(doctype)
	if meta.autoname != "naming_series:" or meta.is_submittable or meta.issingle:
		return "naming or kind of the DocType"
	for table in (meta, *(frappe.get_meta(field.options) for field in meta.get_table_fields())):
		if any(field.fetch_from for field in table.fields):
			return "fetched fields"
		if table.istable and (table.autoname or "hash").lower() not in ("hash", "random"):
			return f"naming of {table.name}"
	return None


def _reason_in_workflow(doctype: str) -> str | None:
	"""Frappe writes to-do rows (Workflow Action) for transitions into states that are not optional."""
	workflow = states.workflow_of(doctype)
	if not workflow:
		return None
	optional = {row.state for row in workflow.states if row.is_optional_state}
	first = states.initial_state(doctype)
	if any(row.state == first and row.next_state not in optional for row in workflow.transitions):
		return "Workflow Action"
	return None


def routing_script(doctype: str):
	"""What runs the enabled Server Scripts of the routing event for a document; None without one.

	Scripts that do nothing but call ``doc.route()``, as the shipped one, need no interpreter of their own.
	"""
	names = server_scripts_of(doctype, ROUTING_EVENT)
	if not names:
		return None
	if all(_only_routes(frappe.get_cached_doc("Server Script", name).script) for name in names):
		return lambda doc: [doc.route() for _name in names]
	from frappe.core.doctype.server_script.server_script_utils import run_server_script_for_doc_event

	return lambda doc: run_server_script_for_doc_event(doc, "before_insert")


def _only_routes(script: str) -> bool:
	try:
		body = ast.parse(script or "").body
	except SyntaxError:
		return False
	return len(body) == 1 and ast.unparse(body[0]) == "doc.route()"


def has_rights_by_record(doctype: str) -> bool:
	"""Whether the right to create depends on what a document says: by User Permissions, or another app's hook."""
	if frappe.session.user == "Administrator":
		return False
	hooks = frappe.get_hooks("has_permission").get(doctype, [])
	ours = "customer_service.organisation.access."
	if any(not hook.startswith(ours) for hook in hooks):
		return True
	return bool(frappe.permissions.get_user_permissions(frappe.session.user))


def clear_counts(doc) -> None:
	"""Frappe's cached counts of open records."""
	from frappe.desk.notifications import clear_doctype_notifications

	clear_doctype_notifications(doc)


def attach_files(doc) -> None:
	"""What Frappe does with the files that a document names."""
	from frappe.core.doctype.file.utils import attach_files_to_document

	attach_files_to_document(doc, "on_update")


def tell_search(docs: list) -> None:
	"""Queue documents for the global search, if their DocType is in it."""
	from frappe.utils.global_search import update_global_search

	if docs[0].meta.get_global_search_fields() or any(
		frappe.get_meta(field.options).get_global_search_fields() for field in docs[0].meta.get_table_fields()
	):
		for doc in docs:
			update_global_search(doc)


def tell_lists(doctype: str) -> None:
	"""Tell open lists that there is something new, once."""
	frappe.publish_realtime("list_update", {"doctype": doctype, "user": frappe.session.user}, after_commit=True)
