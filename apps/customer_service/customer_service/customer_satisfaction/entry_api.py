"""Endpoints for staff who enter answers, call customers and print letters; the customers' doors are in `survey_api` (E-1, E-2)."""

import frappe
from frappe.utils import cstr, sbool

from customer_service.controlled_forms import printing
from customer_service.customer_satisfaction import answering, entry, invitations, letters, surveys
from customer_service.organisation import retry


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def enter(
	invitation: str,
	channel: str,
	answers: str | dict,
	respondent: str | None = None,
	respondent_unit: str | None = None,
	respondent_position: str | None = None,
	evidence: str | None = None,
	note: str | None = None,
) -> str:
	"""Enter what a customer answered on paper or on the phone.

	:param answers: code -> value as `questions` explains them. :param evidence: address of a private file of the user's.
	:returns: name of the Survey Response. :raises SurveyError: says what is wrong; frappe.PermissionError.
	"""
	doc = _own(invitation)
	person = {
		"respondent": respondent,
		"respondent_unit": respondent_unit,
		"respondent_position": respondent_position,
	}
	return entry.enter(doc, channel, frappe.parse_json(answers), person, evidence, note).name


@frappe.whitelist(methods=["POST"])
def questions(invitation: str) -> dict:
	"""What is asked by an invitation, in the user's language if the survey speaks it.

	:returns: ``survey`` as `surveys.shown`, ``script`` for who calls, ``channel``, ``is_anonymous``. :raises frappe.PermissionError.
	"""
	doc = _own(invitation)
	campaign = frappe.get_cached_doc(answering.CAMPAIGN, doc.campaign)
	return {
		"survey": surveys.shown(campaign.survey, frappe.local.lang, campaign.scoring_scheme),
		"script": cstr(frappe.get_cached_value(surveys.DOCTYPE, campaign.survey, "phone_script")),
		"channel": doc.channel,
		"is_anonymous": bool(campaign.is_anonymous),
	}


@frappe.whitelist(methods=["POST"])
def preview(survey: str, language: str | None = None) -> dict:
	"""A survey as customers see it; nothing is answered. :raises frappe.PermissionError: for who may not read it."""
	doc = frappe.get_doc(surveys.DOCTYPE, survey)
	doc.check_permission("read")
	return surveys.shown(doc.name, language or frappe.local.lang)


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def note_call(invitation: str, note: str, reached: bool | int | str = False) -> str:
	"""Note a call to the customer.

	:param reached: whether somebody was asked. :returns: the invitation's status. :raises SurveyError: without a note, or for an invitation
		that was answered or withdrawn; frappe.PermissionError.
	"""
	return entry.note_call(_own(invitation), note, bool(sbool(reached)))


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def print_letter(invitation: str) -> None:
	"""Download a letter with a new personal link and the questionnaire. :raises SurveyError: if it cannot be answered;
	frappe.PermissionError."""
	doc = _own(invitation)
	printing.respond(doc.name, letters.print_many([doc.name]))


@frappe.whitelist(methods=["POST"])
@retry.after_conflict
def print_letters(campaign: str) -> None:
	"""Download the letters of a campaign that are not printed yet, as many as fit into one file.

	:raises SurveyError: if there is none; frappe.PermissionError: for who may not change the campaign.
	"""
	doc = frappe.get_doc(answering.CAMPAIGN, campaign)
	doc.check_permission("write")
	entry.require_department(doc.department)
	printing.respond(doc.name, letters.print_many(letters.to_print(doc.name)))


def _own(name: str):
	doc = frappe.get_doc(invitations.DOCTYPE, name)
	doc.check_permission("write")
	entry.require_department(doc.department)
	return doc
