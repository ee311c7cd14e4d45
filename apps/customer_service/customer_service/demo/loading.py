"""Stores the demo through the same doors as people do: documents are inserted and taken through their workflow by users who may."""

import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import frappe
from frappe.model.naming import make_autoname
from frappe.model.workflow import apply_workflow, get_transitions
from frappe.query_builder.functions import Count
from frappe.utils import get_datetime, now_datetime
from frappe.utils.synchronization import filelock

from customer_service.demo import company
from customer_service.demo import plan as plans
from customer_service.demo.courses import ASSIGNEE, HEAD, LEAD, REVIEWER, Step
from customer_service.demo.progress import Progress
from customer_service.organisation import clock_sweep, clocks, states

MARKER = "customer_service_demo"
CHUNK = 5
ATTEMPTS = 5

STEP_EVENTS = ("State Changed", "Reopened")


def load(
	profile: str = "P1",
	language: str = "en",
	seed: int = 2026,
	scale: float = 1.0,
	until: datetime | None = None,
) -> dict:
	"""Load the demo company with a year of records; does nothing if it is there. A load that was ended early is continued.

	No mail is sent or queued. Passwords of the demo users come from the environment (``CS_DEMO_PASSWORD``), or are made up.

	:param profile: ``P1`` (electronics exporter) or ``P0`` (equipment maker).
	:param language: ``en`` or ``zh``: texts, names and the users' desk.
	:param scale: 0.1 loads a tenth of the records.
	:param until: where the year ends, site time zone; now if not given.
	:returns: ``{"created": bool, "password": str or None, "users": [...]}``; the password only if it was made up.
	:raises ValueError: for an unknown profile or language; LockTimeoutError: while another load is at work.
	"""
	frappe.only_for(("System Manager", "Customer Service Administrator"))
	with filelock(MARKER, timeout=5):
		return _load(profile, language, seed, scale, until)


def _load(profile: str, language: str, seed: int, scale: float, until: datetime | None) -> dict:
	begun = _marker()
	if begun.get("finished"):
		print("The demo is there already: nothing to do.")
		return {"created": False, "password": None, "users": users()}
	begun = begun or {
		"profile": profile,
		"language": language,
		"seed": seed,
		"scale": scale,
		"until": str(until or now_datetime().replace(second=0, microsecond=0)),
	}
	plan = plans.make(**{**begun, "until": datetime.fromisoformat(begun["until"])})
	_mark(begun)
	password = os.environ.get("CS_DEMO_PASSWORD") or secrets.token_urlsafe(12)
	_run(plan, password)
	_mark({**begun, "finished": True})
	_commit()
	return {
		"created": True,
		"password": None if os.environ.get("CS_DEMO_PASSWORD") else password,
		"users": users(),
	}


def _run(plan: plans.Plan, password: str) -> None:
	"""Carry the plan out; where the site's own jobs get in the way, go on from what is stored."""
	for left in reversed(range(ATTEMPTS)):
		try:
			return _Loader(plan).run(password)
		except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			frappe.db.rollback()
			if not left:
				raise


def users() -> list[dict]:
	"""The demo users that exist: ``user``, ``full_name``, ``department`` and ``roles``."""
	begun = _marker()
	if not begun:
		return []
	shown = []
	for person in plans.people(begun["profile"], begun["language"]):
		if not frappe.db.exists("User", person.email):
			continue
		roles = frappe.get_all("Has Role", {"parent": person.email, "parenttype": "User"}, pluck="role", order_by="idx")
		shown.append(
			{
				"user": person.email,
				"full_name": person.full_name,
				"department": person.department,
				"roles": [role for role in roles if role != "Desk User"],
			}
		)
	return shown


def _marker() -> dict:
	# Asked of the database itself: the cache of defaults would outlive a transaction that is rolled back.
	state = frappe.db.get_value("DefaultValue", {"parent": "__global", "defkey": MARKER}, "defvalue")
	return json.loads(state or "{}")


def _mark(state: dict) -> None:
	frappe.db.set_global(MARKER, json.dumps(state))


def _commit() -> None:
	"""The load is a command of its own, not part of a request: what is done stays done if it is killed."""
	frappe.db.commit()


@dataclass
class Stored:
	"""What the loader remembers of a record; `limits` are the deadlines of the clocks that run."""

	name: str
	lead_department: str
	customer: str | None
	limits: list[datetime]


def limits_of(doc) -> list[datetime]:
	"""Deadlines that a case may still miss; none while it waits for the customer."""
	if doc.doctype != "Complaint" or doc.waiting_since or doc.state_category not in states.RUNNING:
		return []
	fields = clocks.UnderClocks.CLOCK_FIELDS.values()
	return [get_datetime(doc.get(due)) for due, stopped, _late in fields if doc.get(due) and not doc.get(stopped)]


def set_clock(at: datetime) -> None:
	"""Move the present, and the day that Frappe writes into creation and modified."""
	frappe.flags.service_now = at
	frappe.flags.current_date = at.date()


def become(user: str) -> None:
	"""Act as another user, without forgetting what this process has read from the cache: the users change at every step."""
	if frappe.session.user == user:
		return
	read, blank = frappe.local.cache, frappe.local.new_doc_templates
	frappe.set_user(user)
	frappe.local.cache = read
	frappe.local.new_doc_templates = {doctype: blank[doctype] for doctype in ("Version", "Comment") if doctype in blank}


class _Loader:
	"""Carries a plan out. What is stored already is recognised, so that a second run goes on where the first ended."""

	def __init__(self, plan: plans.Plan):
		self.plan = plan
		self.people = {person.key: person for person in plan.people}
		self.customers: dict[str, str] = {}
		self.stored: dict[int, Stored] = {}

	def run(self, password: str) -> None:
		before = frappe.flags.get("mute_emails"), frappe.session.user
		frappe.flags.mute_emails = True
		try:
			company.fill_settings(self.plan)
			company.make_people(self.plan, password)
			self.customers = company.make_customers(self.plan)
			_commit()
			self.play()
		finally:
			frappe.set_user(before[1])
			frappe.flags.mute_emails = before[0]
			frappe.flags.service_now = frappe.flags.current_date = None

	def play(self) -> None:
		"""Let the year happen, case by case in the order of arrival.

		A case is stored with all its steps at once, so that the site's own sweep over the clocks never finds last year's
		cases half-way.
		"""
		done = self.find_stored()
		progress = Progress("Demo records", len(self.plan.cases))
		for number, case in enumerate(self.plan.cases):
			taken = done.get(number, 0)
			if number not in self.stored:
				self.insert(number, case)
			for step in case.steps[taken:]:
				self.pass_limits(number, step.at)
				set_clock(step.at)
				self.take_step(number, case, step)
			self.pass_limits(number, self.plan.until)
			if number % CHUNK == 0:
				_commit()
			progress.show(number + 1)
		_commit()

	def find_stored(self) -> dict[int, int]:
		"""Find the cases that an earlier run has stored; returns how many steps each has taken."""
		done = {}
		for doctype, moment in (("Complaint", "received_at"), ("Contact Record", "contacted_at")):
			found = {
				(row[moment], row.contact_person): Stored(row.name, row.lead_department, row.customer, [])
				for row in frappe.get_all(
					doctype, fields=["name", moment, "contact_person", "lead_department", "customer"]
				)
			}
			event = frappe.qb.DocType("Service Event")
			taken = dict(
				frappe.qb.from_(event)
				.select(event.reference_name, Count(event.name))
				.where(event.reference_doctype == doctype)
				.where(event.event.isin(STEP_EVENTS))
				.groupby(event.reference_name)
				.run()
			)
			for number, case in enumerate(self.plan.cases):
				stored = found.get((case.at, case.values["contact_person"])) if case.doctype == doctype else None
				if stored:
					self.stored[number] = stored
					done[number] = taken.get(stored.name, 0)
		return done

	def pass_limits(self, number: int, until: datetime) -> None:
		"""Let the sweep find what becomes late before the next step, a few minutes after the limit as in real life."""
		for limit in sorted(self.stored[number].limits):
			if limit < until:
				set_clock(min(limit + timedelta(minutes=3), until))
				become("Administrator")
				clock_sweep.mark_breaches()
		self.stored[number].limits = [limit for limit in self.stored[number].limits if limit >= until]

	def insert(self, number: int, case: plans.Case) -> None:
		set_clock(case.at)
		values = dict(case.values)
		values["customer"] = self.customers.get(values["customer"])
		is_guest = case.user == "Guest"
		become("Guest" if is_guest else self.people[case.user].email)
		doc = frappe.get_doc({"doctype": case.doctype, **values})
		doc.flags.notifications = []  # nobody is written to about the past
		# The number belongs to the year of the case; Frappe would take the present one.
		series = doc.meta.get_field("naming_series").default.replace("YYYY", str(case.at.year))
		doc.insert(ignore_permissions=is_guest, set_name=make_autoname(series, doc=doc))
		self.stored[number] = Stored(doc.name, doc.lead_department, doc.customer, limits_of(doc))

	def take_step(self, number: int, case: plans.Case, step: Step) -> None:
		stored = self.stored[number]
		become(self.person(step.user, stored))
		values = {
			key: self.person(value, stored) if key == "assigned_to" else value for key, value in step.values.items()
		}
		if "responsibilities" in values:
			values["responsibilities"] = [
				{**row, "department": stored.lead_department} if row.get("department") == LEAD else row
				for row in values["responsibilities"]
			]
			self.report_tasks(stored.name, values["cause"])
			become(self.person(step.user, stored))
		if step.action == "Assess" and not stored.customer:
			values["customer"] = self.customers[case.values["reported_company"]]
		if not values:
			doc = frappe.get_doc({"doctype": case.doctype, "name": stored.name})  # apply_workflow reads the rest
			doc.flags.update({"notifications": [], "ignore_version": True})  # it leaves a comment, which says the same
			apply_workflow(doc, step.action)
			stored.limits = limits_of(doc)
			return
		doc = frappe.get_doc(case.doctype, stored.name)
		doc.flags.notifications = []
		doc.update(values)
		if step.action:
			# One save for the values and the state, as a client would send it; Frappe checks the transition.
			doc.workflow_state = next(t.next_state for t in get_transitions(doc) if t.action == step.action)
		doc.save()
		stored.limits = limits_of(doc)

	def report_tasks(self, complaint: str, report: str) -> None:
		"""The assisting departments have said what they know before it is decided."""
		tasks = frappe.get_all(
			"Complaint Task", {"complaint": complaint, "state_category": "Open"}, ["name", "department"]
		)
		for row in tasks:
			staff = [person.email for person in self.plan.people if person.department == row.department]
			become(staff[0] if staff else self.people["clerk"].email)
			task = frappe.get_doc("Complaint Task", row.name)
			task.flags.notifications = []
			task = apply_workflow(task, "Take Up")
			task.update({"report": report, "workflow_state": "Done"})
			task.save()

	def person(self, key: str, stored: Stored) -> str:
		"""The user whom a step's key stands for in this case."""
		if key not in (HEAD, REVIEWER, ASSIGNEE):
			return self.people[key].email
		department = frappe.get_cached_doc("Service Department", stored.lead_department)
		staff = [person for person in self.plan.people if person.department == department.name]
		head = next(person.email for person in staff if person.place == "head")
		others = [person.email for person in staff if person.place != "head"]
		if key == HEAD or not others:
			return head
		# A department of clerks has no reviewers: the head takes their steps, and a clerk the work.
		can_review = "Department Reviewer" in {row.role for row in department.roles}
		return others[int(stored.name[-1]) % len(others)] if can_review or key == ASSIGNEE else head
