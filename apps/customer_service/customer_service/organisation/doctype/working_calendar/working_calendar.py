import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.exceptions import CalendarError
from customer_service.organisation import clock, replanning


class WorkingCalendar(Document):
	"""Which hours count for a time limit, in the site's time zone (rule G-5)."""

	def validate(self):
		self.refuse_bad_intervals()

	def on_update(self):
		replanning.after_calendar(self)

	def refuse_bad_intervals(self):
		"""Name the row that ends before it starts or overlaps; then let the timetable judge the week as a whole."""
		if self.is_around_the_clock:
			return
		spans = []
		for row in self.intervals:
			start = clock.time_of_day(row.from_time)
			end = clock.time_of_day(row.to_time) or clock.DAY
			if end <= start:
				frappe.throw(_("Row {0}: {1} must end after it starts.").format(row.idx, _(row.weekday)), CalendarError)
			for weekday, other_start, other_end, idx in spans:
				if weekday == row.weekday and start < other_end and other_start < end:
					frappe.throw(
						_("Row {0} overlaps row {1} on {2}. Change one of the two intervals.").format(
							row.idx, idx, _(row.weekday)
						),
						CalendarError,
					)
			spans.append((row.weekday, start, end, row.idx))
		if not spans:
			frappe.throw(
				_("Add at least one working interval, or mark the calendar as around the clock."), CalendarError
			)
		clock.build(self)
