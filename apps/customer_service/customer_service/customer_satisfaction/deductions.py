"""Records that take points off a customer's score: counted in the registers by the Deduction Rules of a scheme (E-4).

As shipped for P1: complaints that are justified and were received in the period, and returns carried out in it; a complaint that ends
in a return costs both. Every part of this is data of the rule.
"""

from datetime import date, datetime, time, timedelta
from fractions import Fraction

import frappe
from frappe.query_builder.terms import NamedParameterWrapper
from frappe.utils import add_days, add_months, cint, cstr, getdate
from pypika.functions import Coalesce
from pypika.terms import ValueWrapper

from customer_service.customer_satisfaction import rule_conditions

Records = list[tuple[str, date]]
"""Name and day of counted records, the earliest first."""


def taken_off(rule, count: int) -> Fraction:
	"""What so many records take off by a rule, up to its limit."""
	points = Fraction(cstr(rule.points or 0)) * count
	return min(points, Fraction(cstr(rule.cap))) if rule.cap else points


def period(rule, campaign) -> tuple[date, date]:
	"""First and last day of what a rule counts: the campaign's period, or so many months before its end."""
	last = getdate(campaign.period_to)
	if cint(rule.months):
		return getdate(add_days(add_months(last, -cint(rule.months)), 1)), last
	return getdate(campaign.period_from), last


def of_customer(scheme, campaign, customer: str | None) -> list[Records]:
	"""The counted records of one customer for each rule of the scheme, by one statement; all empty without a customer."""
	if not customer or not scheme.deduction_rules:
		return [[] for _rule in scheme.deduction_rules]
	whole = None
	for number, rule in enumerate(scheme.deduction_rules):
		query, table = _query(rule, campaign)
		query = query.select(ValueWrapper(number), table.name, table[rule.date_field])
		query = query.where(table[rule.customer_field] == customer)
		whole = query if whole is None else whole.union_all(query)
	found = [[] for _rule in scheme.deduction_rules]
	values = NamedParameterWrapper()  # Frappe's query builder runs no unions itself
	sql = whole.get_sql(param_wrapper=values)
	for number, name, moment in frappe.db.sql(sql, values.get_parameters()):
		found[cint(number)].append((name, getdate(moment)))
	return [sorted(records, key=_by_day) for records in found]


def of_campaign(scheme, campaign) -> dict[str, list[Records]]:
	"""The same for all customers who answered a campaign, by one statement a rule; customers without any are left out."""
	response = frappe.qb.DocType("Survey Response")
	asked = frappe.qb.from_(response).select(response.customer).distinct().where(response.campaign == campaign.name)
	found: dict[str, list[Records]] = {}
	for number, rule in enumerate(scheme.deduction_rules):
		query, table = _query(rule, campaign)
		customer = table[rule.customer_field]
		for owner, name, moment in (
			query.select(customer, table.name, table[rule.date_field]).where(customer.isin(asked)).run()
		):
			lists = found.setdefault(owner, [[] for _rule in scheme.deduction_rules])
			lists[number].append((name, getdate(moment)))
	for lists in found.values():
		for records in lists:
			records.sort(key=_by_day)
	return found


def _by_day(record: tuple[str, date]) -> tuple[date, str]:
	return record[1], record[0]


def _query(rule, campaign):
	"""The rows of a register that a rule counts, whoever's; select is left."""
	table = frappe.qb.DocType(rule.register)
	first, last = period(rule, campaign)
	start, end = datetime.combine(first, time()), datetime.combine(last, time()) + timedelta(days=1)
	query = frappe.qb.from_(table).where((table[rule.date_field] >= start) & (table[rule.date_field] < end))
	for condition in rule_conditions.read(rule):
		query = query.where(_criterion(table[condition.fieldname], condition))
	return query, table


def _criterion(column, condition):
	operator, value = condition.operator, condition.value
	if operator in ("=", "!=") and isinstance(value, str):
		column = Coalesce(column, "")
	if operator == "=":
		return column == value
	if operator == "!=":
		return column != value
	return column > value if operator == ">" else column < value
