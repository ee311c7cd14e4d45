"""How a customer's answer arrives by the public web form "survey" (E-2, S9, S10)."""

import frappe

from customer_service.customer_satisfaction import answering, survey_api
from customer_service.exceptions import SurveyError
from customer_service.organisation import guest, retry, web_forms

NEVER_FROM_GUESTS = frozenset(
	{
		"campaign",
		"invitation",
		"survey",
		"customer",
		"customer_name",
		"customer_class",
		"region",
		"department",
		"state_category",
		"channel",
		"language",
		"answered_at",
		"entered_by",
		"evidence",
		"answers",
		"deductions",
		"base_score",
		"deduction",
		"score",
		"is_scored",
		"explanation",
		"low_items",
		"score_version",
		"scored_at",
		"validity",
		"proposed_validity",
		"validity_reason",
		"judged_by",
		"judged_at",
		"told_at",
		"ended_at",
	}
)
"""What the company or the personal link decides, even if an administrator puts the field into the web form by mistake."""

OF_PERSON = ("respondent", "respondent_unit", "respondent_position")
"""What an anonymous survey does not keep, whoever asks for it."""

MOST_CHARACTERS = 200_000

TEXTS = (
	"Clear the answer",
	"Do not ask me again",
	"Languages",
	"Loading…",
	"Please answer by {0}.",
	"Please answer the questions that are marked.",
	"Please answer this question.",
	"Shall we not ask you any more, neither now nor later?",
	"Thank you",
	"This link is not valid, or no longer. Please use the link in our latest mail, or call us.",
	"This survey ended on {0}.",
	"This survey has ended",
	"This survey is anonymous: who you are is not kept with your answers.",
	"We will not ask you again.",
	"You have answered already. Thank you.",
	"Your answers are kept on this device until you send them.",
	"Your answers have been received.",
	"not at all",
	"required",
	"very likely",
	"{0} characters left",
)
"""What the page's script says."""


def take(form, data: str) -> dict:
	"""An answer by a personal link (hook web_form_intakes): the form's own fields, ``token`` and ``answers`` (code -> value).

	:returns: ``{"state": "answered", "thanks"}``. :raises LinkInvalidError: HTTP 404 for a wrong, expired or revoked token.
	:raises GuestInputError: HTTP 417, says what is wrong; frappe.TooManyRequestsError: HTTP 429.
	"""
	guest.limit_posts("survey_answer")
	values = web_forms.read(form, data, MOST_CHARACTERS)
	return _store(form, values)


@retry.after_conflict
def _store(form, values: dict) -> dict:
	invitation = survey_api.opened(values.get("token"))
	survey_api.explain(invitation)
	campaign = invitation.campaign_doc
	try:
		rows = answering.read(campaign, values.get("answers"))
		person, files = _person(form, values, campaign)
		doc = answering.store(invitation, rows, "Personal Link", _language(values, campaign), person)
	except SurveyError as error:
		frappe.clear_last_message()
		guest.refuse(str(error))
	web_forms.attach(doc, files)
	return {"state": survey_api.ANSWERED}


def _person(form, values: dict, campaign) -> tuple[dict, list]:
	"""The web form's own fields, declared and added ones."""
	never = NEVER_FROM_GUESTS | set(OF_PERSON) if campaign.is_anonymous else NEVER_FROM_GUESTS
	doc = frappe.get_doc(
		{"doctype": answering.RESPONSE}
	)  # new_doc asks the database for defaults, which nobody has filled in
	files = web_forms.fill(doc, form, values, never)
	asked = {field.fieldname for field in form.web_form_fields if field.fieldname} - never
	return {fieldname: doc.get(fieldname) for fieldname in asked if doc.get(fieldname) is not None}, files


def _language(values: dict, campaign) -> str:
	"""The language in which the page was answered."""
	survey = frappe.get_cached_doc("Satisfaction Survey", campaign.survey)
	return next((row.language for row in survey.languages if row.language == values.get("_lang")), survey.language)
