"""Endpoints of improvement beyond Frappe's own resource and workflow API."""

import frappe
from frappe.utils import cint, sbool

from customer_service.improvement import sources


@frappe.whitelist(methods=["POST"])
def start_improvement(doctype: str, name: str, kind: str = "Corrective") -> str:
	"""Start an improvement from a record of any register (I-1).

	:param doctype: DocType of the source, such as ``Complaint``. :param kind: ``Corrective`` or ``Preventive``.
	:returns: the number of the new improvement.
	:raises frappe.PermissionError: for who may not read the source or not make improvements, and if the process is off.
	:raises CustomerServiceError: for what is no register, or if an improvement of this kind is running for the source.
	"""
	return sources.start(doctype, name, kind)


@frappe.whitelist(methods=["POST"])
def report_done(action: str, done_note: str | None = None, evidence: str | None = None) -> None:
	"""Report an action as carried out by the session's user, with evidence.

	:param action: number of the Improvement Action.
	:param done_note: what was done. :param evidence: address of a file that the user has uploaded to the action.
	:raises frappe.PermissionError: for who may not report it, or if it is not open.
	:raises ImprovementStepError: if neither note nor evidence tells what was done.
	"""
	doc = _action(action)
	doc.done_note = done_note or doc.done_note
	doc.evidence = evidence or doc.evidence
	doc.report_done()


@frappe.whitelist(methods=["POST"])
def verify_action(action: str, accepted: bool, note: str | None = None) -> None:
	"""Accept an action that was reported done, or send it back to its owner.

	:param accepted: false sends it back; then the note is the reason.
	:raises VerificationError: for who carried out an action of the improvement, or whom the rule does not mean.
	:raises frappe.PermissionError: if the action is not done.
	"""
	_action(action).verify(bool(cint(sbool(accepted))), note)


@frappe.whitelist(methods=["POST"])
def call_off_action(action: str, reason: str | None = None) -> None:
	"""Give an open action up; it stays readable.

	:raises ImprovementStepError: without a reason. :raises frappe.PermissionError: for who does not run the improvement.
	"""
	_action(action).call_off(reason)


def _action(name: str):
	doc = frappe.get_doc("Improvement Action", name, for_update=True)
	doc.check_permission("write")
	return doc
