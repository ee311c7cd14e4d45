"""Problems that repeat more often than a rule allows, and whether the last month is beyond chance (F-11)."""

import frappe
from frappe import _

from customer_service.complaint_handling import control_chart, figures, repeats

SHOWN = 15
"""Bars of the chart."""


def execute(filters: dict | None = None):
	"""Warnings, the most frequent problem first, with chart and summary.

	:param filters: ``to_date`` (last day, today if not given) and any of `figures.MATCHED`.
	"""
	data = get_data(frappe._dict(filters or {}))
	return get_columns(), data, None, get_chart(data), get_summary(data)


def get_columns() -> list[dict]:
	return [
		figures.column("rule", _("Repeat Rule"), "Link", 200, options="Repeat Rule"),
		figures.column("subject_value", _("Same"), "Data", 150),
		figures.column("together_value", _("With the Same"), "Data", 150),
		figures.column("period", _("Period"), "Data", 90),
		figures.column("complaints", _("Complaints"), width=100),
		figures.column("minimum_count", _("Warning From"), width=110),
		figures.column("since", _("Since"), "Date", 110),
		figures.column("last_received", _("Last Received"), "Datetime", 160),
		figures.column("month_count", _("This Month"), width=100),
		figures.column("month_mean", _("Mean of the Months Before"), "Float", 170, precision=2),
		figures.column("month_limit", _("Upper Limit"), "Float", 110, precision=2),
		figures.column("signal", _("Beyond Chance"), "Data", 150),
	]


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	"""The warnings with their words in the user's language."""
	data = repeats.warnings(filters)
	for row in data:
		row.period = _(row.period)
		row.together_value = _(row.together_value) if row.together_value else ""
		row.is_beyond_chance = int(bool(row.signal))
		row.signal = control_chart.in_words(row.signal)
	return data


def get_chart(data: list[frappe._dict]) -> dict | None:
	"""The most frequent problems beside the numbers from which on they are warnings."""
	if not data:
		return None
	shown = data[:SHOWN]
	return {
		"type": "bar",
		"colors": ["#e24c4c", "#d1d8dd"],
		"data": {
			"labels": [_name(row) for row in shown],
			"datasets": [
				{"name": _("Complaints"), "values": [row.complaints for row in shown]},
				{"name": _("Warning From"), "values": [row.minimum_count for row in shown]},
			],
		},
	}


def _name(row: frappe._dict) -> str:
	return " · ".join(part for part in (row.subject_value, row.period, row.together_value) if part)


def get_summary(data: list[frappe._dict]) -> list[dict]:
	beyond = sum(row.is_beyond_chance for row in data)
	return [
		{"value": len(data), "label": _("Warnings"), "datatype": "Int", "indicator": "Orange" if data else "Green"},
		{
			"value": beyond,
			"label": _("Beyond Chance"),
			"datatype": "Int",
			"indicator": "Red" if beyond else "Green",
		},
	]
