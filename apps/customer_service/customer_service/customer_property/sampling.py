"""How many pieces of a lot are inspected, and what was found in them (D-2): the plan's row, measured values, the verdict it proposes."""

import math
import re
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.contract_review import quantities
from customer_service.contract_review.money import exact
from customer_service.exceptions import PropertyError

ACCEPTED, REJECTED, PARTLY = "Accepted", "Rejected", "Partly Accepted"
CONFORMING, NOT_CONFORMING = "Conforming", "Not Conforming"

SEPARATORS = re.compile(r"[\s;；]+")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")


def row_of(plan: str, lot) -> frappe._dict:
	"""The plan's row for a lot: sample_size, accept_up_to, reject_from; an empty sample is every piece, and none is larger than the lot.

	A part of a piece counts whole, for the sample and for the row alike: plans count pieces, and 13.5 lie in none of 1–13 and 14–150.

	:raises PropertyError: if no row covers the lot.
	"""
	every = math.ceil(exact(lot))
	for row in frappe.get_cached_doc("Sampling Plan", plan).rows:
		if exact(row.lot_from) <= every and (not exact(row.lot_to) or every <= exact(row.lot_to)):
			return frappe._dict(
				sample_size=min(row.sample_size or every, every),
				accept_up_to=row.accept_up_to or 0,
				reject_from=row.reject_from or (row.accept_up_to or 0) + 1,
			)
	frappe.throw(
		_("Sampling plan {0} has no row for a lot of {1}. Choose another plan, or add the row.").format(
			frappe.bold(escape_html(_(plan))), quantities.text(exact(lot))
		),
		PropertyError,
	)


def follow_plan(doc) -> None:
	"""Sample, acceptance and rejection numbers of an inspection from its plan; the sample may be larger than the plan asks.

	:raises PropertyError: for a smaller sample, and see `row_of`.
	"""
	if not doc.sampling_plan:
		doc.accept_up_to = doc.reject_from = 0
		return
	row = row_of(doc.sampling_plan, doc.lot_qty)
	before = doc.get_doc_before_save()
	is_other_plan = bool(before) and before.sampling_plan != doc.sampling_plan
	if not doc.sample_size or (is_other_plan and doc.sample_size == before.sample_size):
		doc.sample_size = row.sample_size
	if not row.sample_size <= doc.sample_size <= math.ceil(exact(doc.lot_qty)):
		frappe.throw(
			_("The sample is at least {0} and at most {1} pieces.").format(
				row.sample_size, math.ceil(exact(doc.lot_qty))
			),
			PropertyError,
		)
	doc.update({"accept_up_to": row.accept_up_to, "reject_from": row.reject_from})


def read(doc) -> None:
	"""Defects and results of the characteristics from their measured values, and the defects of the sample from those.

	What a person states himself is kept as long as the values do not say otherwise.

	:raises PropertyError: names the row and what contradicts.
	"""
	before = doc.get_doc_before_save()
	known = {row.name: row for row in before.characteristics} if before else {}
	for row in doc.characteristics:
		_read_row(row, known.get(row.name))
	_count(doc, before)


def _read_row(row, old) -> None:
	if (row.defects or 0) < 0:
		_refuse(row, _("the number of defects is negative"))
	if _low(row) is not None and _high(row) is not None and _low(row) > _high(row):
		_refuse(row, _("the lower limit is above the upper one"))
	outside = outside_of(row)
	stated = bool(row.defects) if old is None else (row.defects or 0) != (old.defects or 0)
	said = bool(row.result) if old is None else (row.result or "") != (old.result or "")
	if outside is None:
		if row.result == CONFORMING and row.defects and not said:
			row.result = None
		row.result = row.result or (NOT_CONFORMING if row.defects else None)
		if row.result == CONFORMING and row.defects:
			_refuse(row, _("it is conforming with {0} defects").format(row.defects))
		if row.result == NOT_CONFORMING and not row.defects:
			_refuse(row, _("it is not conforming; say in how many pieces"))
		return
	if stated and row.defects != outside:
		_refuse(row, _("{0} of the measured values are outside the limits, not {1}").format(outside, row.defects or 0))
	result = NOT_CONFORMING if outside else CONFORMING
	if said and row.result and row.result != result:
		_refuse(row, _("by the measured values it is {0}").format(_(result)))
	row.defects, row.result = outside, result


def outside_of(row) -> int | None:
	"""How many of the measured values are outside the limits; None where there are no limits, no values, or words.

	:raises PropertyError: for numbers and words mixed.
	"""
	words = [word for word in SEPARATORS.split(row.measured or "") if word]
	numbers = [Decimal(word) for word in words if NUMBER.fullmatch(word)]
	low, high = _low(row), _high(row)
	if not numbers or (low is None and high is None):
		return None
	if len(numbers) != len(words):
		odd = next(word for word in words if not NUMBER.fullmatch(word))
		_refuse(row, _("{0} is no number").format(escape_html(odd[:40])))
	return sum((low is not None and value < low) or (high is not None and value > high) for value in numbers)


def _low(row) -> Decimal | None:
	"""The lower limit. The database knows no empty number: 0 above the upper limit, or beside another 0, is none."""
	low, high = exact(row.lower_limit), exact(row.upper_limit)
	return low if low or high > 0 else None


def _high(row) -> Decimal | None:
	low, high = exact(row.lower_limit), exact(row.upper_limit)
	return high if high or low < 0 else None


def _refuse(row, reason: str) -> None:
	frappe.throw(
		_("Row {0}, {1}: {2}.").format(row.idx, frappe.bold(escape_html(row.characteristic or "")), reason),
		PropertyError,
	)


def _count(doc, before) -> None:
	"""Defects of the sample: at least those of the worst characteristic, all of them together unless a person counts pieces."""
	each = [row.defects or 0 for row in doc.characteristics]
	old = [row.defects or 0 for row in before.characteristics] if before else []
	untouched = (doc.defects_found or 0) == ((before.defects_found or 0) if before else 0)
	if untouched and each != old:
		doc.defects_found = min(sum(each), doc.sample_size or sum(each))
	if (doc.defects_found or 0) < max(each, default=0):
		frappe.throw(
			_("At least {0} defects were found by the characteristics, not {1}.").format(
				max(each), doc.defects_found or 0
			),
			PropertyError,
		)


def proposed(doc) -> str:
	"""What the plan says to the defects found: Accepted, Rejected, or nothing between its numbers, without a plan and before a sample was
	looked at."""
	if not doc.sampling_plan or not doc.started_at:
		return ""
	found = doc.defects_found or 0
	if found <= (doc.accept_up_to or 0):
		return ACCEPTED
	return REJECTED if found >= doc.reject_from else ""


def has_values(doc) -> bool:
	"""Whether anything of the sample was written down."""
	return bool(doc.defects_found) or any(row.measured or row.defects or row.result for row in doc.characteristics)
