"""Periodic checks of customers' property (D-6): planned by protection class, opened when they come near, due by date or by shots.

A check that is done sets the next due date of its row of the plan; one that finds something wrong reports an abnormality. What has left
gets no checks.
"""

from datetime import datetime, time, timedelta

import frappe
from frappe import _
from frappe.utils import add_days, cint, escape_html, flt, getdate, now

from customer_service.customer_property import records
from customer_service.exceptions import PropertyError
from customer_service.organisation import cases, clock, locking, notices, people, processes, retry, states, steps
from customer_service.organisation.dated_clocks import Dated

DOCTYPE, PLAN = "Property Check", "Property Check Plan"
ITEM, KIND = "Customer Property", "Property Check Kind"

CLOSED, CANCELLED = "Closed", "Cancelled"
IN_ORDER, NOT_IN_ORDER = "In Order", "Not in Order"

CLOCK = "Property Check"

PART = 200
"""Checks that are opened in one transaction."""

BY_SHOTS = " shots "
"""Stands in `plan_row` of a check that shots have asked for."""

COMPUTED = ("property_name", "customer", "plan_row", "done_by", "property_event", "state_category", "ended_at")
RESULTS = ("result", "findings", "event_kind", "done_on", "next_due_on", "certificate")


# --- the plan of an item -------------------------------------------------------------------------------------------------


def plan_for(doc) -> None:
	"""A new item is checked as its protection class demands, unless its own plan says otherwise; a row without a date starts today.

	Called by the item's validate. :raises PropertyError: names the row of an interval that is none, or a kind that is there twice.
	"""
	if doc.is_new() and not doc.check_plan and doc.protection_class:
		for row in frappe.get_cached_doc("Protection Class", doc.protection_class).checks:
			doc.append("check_plan", {"check_kind": row.check_kind, "interval_days": row.interval_days})
	seen: set[str] = set()
	for row in doc.check_plan:
		if cint(row.interval_days) < 0:
			_refuse_row(row, _("the interval must not be negative"))
		if row.check_kind in seen:
			_refuse_row(row, _("this kind of check is there twice"))
		seen.add(row.check_kind)
		if cint(row.interval_days) and not row.due_on:
			row.due_on = add_days(clock.now().date(), cint(row.interval_days))


def _refuse_row(row, reason: str) -> None:
	frappe.throw(_("Row {0}: {1}.").format(row.idx, reason), PropertyError)


# --- opening -------------------------------------------------------------------------------------------------------------


def open_due() -> list[str]:
	"""Open a check for each row of a plan that is due within the days of the settings, once (daily). Run again, it opens nothing twice.

	What is opened is committed after every `PART` rows. Does nothing while the process is switched off.

	:returns: numbers of the new checks.
	"""
	if not processes.is_doctype_on(DOCTYPE):
		return []
	settings = frappe.get_cached_doc(records.SETTINGS)
	last_day = clock.now().date() + timedelta(days=cint(settings.property_check_lead_days))
	opened, after = [], ("0001-01-01", "")
	while after:
		names, after = _open_part(last_day, after)
		opened += names
		if after:
			frappe.db.commit()
	return opened


@retry.after_conflict
def _open_part(last_day, after: tuple) -> tuple[list[str], tuple | None]:
	"""Open the next checks that are due.

	:param after: day and name of the last row that was looked at. :returns: the new checks, and the last row if there may be more.
	"""
	rows = frappe.db.sql(
		# what is not here, or has left, is not checked; nor is what has a running check of this row already
		"""select plan.name, plan.parent, plan.check_kind, plan.due_on from `tabProperty Check Plan` plan
		join `tabCustomer Property` item on item.name = plan.parent
		where plan.due_on <= %(last_day)s and plan.parenttype = 'Customer Property' and item.received_qty > 0
			and item.state_category not in %(ended)s and (plan.due_on, plan.name) > %(after)s
			and not exists (select 1 from `tabProperty Check` known where known.customer_property = plan.parent
				and known.state_category not in %(ended)s
				and (known.plan_row = plan.name or known.plan_row like concat(plan.name, ' %%')))
		order by plan.due_on, plan.name limit %(part)s""",
		{"last_day": last_day, "ended": states.ENDED, "after": after, "part": PART},
		as_dict=True,
	)
	names = [name for row in rows if (name := _opened(row.parent, row.check_kind, row.due_on, row.name))]
	return names, (rows[-1].due_on, rows[-1].name) if len(rows) == PART else None


def _opened(item: str, kind: str, due_on, key: str) -> str | None:
	"""The new check; None if another process has just opened it, or it cannot be opened, which the error log tells."""
	frappe.db.savepoint("open_check")
	doc = frappe.get_doc({"doctype": DOCTYPE, "customer_property": item, "check_kind": kind, "due_on": due_on})
	doc.flags.computed = {"plan_row": key}
	try:
		return doc.insert(ignore_permissions=True).name
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
		frappe.db.rollback(save_point="open_check")
		frappe.clear_messages()
	except Exception as error:
		frappe.db.rollback(save_point="open_check")
		if retry.is_conflict(error):
			raise
		frappe.log_error(f"Check of {item} could not be opened")
	return None


# --- a check -------------------------------------------------------------------------------------------------------------


def follow(doc) -> None:
	"""What the state reached asks for and leaves behind (hook validate)."""
	if doc.is_new():
		take_item(doc)
	else:
		steps.refuse_change_after_end(doc)
		cases.keep_on_update(doc, "customer_property", "check_kind")
	if not doc.due_on:
		return  # Frappe names what is missing
	step = steps.step_reached(doc)
	if step == CLOSED:
		close(doc)
	elif step == CANCELLED and not doc.flags.step_by_system and not (doc.findings or "").strip():
		_demand(doc, "findings", _("Before a check is cancelled, fill in: {0}."))
	steps.settle(doc)
	free_row(doc)


def free_row(doc) -> None:
	"""A check that has ended holds its row of the plan no longer: the next one may be due on the same day."""
	if doc.plan_row and doc.state_category in states.ENDED:
		doc.plan_row = f"{doc.plan_row} {doc.name}"


def take_item(doc) -> None:
	"""A new check knows its item, and who keeps it. :raises PropertyError: for an item that has left."""
	columns = ["property_name", "customer", "department", "state_category"]
	item = frappe.db.get_value(ITEM, doc.customer_property, columns, as_dict=True)
	if not item:
		return  # Frappe names the missing link
	if item.state_category in states.ENDED:
		frappe.throw(
			_("{0} has left; it is not checked any more.").format(frappe.bold(escape_html(doc.customer_property))),
			PropertyError,
		)
	doc.update({"property_name": item.property_name, "customer": item.customer})
	doc.department = doc.department or item.department


def close(doc) -> None:
	"""A check is done: its result, its day, and when the next one is due.

	:raises PropertyError: for a missing result, nothing said of what is wrong, or a next date that is not after it; FutureDateError.
	"""
	if not doc.result:
		_demand(doc, "result")
	doc.done_on = doc.done_on or clock.now().date()
	cases.refuse_future(doc, "done_on")
	if doc.result == NOT_IN_ORDER:
		for field in ("findings", "event_kind"):
			if not (doc.get(field) or "").strip():
				_demand(doc, field)
	interval = cint(_plan(doc).get("interval_days"))
	doc.next_due_on = doc.next_due_on or (add_days(getdate(doc.done_on), interval) if interval else None)
	if doc.next_due_on and getdate(doc.next_due_on) <= getdate(doc.done_on):
		frappe.throw(
			_("{0} must be after {1}.").format(_(doc.meta.get_label("next_due_on")), _(doc.meta.get_label("done_on"))),
			PropertyError,
		)
	doc.done_by = frappe.session.user


def _demand(doc, field: str, words: str | None = None) -> None:
	words = words or _("Before a check is closed, fill in: {0}.")
	frappe.throw(words.format(frappe.bold(_(doc.meta.get_label(field)))), PropertyError)


def _plan(doc) -> frappe._dict:
	"""The row of the item's plan that the check is of: its own, or for a check that somebody made, that of its kind."""
	own = (doc.plan_row or "").split(" ")[0]
	filters = {"parent": doc.customer_property, "parenttype": ITEM}
	filters |= {"name": own} if own and not is_by_shots(doc) else {"check_kind": doc.check_kind}
	found = frappe.db.get_value(PLAN, filters, ["name", "interval_days", "due_on"], as_dict=True)
	return found or frappe._dict()


def is_by_shots(doc) -> bool:
	"""Whether shots have asked for the check, and not a row of the plan or a person."""
	return BY_SHOTS in (doc.plan_row or "")


def after_step(doc) -> None:
	"""What a check that has ended does to its item (hook on_update)."""
	step = steps.step_reached(doc)
	if step == CLOSED:
		set_next(doc, doc.next_due_on)
		note_maintenance(doc)
		if doc.result == NOT_IN_ORDER:
			report(doc)
	elif step == CANCELLED and not doc.flags.step_by_system:
		if is_by_shots(doc):
			note_maintenance(doc)  # left out this time; the next one is due by as many shots
		plan = _plan(doc)  # left out this time; the next one is due by the interval
		set_next(doc, add_days(doc.due_on, cint(plan.interval_days)) if cint(plan.interval_days) else None)


def set_next(doc, due_on) -> None:
	"""Write the next date into the item's plan, past the item; whoever has its form open loads it again."""
	plan = _plan(doc)
	if not plan:
		return
	frappe.db.set_value(PLAN, plan.name, "due_on", due_on)
	touched(doc.customer_property)


def touched(item: str, **values) -> None:
	"""Store values of an item so that a form that is open elsewhere does not write old ones back."""
	frappe.db.set_value(ITEM, item, {"modified": now(), **values}, update_modified=False)


def report(doc) -> None:
	"""Report what was found wrong as an abnormality (D-5)."""
	event = frappe.get_doc(
		{
			"doctype": "Property Event",
			"customer_property": doc.customer_property,
			"kind": doc.event_kind,
			"description": doc.findings,
			"found_at": clock.now(),
			"reporting_department": doc.department,
		}
	).insert(ignore_permissions=True)
	doc.property_event = event.name
	doc.db_set("property_event", event.name, update_modified=False)


def limits_of(doc) -> list[Dated]:
	"""Until when the check is to be done: the end of its day, as a clock that the sweep marks and escalates (D-6, F-5)."""
	return [
		Dated(
			clock=CLOCK,
			part="",
			department=doc.department,
			assigned_to=doc.assigned_to,
			started_at=doc.creation,
			due_at=datetime.combine(getdate(doc.due_on), time(23, 59)),
			stopped_at=doc.ended_at if doc.state_category == states.CLOSED else None,
			is_cancelled=doc.state_category == states.CANCELLED,
		)
	]


# --- what happens to the item --------------------------------------------------------------------------------------------


def follow_item(name: str) -> None:
	"""Cancel the open checks of an item that has left, was cancelled, or whose receipt was taken back.

	Does nothing for one that is still here, nor for one that is still expected: nothing was entered for it yet.
	"""
	item = frappe.db.get_value(ITEM, name, ["state_category", "received_qty", "first_entry_on"], as_dict=True)
	if not item or item.state_category not in states.ENDED and (flt(item.received_qty) > 0 or not item.first_entry_on):
		return
	for check in frappe.get_all(
		DOCTYPE, {"customer_property": name, "state_category": ("not in", states.ENDED)}, pluck="name"
	):
		# without its key: should the item come back, the check can be opened anew
		steps.go_to(locking.load(DOCTYPE, check), CANCELLED, plan_row=None)


def follow_shots(name: str) -> None:
	"""After shots were counted: open the maintenance that they ask for, once, and tell who is in charge of a life that is exceeded."""
	columns = [
		"name",
		"property_name",
		"shot_count",
		"shots_at_maintenance",
		"maintenance_shots",
		"maximum_shots",
		"department",
	]
	item = frappe.db.get_value(ITEM, name, [*columns, "state_category"], as_dict=True)
	if not item or item.state_category in states.ENDED:
		return
	made, since = cint(item.shot_count), cint(item.shots_at_maintenance)
	if cint(item.maintenance_shots) > 0 and made - since >= cint(item.maintenance_shots):
		open_maintenance(name, since)
	if cint(item.maximum_shots) > 0 and made > cint(item.maximum_shots):
		doc = frappe.get_doc(ITEM, name)
		notices.tell([*records.in_charge(), people.head_of(item.department) or ""], doc, _words_life)


def open_maintenance(name: str, since: int) -> str | None:
	"""
	:param since: shots at the last maintenance. :returns: the new check; None if there is one.
	:raises PropertyError: if the site has no kind of check that is asked for by shots.
	"""
	kinds = frappe.get_all(KIND, {"is_maintenance": 1, "is_active": 1}, pluck="name", order_by="name asc")
	if not kinds:
		frappe.throw(_("No kind of check is asked for by shots. Mark one in {0}.").format(_(KIND)), PropertyError)
	still = {"customer_property": name, "check_kind": ("in", kinds), "state_category": ("not in", states.ENDED)}
	if frappe.db.exists(DOCTYPE, still):
		return None
	check = _opened(name, kinds[0], clock.now().date(), f"{name}{BY_SHOTS}{since}")
	if check:
		doc = frappe.get_doc(DOCTYPE, check)
		notices.tell(
			[people.head_of(doc.department) or "", *people.members_of(doc.department)], doc, _words_maintenance
		)
	return check


def _words_life(doc, language: str) -> str:
	return _("{0} {1} has made {2} shots; its life is {3}.", lang=language).format(
		doc.name, doc.property_name, doc.shot_count, doc.maximum_shots
	)


def _words_maintenance(doc, language: str) -> str:
	return _("{0} {1} is due for maintenance by its shots.", lang=language).format(
		doc.customer_property, doc.property_name or ""
	)


def note_maintenance(doc) -> None:
	"""A maintenance that is done, or that a person leaves out, starts the shots anew."""
	if not frappe.db.get_value(KIND, doc.check_kind, "is_maintenance"):
		return
	shots = frappe.db.get_value(ITEM, doc.customer_property, "shot_count", for_update=True)
	touched(doc.customer_property, shots_at_maintenance=cint(shots))
