"""Records that improvements come from: any record of any register, by Dynamic Link (I-1)."""

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import events, processes, states

DOCTYPE, ROW = "Improvement", "Improvement Source"

LONGEST_TITLE = 100


def fields_from(doctype: str) -> dict[str, str]:
	"""Field of the improvement -> field of the source, as the hook `improvement_sources` declares them."""
	declared = (frappe.get_hooks("improvement_sources") or {}).get(doctype) or {}
	return {target: field[-1] if isinstance(field, list) else field for target, field in declared.items()}


def start(doctype: str, name: str, kind: str) -> str:
	"""Start an improvement from a record that the user may read; returns its number. See `api.start_improvement`."""
	source = _readable(doctype, name)
	frappe.has_permission(DOCTYPE, "create", throw=True)
	running = [row for row in of_record(doctype, name) if row.kind == kind and row.state_category in states.RUNNING]
	if running:
		frappe.throw(
			_("{0} has a running improvement of this kind already: {1}.").format(
				frappe.bold(escape_html(name)), frappe.bold(escape_html(running[0].name))
			),
			CustomerServiceError,
		)
	made = frappe.new_doc(DOCTYPE)
	made.update({"kind": kind, "reference_doctype": doctype, "reference_name": name})
	_fill(made, source)
	made.insert()
	return made.name


def _fill(made, source) -> None:
	for target, field in fields_from(source.doctype).items():
		value = source.get(field)
		if value not in (None, "", 0):
			made.set(target, _text(source, field, value))
	made.problem_what = made.problem_what or source.get_title() or source.name
	made.title = made.problem_what.strip().split("\n")[0][:LONGEST_TITLE]
	made.customer = source.name if source.doctype == "Service Customer" else source.get("customer")
	made.lead_department = (
		source.get("lead_department")
		or source.get("owner_department")
		or frappe.get_cached_doc("Customer Service Settings").fallback_department
	)


def _text(source, field: str, value) -> str:
	df = source.meta.get_field(field)
	if df and df.fieldtype == "Float":
		return f"{value:,.10g}"
	if df and df.fieldtype == "Datetime":
		return frappe.utils.get_datetime(value).strftime("%Y-%m-%d %H:%M")
	return cstr(value)


def _readable(doctype: str, name: str):
	"""The source, if there is one that the user may read; what he may not read looks like what does not exist."""
	if not isinstance(doctype, str) or not frappe.db.exists("DocType", doctype):
		frappe.throw(_("{0} is not a register.").format(escape_html(str(doctype)[:140])), CustomerServiceError)
	meta = frappe.get_meta(doctype)
	if meta.istable or meta.issingle or doctype in (DOCTYPE, "Improvement Action"):
		frappe.throw(_("No improvement can be started from {0}.").format(_(doctype)), CustomerServiceError)
	if not frappe.db.exists(doctype, name) or not frappe.has_permission(doctype, "read", doc=name):
		frappe.throw(_("Not permitted to read the source record."), frappe.PermissionError)
	return frappe.get_doc(doctype, name)


def pairs(doc) -> list[tuple[str, str]]:
	"""(DocType, name) of all sources, the main one first."""
	named = [(doc.reference_doctype, doc.reference_name)]
	named += [(row.reference_doctype, row.reference_name) for row in doc.sources]
	return list(dict.fromkeys(pair for pair in named if all(pair)))


def check(doc) -> None:
	"""A source that is added is one that the user may read, so that no link tells which records exist (S3).

	:raises frappe.PermissionError: :raises CustomerServiceError: for what is no register.
	"""
	if bool(doc.reference_doctype) != bool(doc.reference_name):
		doc.reference_doctype = doc.reference_name = None
	before = doc.get_doc_before_save()
	known = set(pairs(before)) if before else set()
	for pair in pairs(doc):
		if pair not in known:
			_readable(*pair)


def record_start(doc) -> None:
	"""The trail of each source tells that an improvement has begun."""
	events.record_many([(*pair, "Improvement Started", None, doc.name, None) for pair in pairs(doc)])


def of_record(doctype: str, name: str) -> list[frappe._dict]:
	"""The improvements of a record that are not cancelled, whether it is their main source or a further one."""
	improvement, row = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType(ROW)
	further = (
		frappe.qb.from_(row)
		.select(row.parent)
		.where((row.reference_doctype == doctype) & (row.reference_name == name) & (row.parenttype == DOCTYPE))
	)
	is_main = (improvement.reference_doctype == doctype) & (improvement.reference_name == name)
	return (
		frappe.qb.from_(improvement)
		.select(
			improvement.name,
			improvement.kind,
			improvement.title,
			improvement.workflow_state,
			improvement.state_category,
			improvement.implemented_at,
			improvement.verified_at,
		)
		.where(is_main | improvement.name.isin(further))
		.where(improvement.state_category != states.CANCELLED)
		.orderby(improvement.creation)
	).run(as_dict=True)


def show(doc, _method=None) -> None:
	"""Hook onload of every DocType: a form of a declared register shows its improvements and offers to start one."""
	if doc.doctype not in (frappe.get_hooks("improvement_sources") or {}) or not processes.is_doctype_on(DOCTYPE):
		return
	if not frappe.has_permission(DOCTYPE, "read"):
		return
	found = of_record(doc.doctype, doc.name)
	readable = set()
	if found:
		names = [row.name for row in found]
		readable = set(frappe.get_list(DOCTYPE, {"name": ("in", names)}, pluck="name", limit_page_length=0))
	doc.set_onload(
		"improvements",
		{
			"may_start": bool(frappe.has_permission(DOCTYPE, "create")),
			"rows": [
				{"name": row.name, "state": _(row.workflow_state), "category": row.state_category}
				for row in found
				if row.name in readable
			],
		},
	)
