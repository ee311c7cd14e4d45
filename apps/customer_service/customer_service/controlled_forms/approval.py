"""How a form version takes force: approved by a second person, with its layout frozen, in the place of the one before (J-1)."""

from datetime import datetime, time

import frappe
from frappe import _
from frappe.utils import escape_html, get_datetime, getdate

from customer_service.controlled_forms import frozen
from customer_service.controlled_forms.register import APPROVED, DRAFT, IN_FORCE, SUPERSEDED, WITHDRAWN
from customer_service.exceptions import FormControlError
from customer_service.organisation import clock, states


def follow_workflow(version) -> None:
	"""Carry out what a step of the approval workflow means; `version` is about to be saved.

	The workflow's states are an administrator's: what counts is their category. Closed approves, Cancelled withdraws.
	"""
	category = states.category_of(version.doctype, version.workflow_state)
	if category == states.CLOSED and version.status == DRAFT:
		approve(version)
	elif category == states.CANCELLED and version.status != WITHDRAWN:
		withdraw(version)


def approve(version, is_shipped: bool = False) -> None:
	"""Freeze the version and let it take force now, or on its date; the version before ends at that moment.

	:param is_shipped: it comes with a preset, which may say that it has been in force for long.
	:raises FormControlError: if its date has passed, or another version takes force on the same day or later.
	"""
	now = clock.now()
	if version.effective_from and getdate(version.effective_from) < now.date() and not is_shipped:
		_refuse(version, _("its date of effect has passed; records made since then have the version before"))
	since = now
	if version.effective_from:
		midnight = datetime.combine(getdate(version.effective_from), time())
		since = midnight if is_shipped else max(now, midnight)
	before = _last(version)
	if before and get_datetime(before.in_force_since) >= since:
		_refuse(
			version,
			_("version {0} takes force on {1}; only one version of a form can be in force").format(
				escape_html(before.version), getdate(before.in_force_since)
			),
		)
	version.update(
		{
			"approved_by": frappe.session.user,
			"approved_at": now,
			"in_force_since": since,
			"in_force_until": None,
			"status": IN_FORCE if since <= now else APPROVED,
			"frozen_layout": frozen.freeze(version),
		}
	)
	version.layout_hash = frozen.fingerprint(version.frozen_layout)
	if before:
		_end(before.name, since, SUPERSEDED if since <= now else before.status)


def withdraw(version) -> None:
	"""Take a version out of use. One that has not taken force yet leaves the version before it in force."""
	now = clock.now()
	if version.in_force_since and get_datetime(version.in_force_since) > now:
		before = frappe.db.get_value(
			version.doctype,
			{"controlled_form": version.controlled_form, "in_force_until": version.in_force_since},
			["name", "status"],
			as_dict=True,
		)
		if before:
			_end(before.name, None, before.status)
		version.in_force_since = None
	elif version.in_force_since and not version.in_force_until:
		version.in_force_until = now
	version.status = WITHDRAWN


def _last(version) -> frappe._dict | None:
	"""The version that is in force or will be last. The form is locked, so that of two approvals at once one waits."""
	frappe.db.get_value("Controlled Form", version.controlled_form, "name", for_update=True)
	return frappe.db.get_value(
		version.doctype,
		{
			"controlled_form": version.controlled_form,
			"name": ("!=", version.name),
			"in_force_since": ("is", "set"),
			"in_force_until": ("is", "not set"),
		},
		["name", "version", "status", "in_force_since"],
		as_dict=True,
		for_update=True,
	)


def _end(name: str, until: datetime | None, status: str) -> None:
	doc = frappe.get_doc("Controlled Form Version", name)
	doc.db_set({"in_force_until": until, "status": status})


def _refuse(version, reason: str) -> None:
	frappe.throw(
		_("Version {0} cannot be approved: {1}.").format(frappe.bold(escape_html(version.name)), reason),
		FormControlError,
	)


def follow_dates() -> None:
	"""Let the status of versions follow the calendar (hourly). Which version a record takes does not wait for this."""
	now = clock.now()
	version = frappe.qb.DocType("Controlled Form Version")
	due = (
		frappe.qb.from_(version)
		.select(version.name, version.controlled_form, version.status)
		.where(
			((version.status == APPROVED) & (version.in_force_since <= now))
			| ((version.status == IN_FORCE) & (version.in_force_until <= now))
		)
	).run(as_dict=True)
	for row in due:
		status = IN_FORCE if row.status == APPROVED else SUPERSEDED
		frappe.get_doc("Controlled Form Version", row.name).db_set("status", status)
	for form in {row.controlled_form for row in due}:
		describe_form(form)


def describe_form(name: str) -> None:
	"""Show on a Controlled Form which version is in force and what it is called."""
	versions = frappe.get_all(
		"Controlled Form Version",
		filters={"controlled_form": name},
		fields=["name", "status", "title_en", "title_zh"],
		order_by="in_force_since desc, creation desc",
	)
	current = next((row for row in versions if row.status == IN_FORCE), None)
	shown = current or next(iter(versions), frappe._dict())
	taken = any(row.status not in (DRAFT, APPROVED) for row in versions)
	frappe.get_doc("Controlled Form", name).db_set(
		{
			"current_version": current and current.name,
			"status": "In Force" if current else "Withdrawn" if taken else "Draft",
			"title_en": shown.title_en,
			"title_zh": shown.title_zh,
		}
	)


NOT_COPIED = ("workflow_state", "effective_from", "change_order_no")


@frappe.whitelist(methods=["POST"])
def new_version(form: str, version: str, change_summary: str | None = None) -> str:
	"""Begin the next version of a form as a draft, with the settings of the latest one.

	:param version: its text, such as A/1.
	:returns: name of the Controlled Form Version.
	:raises frappe.PermissionError, FormControlError: if there is no version to start from.
	"""
	frappe.has_permission("Controlled Form Version", "create", throw=True)
	latest = frappe.get_all(
		"Controlled Form Version",
		filters={"controlled_form": form},
		pluck="name",
		order_by="in_force_since desc, creation desc",
		limit_page_length=1,
	)
	if not latest:
		frappe.throw(_("Form {0} has no version yet.").format(frappe.bold(escape_html(form))), FormControlError)
	draft = frappe.copy_doc(frappe.get_doc("Controlled Form Version", latest[0]))
	draft.update({**dict.fromkeys(NOT_COPIED), "version": version, "change_summary": change_summary})
	return draft.insert().name
