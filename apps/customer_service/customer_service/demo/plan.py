"""What the demo consists of, worked out before anything is stored.

The plan follows from the profile, the language, the seed, the size and the moment at which it ends, and from nothing else:
no database and no clock is asked, so the same arguments always give the same plan.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from customer_service.demo import courses

FOLDER = Path(__file__).parent
PROFILES = ("P0", "P1")

DAYS = 365
CUSTOMERS, COMPLAINTS, CONTACTS = 40, 300, 420

CHANNELS = ("E-mail", "Phone", "Hot Line", "Web Form", "On-site Reception", "Letter", "Visit", "Fax")
CHANNEL_WEIGHTS = (30, 22, 12, 22, 4, 3, 4, 3)
CONTACT_CHANNELS = ("Phone", "E-mail", "Hot Line", "Visit", "Website", "SMS", "Fax", "Forum")
CONTACT_WEIGHTS = (40, 30, 10, 6, 5, 4, 3, 2)

CAUSES = {
	"Quality": ("Material", "Method", "Machine", "Workmanship", "Measurement", "Design"),
	"Delivery": ("Planning and Delivery", "Packaging", "Transport Damage"),
	"Service": ("Service",),
}
"""Causes that a class of complaints is put down to."""

# Minutes before the end at which a complaint arrives in any case: what a service clerk has on the desk in the morning.
FRESH_MINUTES = (4, 11, 19, 26, 48, 95, 170, 260, 340, 430)

# The same for contacts, which nobody has answered yet.
FRESH_CONTACTS = (9, 38, 85, 160, 300)


@dataclass(frozen=True)
class Person:
	"""One demo user."""

	key: str
	full_name: str
	department: str | None
	place: str | None
	roles: tuple[str, ...]

	@property
	def email(self) -> str:
		return f"{self.key}@demo.example.com"


@dataclass
class Case:
	"""One record: when it arrives, what is entered, by whom, and what happens to it afterwards."""

	doctype: str
	at: datetime
	user: str
	values: dict
	steps: list[courses.Step] = field(default_factory=list)


@dataclass
class Plan:
	"""The whole demo, cases in the order of their arrival."""

	profile: str
	language: str
	until: datetime
	company: str
	company_zh: str
	people: list[Person]
	customers: list[dict]
	cases: list[Case]


def make(profile: str, language: str, seed: int, until: datetime, scale: float = 1.0) -> Plan:
	"""Work out the demo.

	:param profile: ``P1`` (electronics exporter) or ``P0`` (equipment maker).
	:param language: ``en`` or ``zh``, the language of texts and names.
	:param until: the moment at which the year ends, site time zone; nothing lies after it.
	:param scale: 0.1 makes a tenth of the records.
	:raises ValueError: for an unknown profile or language.
	"""
	if profile not in PROFILES or language not in ("en", "zh"):
		raise ValueError(f"no demo for profile {profile!r} and language {language!r}")
	texts = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
	chinese = json.loads((FOLDER / "zh.json").read_text(encoding="utf-8"))["company"][profile]
	random = Random(f"{profile} {language} {seed}")
	writer = _Writer(random, texts, profile, language)
	customers = list(writer.customers(max(3, round(CUSTOMERS * scale)), until.date()))
	cases = [writer.complaint(at, customers, until) for at in arrivals(random, until, round(COMPLAINTS * scale))]
	fresh = FRESH_MINUTES[: max(1, round(len(FRESH_MINUTES) * scale))]
	cases += [
		writer.complaint(until - timedelta(minutes=minutes), customers, until, number)
		for number, minutes in enumerate(fresh)
	]
	cases += [writer.contact(at, customers, until) for at in arrivals(random, until, round(CONTACTS * scale))]
	cases += [
		writer.contact(until - timedelta(minutes=minutes), customers, until, is_fresh=True)
		for minutes in FRESH_CONTACTS[: max(1, round(len(FRESH_CONTACTS) * scale))]
	]
	cases.sort(key=lambda case: case.at)
	return Plan(
		profile, language, until, texts["company"][profile], chinese, people(profile, language), customers, cases
	)


def people(profile: str, language: str) -> list[Person]:
	"""The users of a profile, in the order in which they are shown."""
	rows = json.loads((FOLDER / "people.json").read_text(encoding="utf-8"))
	return [
		Person(row["key"], row[language], *(row[profile] or (None, None)), roles=tuple(row["roles"])) for row in rows
	]


def arrivals(random: Random, until: datetime, number: int) -> list[datetime]:
	"""Moments over the year before `until`, denser towards it, mostly in office hours."""
	days = range(1, DAYS)
	weights = [(1 + 2 * 0.97**back) * (0.12 if (until - timedelta(days=back)).weekday() > 4 else 1) for back in days]
	found = []
	for back in random.choices(days, weights, k=number):
		midnight = datetime.combine(until.date() - timedelta(days=back), datetime.min.time())
		hours = random.triangular(8.5, 18.5, 10.5) if random.random() < 0.9 else random.uniform(0, 24)
		found.append(midnight + timedelta(seconds=int(hours * 3600)))
	return sorted(found)


class _Writer:
	"""Fills templates with customers, products and figures."""

	def __init__(self, random: Random, texts: dict, profile: str, language: str):
		self.random = random
		self.texts = texts
		self.language = language
		self.products = texts["products"][profile]
		self.agents = set()

	def customers(self, number: int, today: date) -> Iterator[dict]:
		names, random = self.texts["names"], self.random
		pairs = [(first, kind) for first in names["first"] for kind in names["kind"]]
		for index, (first, kind) in enumerate(random.sample(pairs, number)):
			person, agent = random.choice(self.texts["people"]), random.random() < 0.3
			yield {
				"customer_name": random.choice(names["form"]).format(first, kind),
				"customer_role": "Agent" if agent else "End User",
				"customer_class": "Agent" if agent else "End User",
				"is_strategic": int(random.random() < 0.15),
				"region": random.choice(self.texts["regions"]),
				"address": self.texts["address"].format(random.randrange(1, 200)),
				"language": self.language,
				"warranty_until": str(today + timedelta(days=random.randrange(-120, 500))),
				"contacts": [
					{
						"contact_name": person,
						"position": random.choice(self.texts["positions"]),
						"email": f"contact@customer{index + 1}.example.com",
						"phone": f"+1-202555{100 + index:04d}",
					}
				],
			}

	def _figures(self, at: datetime) -> dict:
		random = self.random
		shipped = random.choice((50, 120, 200, 500, 800, 1000, 2000, 5000))
		return {
			"product": random.choice(self.products),
			"order": f"SO-{at:%y}{random.randrange(1000, 9999)}",
			"shipped": shipped,
			"defective": max(2, round(shipped * random.triangular(0.005, 0.25, 0.02))),
		}

	def complaint(self, at: datetime, customers: list[dict], until: datetime, fresh: int | None = None) -> Case:
		"""A complaint with its course; the number of a fresh one says how far it has come."""
		random = self.random
		template = random.choice(self.texts["complaints"])
		figures = self._figures(at)
		customer = random.choice(customers)
		channel = random.choices(CHANNELS, CHANNEL_WEIGHTS)[0]
		contact = customer["contacts"][0]
		serious = random.random() < 0.25
		values = {
			"channel": channel,
			"contact_person": contact["contact_name"],
			"contact_phone": contact["phone"],
			"contact_email": contact["email"],
			"reported_company": customer["customer_name"],
			"customer": None if channel == "Web Form" else customer["customer_name"],
			"language": self.language,
			"received_at": at,
			"topic": template["topic"],
			"complaint_class": template["class"],
			"priority": random.choices(("Normal", "Serious", "Urgent"), (70, 22, 8))[0],
			"description": template["text"].format(**figures),
			"customer_demand": template["demand"].format(**figures),
			"order_no": figures["order"],
			"part_no": figures["product"].split(" ")[0],
			"ship_date": str((at - timedelta(days=random.randrange(5, 45))).date()),
			"estimated_loss": random.choice((0, 0, 0, 200, 500, 1200, 4000, 15000)),
		}
		if channel == "Web Form" and random.random() < 0.25:
			values["contact_email"] = "somebody@mail.example.com"  # not registered: the clerk finds out who it is
		if template["class"] == "Quality":
			values |= {"shipped_qty": figures["shipped"], "defective_qty": figures["defective"]}
		texts = {key: template[key].format(**figures) for key in ("cause", "decision", "measures", "answer")}
		causes = CAUSES.get(template["class"], ("Not Found",))
		texts["cause_category"] = causes[len(template["demand"]) % len(causes)]
		course = courses.Course(random, at, until, texts, self.texts["rejections"], serious)
		steps = course.fresh(fresh) if fresh is not None else course.whole()
		return Case("Complaint", at, "Guest" if channel == "Web Form" else self._clerk(), values, steps)

	def contact(self, at: datetime, customers: list[dict], until: datetime, is_fresh: bool = False) -> Case:
		"""A contact, answered at once or a little later; some of the last days are still open."""
		random = self.random
		template = random.choice(self.texts["contacts"])
		figures = self._figures(at)
		customer = random.choice(customers)
		contact = customer["contacts"][0]
		values = {
			"subject": template["subject"],
			"direction": "Outgoing" if random.random() < 0.1 else "Incoming",
			"channel": random.choices(CONTACT_CHANNELS, CONTACT_WEIGHTS)[0],
			"contacted_at": at,
			"customer": customer["customer_name"],
			"contact_person": contact["contact_name"],
			"contact_phone": contact["phone"],
			"contact_email": contact["email"],
			"topic": template["topic"],
			"content": template["content"].format(**figures),
		}
		answer = {"answer": template["answer"].format(**figures)}
		case = Case("Contact Record", at, self._clerk(), values)
		if is_fresh:
			return case
		if random.random() < 0.65:  # answered while the customer was on the line
			values |= answer | {"status": "Closed" if random.random() < 0.7 else "Answered"}
			return case
		later = courses.OFFICE.deadline(at, random.randrange(30, 1200))
		if later < until:
			case.steps.append(courses.Step(later, case.user, None, answer | {"status": "Closed"}))
		return case

	def _clerk(self) -> str:
		return self.random.choices(("clerk", "clerk2"), (70, 30))[0]
