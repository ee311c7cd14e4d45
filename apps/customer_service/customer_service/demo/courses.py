"""How a complaint goes through its workflow: who takes which step when, for all the ways that a case can go."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from customer_service.organisation import clock

HOUR = 3600 * 1_000_000
OFFICE = clock.Timetable([(weekday, 9 * HOUR, 18 * HOUR) for weekday in range(5)])
"""When the company works; a pure calculation, no Working Calendar is read."""

HEAD, REVIEWER, ASSIGNEE, LEAD = "@head", "@reviewer", "@assignee", "@lead"
"""Head and reviewer of the department that leads, who works on the case there, and the department itself; known only once it is
routed."""

OURS = {
	"is_justified": "Justified",
	"responsibilities": [{"party": "Our Department", "department": LEAD, "share": 100}],
}
"""Whose fault it was, where it was ours."""

FATES = {"normal": 60, "slow": 12, "waiting": 12, "rejected": 5, "reopened": 6, "cancelled": 4}


@dataclass
class Step:
	"""One step of a record: an action of the workflow, or only values."""

	at: datetime
	user: str
	action: str | None
	values: dict = field(default_factory=dict)


class Course:
	"""The steps of one complaint, worked out with a generator of random numbers.

	:param until: steps after this moment are left out: the case is still on its way.
	:param texts: cause, decision, measures and answer.
	:param rejection: cause and answer of a complaint that is not ours.
	"""

	def __init__(
		self, random: Random, received: datetime, until: datetime, texts: dict, rejection: dict, serious: bool
	):
		self.random = random
		self.until = until
		self.texts = texts
		self.rejection = rejection
		self.severity = "Serious" if serious else "Minor"
		self.moment = received
		self.pace = 1.0
		self.steps: list[Step] = []

	def whole(self) -> list[Step]:
		"""The full course of a complaint, as far as it has come by the end of the demo."""
		fate = self.random.choices(list(FATES), list(FATES.values()))[0]
		# What is new is sometimes left lying: open records that are late.
		stuck = (self.until - self.moment).days < 25 and self.random.random() < 0.15
		self.pace = self.random.uniform(1.7, 3.2) if fate == "slow" else self.random.uniform(0.6, 1.2)
		self._acknowledge()
		if fate == "cancelled":
			self._office(60, 400, "manager", "Cancel Complaint")
			return self.done()
		self._assess()
		self._office(30, 240, REVIEWER, "Start Investigation")
		if stuck:
			if self.random.random() < 0.4:
				self._office(60, 300, REVIEWER, "Ask Customer")
			return self.done()
		if fate == "waiting":
			self._wait()
		if fate == "rejected":
			self._office(240, 900, HEAD, "Reject with Reason", {"decision": "", **self._not_ours()})
		else:
			self._solve()
		if fate == "reopened":
			self._office(300, 1500, "clerk", "Reopen")
			self._office(30, 240, REVIEWER, "Start Investigation")
			self._solve()
		self._office(500, 2200, "clerk", "Record Acceptance")
		self._office(60, 1600, "manager", "Close Complaint")
		return self.done()

	def fresh(self, number: int) -> list[Step]:
		"""The course of one that has just come in: the first wait, the later ones are taken up."""
		if number in (0, 1, 2, 6):
			return []
		self._at_once("clerk", "Acknowledge")
		if number > 6:
			self.pace = 0.5
			self._at_once("clerk", "Assess", {"severity": self.severity, "assigned_to": ASSIGNEE})
		if number > 8:
			self._at_once(REVIEWER, "Start Investigation")
		return self.done()

	def done(self) -> list[Step]:
		"""The steps that have happened by the end."""
		return [step for step in self.steps if step.at < self.until]

	def _step(self, user: str, action: str, values: dict | None = None) -> None:
		self.steps.append(Step(self.moment, user, action, values or {}))

	def _office(self, shortest: int, longest: int, user: str, action: str, values: dict | None = None) -> None:
		"""A step after some working minutes, in office hours."""
		minutes = self.random.triangular(shortest, longest) * self.pace
		self.moment = OFFICE.deadline(self.moment, round(minutes)) - timedelta(seconds=self.random.randrange(50))
		self._step(user, action, values)

	def _at_once(self, user: str, action: str, values: dict | None = None) -> None:
		self.moment += timedelta(seconds=self.random.randrange(180, 1000))
		self._step(user, action, values)

	def _acknowledge(self) -> None:
		if self.random.random() < 0.82:
			self._at_once("clerk", "Acknowledge")
		else:
			self._office(20, 120, "clerk", "Acknowledge")

	def _assess(self) -> None:
		self._office(15, 120, "clerk", "Assess", {"severity": self.severity, "assigned_to": ASSIGNEE})

	def _wait(self) -> None:
		self._office(60, 300, REVIEWER, "Ask Customer")
		self._office(400, 2600, "clerk", "Customer Replied")

	def _not_ours(self) -> dict:
		evidence = {"party": "Customer's Use", "share": 100, "evidence": self.rejection["cause"]}
		found = {"is_justified": "Not Justified", "cause_category": "Customer's Use", "responsibilities": [evidence]}
		return self.rejection | found

	def _solve(self) -> None:
		found = {key: self.texts[key] for key in ("cause", "cause_category", "decision", "measures")} | OURS
		self._office(240, 900, HEAD, "Decide", found)
		self._office(30, 200, REVIEWER, "Carry Out")
		self._office(200, 900, "clerk", "Answer Customer", {"answer": self.texts["answer"]})
