"""The campaigns: planned, sent, open until people close them, analysed, reported and from then on fixed (E-1 to E-5)."""

import frappe
from frappe import _
from frappe.utils import escape_html, get_datetime, getdate

from customer_service.customer_satisfaction import (
	invitations,
	personal_links,
	population,
	recovery,
	reminders,
	schemes,
	sending,
	surveys,
)
from customer_service.customer_satisfaction.campaign_states import (
	ANALYSED,
	ANSWERED_IN,
	CANCELLED,
	CLOSED,
	DOCTYPE,
	OPEN,
	REPORTED,
	SENDING,
)
from customer_service.exceptions import RecordClosedError, SurveyError
from customer_service.organisation import clock, events, locking, steps, text

SETTINGS = "Customer Service Settings"

COMPUTED = (
	"state_category",
	"extended_from",
	"extension_reason",
	*recovery.FIELDS,
	"mean_score",
	"current_result",
	"sending_at",
	"opened_at",
	"closed_at",
	"analysed_at",
	"reported_at",
	"ended_at",
)

PLAN = (
	"survey",
	"scoring_scheme",
	"department",
	"period_from",
	"period_to",
	"reply_by",
	"customer_class",
	"customer_role",
	"region",
	"only_strategic",
	"owner_department",
	"contract_review",
	"delivered_in_period",
	"not_answered_days",
	"sample_method",
	"sample_size",
	"sample_by",
	"sample_seed",
	"invite",
	"channel",
	"channel_without_mail",
	"is_anonymous",
)
"""What cannot change once invitations have left: they, and the results, were made by it."""

WORDS = ("findings", "delivery_quality", "business_lost", "conclusions")
"""What people add to the report; fixed with it. What customers hear of the measures may still be written."""

MOMENTS = {
	SENDING: "sending_at",
	OPEN: "opened_at",
	CLOSED: "closed_at",
	ANALYSED: "analysed_at",
	REPORTED: "reported_at",
}


def complete(campaign) -> None:
	"""Department and scheme, where nobody named them."""
	if not campaign.department:
		campaign.department = frappe.get_cached_doc(SETTINGS).survey_department
	if not campaign.scoring_scheme:
		campaign.scoring_scheme = frappe.db.get_value(surveys.DOCTYPE, campaign.survey, "scoring_scheme")
	for row in campaign.customers:
		row.customer_name = frappe.get_cached_value("Service Customer", row.customer, "customer_name")


def check(campaign) -> None:
	"""What is wrong with the plan.

	:raises SurveyError: names the field and what to do.
	"""
	first, last = getdate(campaign.period_from), getdate(campaign.period_to)
	if last < first:
		frappe.throw(_("{0} must not be before {1}.").format(_("Period To"), _("Period From")), SurveyError)
	reminders.check(campaign)
	if steps.is_first_state(campaign):
		population.check(campaign)
		if get_datetime(campaign.reply_by) <= clock.now():
			frappe.throw(_("{0} must lie in the future.").format(_("Reply By")), SurveyError)


def refuse_late_changes(campaign) -> None:
	"""
	:raises RecordClosedError: for a plan that is changed after sending, or anything after the report; names the field.
	"""
	before = campaign.get_doc_before_save()
	if not before or steps.is_first_state(campaign):
		return
	steps.refuse_change_of(
		campaign, *[field for field in PLAN if not campaign.flags.get("extends") or field != "reply_by"]
	)
	if [row.customer for row in campaign.customers] != [row.customer for row in before.customers]:
		frappe.throw(
			_("{0} can no longer be changed.").format(frappe.bold(_("Only These Customers"))), RecordClosedError
		)
	if before.reported_at:
		steps.refuse_change_of(campaign, "title", "method", *WORDS)


def follow_step(campaign) -> None:
	"""What a step asks for and stamps.

	:raises SurveyError: for a survey that is not in use, or nobody to ask; says what to do.
	"""
	step = steps.step_reached(campaign)
	if step == SENDING:
		_refuse_unsendable(campaign)
	elif step == REPORTED:
		_reckon_for_report(campaign)
	elif step == CANCELLED and not (campaign.cancel_reason or "").strip():
		frappe.throw(_("Write why the campaign is cancelled."), SurveyError)
	if step in MOMENTS:
		campaign.set(MOMENTS[step], clock.now())
	steps.settle(campaign)


def _reckon_for_report(campaign) -> None:
	"""What is reported is what was judged: nothing pending, and reckoned once more before it is fixed (E-5).

	:raises SurveyError: without a result, or with answers that nobody has judged; says how many.
	"""
	from customer_service.customer_satisfaction import judging, results

	if not campaign.current_result:
		frappe.throw(_("There is no result yet. Analyse the campaign first."), SurveyError)
	if pending := judging.pending(campaign.name):
		frappe.throw(
			_("{0} answers are not judged yet. Judge them first: after the report nobody can.").format(pending),
			SurveyError,
		)
	results.reckon(campaign)


def _refuse_unsendable(campaign) -> None:
	survey = frappe.get_doc(surveys.DOCTYPE, campaign.survey)
	if not surveys.is_in_use(survey):
		frappe.throw(
			_("{0} is {1}. Only a survey in use is sent.").format(
				frappe.bold(escape_html(survey.name)), _(survey.workflow_state)
			),
			SurveyError,
		)
	scheme = frappe.get_cached_doc("Scoring Scheme", campaign.scoring_scheme)
	schemes.check(survey, scheme)
	if [row.level_label for row in scheme.levels] != surveys.levels_of(survey):
		frappe.throw(
			_(
				"The levels of {0} have other names than those of the survey's own scheme; its translations would not fit."
			).format(frappe.bold(escape_html(scheme.name))),
			SurveyError,
		)
	found = population.preview(campaign)
	if not sum(found["by"].values()):
		frappe.throw(
			_(
				"Nobody would be asked: {0} customers meet the conditions, and none of them can be reached by the ways of the campaign."
			).format(found["population"]),
			SurveyError,
		)


def after_step(campaign) -> None:
	"""What follows from a step that is stored: invitations and their sending, the result, the end of the answers."""
	from customer_service.customer_satisfaction import results

	step = steps.step_of(campaign)
	if step == SENDING:
		number = invitations.make(campaign)
		campaign.db_set("invited", number, update_modified=False)
		sending.start(campaign.name)
	elif step == CLOSED:
		# What has left by now was delivered; what has not would invite to a survey that is over.
		sending.follow_mails(campaign.name)
		sending.stop_mails(campaign.name, _("The survey campaign was closed."))
		recovery.refresh(campaign.name)
	elif step == ANALYSED:
		results.reckon(campaign)
	elif step == REPORTED:
		results.close_answers(campaign)
	elif step == CANCELLED:
		sending.stop_mails(campaign.name, _("The survey campaign was cancelled."))
		invitations.withdraw(campaign.name)
		revoke_links(campaign.name)


def extend(name: str, reply_by: str, reason: str) -> None:
	"""Give customers until a later moment (site time zone); their links live on.

	:raises SurveyError: for a campaign that takes no answers, an earlier moment, or no reason.
	"""
	campaign = locking.load(DOCTYPE, name)
	if steps.step_of(campaign) not in ANSWERED_IN:
		frappe.throw(_("Only an open campaign is extended."), SurveyError)
	until = clock.moment(reply_by)
	if not until or until <= max(get_datetime(campaign.reply_by), clock.now()):
		frappe.throw(_("The new deadline must be later than now and than the present one."), SurveyError)
	reason = text.plain(reason or "").strip()
	if not reason:
		frappe.throw(_("Write why the deadline is extended."), SurveyError)
	before = str(campaign.reply_by)
	campaign.flags.extends = True
	campaign.reply_by = until
	steps.store(campaign, extended_from=campaign.extended_from or before, extension_reason=reason)
	invitations.extend_links(name, personal_links.end(campaign.reply_by))
	events.record(campaign, "Deadline Extended", before, str(until), reason)


def revoke_links(campaign: str) -> None:
	"""Links of a cancelled campaign open nothing any more."""
	link, table = frappe.qb.DocType("Guest Link"), frappe.qb.DocType(invitations.DOCTYPE)
	of_these = link.reference_name.isin(frappe.qb.from_(table).select(table.name).where(table.campaign == campaign))
	frappe.qb.update(link).set(link.is_revoked, 1).where((link.purpose == "Survey") & of_these).run()
