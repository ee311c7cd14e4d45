"""Who verifies an improvement and checks its effect: said by **Verification Rule**, never one who did the work (I-1)."""

import frappe
from frappe import _
from frappe.utils import cint, escape_html

from customer_service.exceptions import VerificationError
from customer_service.improvement import actions
from customer_service.organisation import access, people

VERIFICATION, EFFECTIVENESS = "Verification", "Effectiveness Check"

CONDITIONS = ("kind", "reference_doctype", "lead_department", "complaint_class")


def choose(doc) -> None:
	"""Name the rules and departments that verify and check, as long as that has not been done, and the days in between."""
	if not doc.verified_at:
		rule = rule_for(doc, VERIFICATION)
		doc.verification_rule = rule and rule.name
		doc.verifying_department = _department(doc, rule)
	if not doc.effectiveness_checked_at:
		rule = rule_for(doc, EFFECTIVENESS)
		doc.effectiveness_rule = rule and rule.name
		doc.checking_department = _department(doc, rule)
		_set_days(doc, rule)


def _set_days(doc, rule) -> None:
	before = doc.get_doc_before_save()
	if before and before.verified_at:
		doc.effectiveness_days = before.effectiveness_days  # the day is fixed by the verification
	elif not doc.effectiveness_days:
		settings = frappe.get_cached_doc("Customer Service Settings")
		doc.effectiveness_days = cint(rule and rule.effectiveness_days) or cint(settings.effectiveness_days)


def rule_for(doc, step: str) -> frappe._dict | None:
	"""The enabled rule with the lowest rank that matches; None if none does.

	:param step: `VERIFICATION` or `EFFECTIVENESS`.
	"""
	rows = frappe.get_all(
		"Verification Rule",
		filters={"enabled": 1, "applies_to": ("in", ("Both", step))},
		fields=["name", "verified_by", "department", "role", "effectiveness_days", *CONDITIONS],
		order_by="`rank` asc, creation asc, name asc",
	)
	case = {field: doc.get(field) for field in CONDITIONS}
	if any(row.complaint_class for row in rows):
		case["complaint_class"] = _complaint_class(doc)
	return next((row for row in rows if all(row[key] in (None, "", case[key]) for key in CONDITIONS)), None)


def _complaint_class(doc) -> str | None:
	if doc.reference_doctype != "Complaint":
		return None
	return frappe.db.get_value("Complaint", doc.reference_name, "complaint_class")


def _department(doc, rule) -> str | None:
	"""The one department that the rule means, so that its people find the record; executing units are listed on it anyway."""
	if not rule:
		return None
	return {"Lead Department": doc.lead_department, "Department": rule.department}.get(rule.verified_by)


def may_verify(doc, step: str = VERIFICATION, user: str | None = None) -> bool:
	"""Whether the rule in force and the work done let the user verify or check."""
	user = user or frappe.session.user
	return user not in workers(doc) and _is_meant(doc, step, user)


def refuse_unfit(doc, step: str) -> None:
	"""Refuse a verification or check by one who did the work, or whom the site's rule does not mean.

	:raises VerificationError: names the person or who is meant.
	"""
	user = frappe.session.user
	if user in workers(doc):
		frappe.throw(
			_("{0} carried out an action of {1} or leads it, and must not verify it or check its effect.").format(
				frappe.bold(escape_html(user)), frappe.bold(escape_html(doc.name))
			),
			VerificationError,
		)
	if not _is_meant(doc, step, user):
		frappe.throw(
			_("By rule {0} this is done by: {1}.").format(
				frappe.bold(escape_html(_(_rule_of(doc, step).name))), escape_html(who(doc, step))
			),
			VerificationError,
		)


def workers(doc) -> set[str]:
	"""Who leads the improvement, and who carried out or answers for any of its actions, in whichever round."""
	stored = doc.get_doc_before_save()
	found = {doc.leader, stored.leader if stored else None}
	for row in actions.rows_of(doc.name):
		found |= {row.responsible, row.done_by}
	return found - {None, ""}


def who(doc, step: str) -> str:
	"""Whom the rule means, for people."""
	rule = _rule_of(doc, step)
	if not rule:
		return _("Anybody")
	if rule.verified_by == "Role":
		return _(rule.role)
	if rule.verified_by == "Supervisor":
		return doc.supervisor or _("Supervisor")
	return ", ".join(_(name) for name in sorted(departments_meant(doc, rule))) or _(rule.verified_by)


def _rule_of(doc, step: str):
	name = doc.verification_rule if step == VERIFICATION else doc.effectiveness_rule
	return frappe.get_cached_doc("Verification Rule", name) if name else None


def _is_meant(doc, step: str, user: str) -> bool:
	rule = _rule_of(doc, step)
	if not rule or user == "Administrator":
		return True
	if rule.verified_by == "Role":
		return rule.role in frappe.get_roles(user)
	if rule.verified_by == "Supervisor":
		return user in (doc.supervisor, people.manager_of(doc.lead_department))
	return not departments_meant(doc, rule).isdisjoint(access.departments_of(user))


def departments_meant(doc, rule) -> set[str]:
	"""The departments that a rule means; none if it means a role or the supervisor, or if there is no rule."""
	if not rule or rule.verified_by in ("Role", "Supervisor"):
		return set()
	if rule.verified_by == "Department":
		return {rule.department}
	if rule.verified_by == "Executing Unit":
		return set(actions.executing_units(doc.name)) or {doc.lead_department}
	return {doc.lead_department}
