"""What clock policies and escalation rules have in common: the first record whose conditions a case meets decides."""

import frappe
from frappe import _
from frappe.utils import escape_html, getdate

from customer_service.exceptions import CustomerServiceError

MATCHED_FIELDS = ("customer_class", "complaint_class", "severity", "priority")


def matches(rule, case, day=None) -> bool:
	"""Whether a rule applies to a case: validity, every condition that is set, the expression.

	:param rule: MATCHED_FIELDS, major_only, condition, valid_from and valid_until of a record, `name` and `doctype` for messages.
	:param day: date on which the rule must be valid; not asked if None.
	"""
	if day and not is_valid(rule, day):
		return False
	if rule.major_only and not case.get("is_major"):
		return False
	if any(rule[field] and rule[field] != value_of(case, field) for field in MATCHED_FIELDS):
		return False
	return not rule.condition or holds(rule, case)


def is_valid(rule, day) -> bool:
	"""Whether the rule holds on the day; both ends included."""
	if rule.valid_from and getdate(rule.valid_from) > day:
		return False
	return not (rule.valid_until and getdate(rule.valid_until) < day)


def value_of(case, field: str):
	"""A field of the case, or of its customer where the case has none of that name."""
	if field == "customer_class":
		return customer_class(case.get("customer"))
	return case.get(field)


def customer_class(customer: str | None) -> str | None:
	"""The class of a customer; None for an unknown one."""
	return frappe.get_cached_value("Service Customer", customer, "customer_class") if customer else None


def holds(rule, case) -> bool:
	"""An expression that fails on this very case does not match and is logged: no case is refused for a slip in a rule."""
	try:
		return bool(frappe.safe_eval(rule.condition, None, {"doc": frappe._dict(case.as_dict())}))
	except Exception:
		frappe.clear_last_message()
		frappe.log_error(title=f"{rule.doctype} {rule.name}: the condition cannot be evaluated")
		return False


def refuse_bad_condition(doc) -> None:
	"""Refuse an expression that is none.

	:raises CustomerServiceError: says where.
	"""
	if not doc.condition:
		return
	try:
		compile(doc.condition.strip(), "condition", "eval")
	except (SyntaxError, ValueError) as error:
		frappe.throw(
			_("The condition cannot be read: {0}. Write one expression, such as doc.estimated_loss > 20000").format(
				escape_html(str(error))
			),
			CustomerServiceError,
		)
