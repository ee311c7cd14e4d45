"""Cause and responsibility of a complaint (F-7): what is known before it is decided, and what proves that it is not ours."""

import frappe
from frappe import _
from frappe.utils import flt

from customer_service.exceptions import AnalysisError

OURS, SUPPLIER, UNKNOWN = "Our Department", "Supplier", "Unknown"

UNDECIDED, JUSTIFIED, NOT_JUSTIFIED = "Undecided", "Justified", "Not Justified"

NAMED = (SUPPLIER, "Transport")
"""Parties outside that have a name."""

WHOLE = 100.0
ROUNDING = 0.05
"""Percent that three equal shares may miss."""


def check(case) -> None:
	"""Refuse responsibilities that contradict themselves, and complete the rest (hook validate of Complaint).

	:raises AnalysisError: names the row.
	"""
	for row in case.responsibilities:
		if row.party == OURS and not row.department:
			_refuse_row(row, _("name the department"))
		if row.party in NAMED and not row.party_name:
			_refuse_row(row, _("name the supplier or carrier"))
		if row.party != OURS:
			row.department = None
		if not 0 <= flt(row.share) <= WHOLE:
			_refuse_row(row, _("a share lies between 0 and 100 %"))
		if row.party != SUPPLIER:
			row.update({"settlement": None, "settled_on": None, "settled_amount": 0, "settlement_note": None})
		elif not row.settlement:
			row.settlement = "Open"
	shares = [flt(row.share) for row in case.responsibilities if flt(row.share)]
	if shares and abs(sum(shares) - WHOLE) > ROUNDING:
		frappe.throw(
			_("The shares of responsibility are {0} % together; they must be 100 %.").format(f"{sum(shares):g}"),
			AnalysisError,
		)


def demand(case) -> None:
	"""Refuse a decision without the analysis that the complaint's class asks for, all that is missing in one message.

	:raises AnalysisError: lists the fields.
	"""
	required = requirements(case)
	missing = []
	if required.cause_required:
		missing += [field for field in ("cause_category", "cause") if not case.get(field)]
	if required.responsibility_required:
		if case.is_justified not in (JUSTIFIED, NOT_JUSTIFIED):
			missing.append("is_justified")
		if not case.responsibilities:
			missing.append("responsibilities")
	if missing:
		labels = ", ".join(frappe.bold(_(case.meta.get_label(field))) for field in missing)
		frappe.throw(_("Before the complaint is decided, fill in: {0}.").format(labels), AnalysisError)
	if case.is_justified == NOT_JUSTIFIED:
		_demand_evidence(case)


def demand_not_ours(case) -> None:
	"""Not ours is explained with evidence (F-7), whatever the class asks for.

	:raises AnalysisError: says what is missing.
	"""
	if case.is_justified != NOT_JUSTIFIED:
		frappe.throw(
			_("A complaint that is not ours is marked as {0} first.").format(frappe.bold(_(NOT_JUSTIFIED))),
			AnalysisError,
		)
	_demand_evidence(case)


def _demand_evidence(case) -> None:
	others = [row for row in case.responsibilities if row.party not in (OURS, UNKNOWN)]
	if not any(row.evidence or row.attachment for row in others):
		frappe.throw(_("Not ours: name who is responsible instead, and give the evidence in that row."), AnalysisError)


def requirements(case) -> frappe._dict:
	"""What the complaint's class demands; the settings, where it has none."""
	fields = ["cause_required", "responsibility_required"]
	if case.complaint_class:
		found = frappe.get_cached_value("Complaint Class", case.complaint_class, fields, as_dict=True)
		if found:
			return found
	settings = frappe.get_cached_doc("Customer Service Settings")
	return frappe._dict({field: settings.get(field) for field in fields})


def _refuse_row(row, reason: str) -> None:
	frappe.throw(_("Responsibilities, row {0} ({1}): {2}.").format(row.idx, _(row.party), reason), AnalysisError)
