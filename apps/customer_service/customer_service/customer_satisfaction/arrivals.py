"""What holds for a Survey Response whoever stores or saves it: it comes by `answering` alone, and what was answered stays (E-2, L3)."""

import frappe
from frappe import _
from frappe.model import table_fields

from customer_service.compat import server_scripts_of
from customer_service.exceptions import SurveyError
from customer_service.organisation import steps

SCORING_EVENT = "Before Insert"
"""The Server Script event in which the shipped script scores."""

OF_PEOPLE = frozenset({"respondent", "respondent_position", "respondent_unit", "evidence"})
"""What staff may still write into an answer, besides the fields that an administrator has added."""

NOBODY = "Guest"


def refuse_by_hand(doc) -> None:
	"""
	:raises SurveyError: for an answer that is imported or inserted past its invitation.
	"""
	if not doc.flags.arrives:
		frappe.throw(
			_("Answers come by personal links, or by Enter Answers of an invitation; they are not created here."),
			SurveyError,
		)


def keep_anonymous(doc) -> None:
	"""An anonymous answer tells neither who wrote it down nor when."""
	if doc.flags.arrives.is_anonymous:
		doc.creation = doc.modified = doc.flags.arrives.at
		doc.owner = doc.modified_by = NOBODY
		for row in doc.get_all_children():
			row.creation = row.modified = doc.creation
			row.owner = row.modified_by = NOBODY


def score_on_arrival(doc) -> None:
	"""Score a new answer, unless an enabled Server Script of the scoring event will do it; once either way, with the same result."""
	if not server_scripts_of(doc.doctype, SCORING_EVENT):
		doc.score_answers()


def keep(doc) -> None:
	"""Let a request change only what people may write; the app's own verbs say so by ``doc.flags.by_the_app``.

	:raises RecordClosedError: for what people have written of an answer of a reported campaign; names the field.
	"""
	before = doc.get_doc_before_save()
	if not before or doc.flags.by_the_app:
		return
	if before.ended_at:
		of_people = [field for field in doc.meta.fields if _is_of_people(field)]
		steps.refuse_change_of(doc, *[field.fieldname for field in of_people if field.fieldtype not in table_fields])
	for field in doc.meta.fields:
		if _is_of_people(field) and not before.ended_at:
			continue
		if field.fieldtype != "Table" or field.get("is_custom_field"):
			doc.set(field.fieldname, before.get(field.fieldname))
	doc.answers = before.answers  # the mark of adverse words, too, which `judging.mark_adverse` sets
	doc.deductions = before.deductions


def _is_of_people(field) -> bool:
	return field.fieldname in OF_PEOPLE or bool(field.get("is_custom_field"))
