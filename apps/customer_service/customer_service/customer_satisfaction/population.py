"""Who is asked in a campaign: the customers that its conditions leave, a sample of them, and how each is reached (E-1, E-2)."""

import random
from dataclasses import dataclass
from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, getdate, validate_email_address
from pypika import Criterion

from customer_service.exceptions import SurveyError
from customer_service.organisation import clock, states

ALL, RANDOM, STRATIFIED = "All", "Random", "Stratified"
MAIN, EVERY = "Main Contact", "Every Contact"
BY_MAIL = "E-mail"

STRATA = {"Customer Class": "customer_class", "Region": "region", "Role of the Customer": "customer_role"}

COLUMNS = (
	"name",
	"customer_name",
	"customer_class",
	"region",
	"customer_role",
	"language",
	"email",
	"phone",
	"address",
)


@dataclass(frozen=True)
class Recipient:
	"""One who is asked."""

	customer: frappe._dict
	person: str | None
	email: str | None
	phone: str | None
	channel: str
	is_bad_address: bool = False


def customers(campaign) -> list[frappe._dict]:
	"""The active customers that every condition of the campaign leaves, by number; who asked not to be surveyed is left out."""
	customer = frappe.qb.DocType("Service Customer")
	query = (
		frappe.qb.from_(customer)
		.select(*(customer[field] for field in COLUMNS))
		.where((customer.is_active == 1) & (customer.no_surveys == 0))
		.orderby(customer.name)
	)
	named = [row.customer for row in campaign.customers]
	if named:
		query = query.where(customer.name.isin(named))
	for field in ("customer_class", "customer_role", "region", "owner_department"):
		if campaign.get(field):
			query = query.where(customer[field] == campaign.get(field))
	if cint(campaign.only_strategic):
		query = query.where(customer.is_strategic == 1)
	for condition in (_delivered(campaign, customer), _of_order(campaign, customer), _rested(campaign, customer)):
		if condition is not None:
			query = query.where(condition)
	return query.run(as_dict=True)


def _delivered(campaign, customer) -> Criterion | None:
	"""Something was shipped to him in the campaign's period."""
	if not cint(campaign.delivered_in_period):
		return None
	notice = frappe.qb.DocType("Shipping Notice")
	period = notice.shipped_on[getdate(campaign.period_from) : getdate(campaign.period_to)]
	shipped = frappe.qb.from_(notice).select(notice.customer).where(period & notice.shipped_at.isnotnull())
	return customer.name.isin(shipped.where(notice.state_category != states.CANCELLED))


def _of_order(campaign, customer) -> Criterion | None:
	if not campaign.contract_review:
		return None
	return customer.name == (frappe.db.get_value("Contract Review", campaign.contract_review, "customer") or "")


def _rested(campaign, customer) -> Criterion | None:
	"""He was not asked, and has not answered, within the days that the campaign leaves him in peace."""
	days = cint(campaign.not_answered_days)
	if not days:
		return None
	asked = frappe.qb.DocType("Survey Invitation")
	since = clock.now() - timedelta(days=days)
	recent = (asked.sent_at >= since) | (asked.answered_at >= since)
	of_others = asked.campaign != (campaign.name or "")
	return customer.name.notin(frappe.qb.from_(asked).select(asked.customer).where(recent & of_others))


def sample(campaign, population: list[frappe._dict]) -> list[frappe._dict]:
	"""The customers that are drawn; the same seed draws the same of the same customers.

	Strata give in proportion, the remainders to the largest fractions, and each stratum draws by itself.
	"""
	size = cint(campaign.sample_size)
	if campaign.sample_method == ALL or size >= len(population):
		return population
	if campaign.sample_method == RANDOM:
		drawn = random.Random(cint(campaign.sample_seed)).sample(population, size)
	else:
		drawn = _stratified(population, STRATA[campaign.sample_by], size, cint(campaign.sample_seed))
	return sorted(drawn, key=lambda row: row.name)


def _stratified(population: list, field: str, size: int, seed: int) -> list:
	strata: dict[str, list] = {}
	for row in population:
		strata.setdefault(row[field] or "", []).append(row)
	exact = {key: size * len(rows) / len(population) for key, rows in strata.items()}
	shares = {key: int(share) for key, share in exact.items()}
	by_remainder = sorted(strata, key=lambda key: (shares[key] - exact[key], key))
	for key in by_remainder[: size - sum(shares.values())]:
		shares[key] += 1
	# A text is a seed of its own: with the number alone all strata would draw the same places.
	return [row for key in sorted(strata) for row in random.Random(f"{seed}:{key}").sample(strata[key], shares[key])]


def recipients(campaign, drawn: list[frappe._dict]) -> list[Recipient]:
	"""Whom to ask at each customer, and how; a customer whom no way of the campaign reaches is left out."""
	contacts = _contacts([row.name for row in drawn])
	silent = silent_addresses([row.name for row in drawn])
	found = []
	for customer in drawn:
		if (customer.email or "").strip().lower() in silent:
			customer.email = None  # it is that of a contact who has asked not to be asked
		for person, email, phone in _people(campaign, customer, contacts.get(customer.name, [])):
			channel = campaign.channel
			if channel == BY_MAIL and not email:
				channel = campaign.channel_without_mail
			if channel:
				is_bad = channel == BY_MAIL and not is_address(email)
				found.append(Recipient(customer, person, email, phone, channel, is_bad))
	return found


def is_address(email: str | None) -> bool:
	"""Whether a mail can be sent to it: exactly one address."""
	address = validate_email_address((email or "").strip())
	return bool(address) and address.casefold() == (email or "").strip().casefold()


def silent_addresses(names: list[str]) -> set[str]:
	"""Addresses, in lower case, of contacts of these customers who have asked not to be surveyed."""
	known = {"parent": ("in", names or [""]), "parenttype": "Service Customer", "no_surveys": 1, "email": ("is", "set")}
	return {email.strip().lower() for email in frappe.get_all("Service Customer Contact", known, pluck="email")}


def not_asked_any_more(rows: list[frappe._dict]) -> set[str]:
	"""Of invitations (``name``, ``customer``, ``email``) those whose customer is no longer served, was deleted, or, as the person behind the
	address, has asked not to be surveyed."""
	if not rows:
		return set()
	names = {row.customer for row in rows}
	known = {"name": ("in", list(names)), "is_active": 1, "no_surveys": 0}
	gone = names - set(frappe.get_all("Service Customer", known, pluck="name"))
	silent = silent_addresses(list(names))
	return {row.name for row in rows if row.customer in gone or (row.email or "").strip().lower() in silent}


def _contacts(names: list[str]) -> dict[str, list[frappe._dict]]:
	contact = frappe.qb.DocType("Service Customer Contact")
	rows = (
		frappe.qb.from_(contact)
		.select(contact.parent, contact.contact_name, contact.email, contact.phone)
		.where((contact.parenttype == "Service Customer") & (contact.no_surveys == 0))
		.where(contact.parent.isin(names or [""]))
		.orderby(contact.parent)
		.orderby(contact.idx)
		.run(as_dict=True)
	)
	found: dict[str, list] = {}
	for row in rows:
		found.setdefault(row.parent, []).append(row)
	return found


def _people(campaign, customer, contacts: list) -> list[tuple[str | None, str | None, str | None]]:
	"""Name, e-mail, phone of whom to ask: the first contact with an address, else the customer's own address."""
	own = (None, customer.email, customer.phone)
	if campaign.invite == EVERY and contacts:
		return [(row.contact_name, row.email, row.phone or customer.phone) for row in contacts]
	with_mail = next((row for row in contacts if row.email), None)
	if with_mail:
		return [(with_mail.contact_name, with_mail.email, with_mail.phone or customer.phone)]
	if customer.email or not contacts:
		return [own]
	return [(contacts[0].contact_name, None, contacts[0].phone or customer.phone)]


def preview(campaign) -> dict:
	"""What sending would do, without doing it.

	:returns: ``population``, ``sample``, ``by`` (channel -> how many), ``bad_addresses`` (customer and address), ``not_reached``
		(how many customers no way reaches), ``first`` (names of the first twenty).
	"""
	population = customers(campaign)
	drawn = sample(campaign, population)
	found = recipients(campaign, drawn)
	by: dict[str, int] = {}
	for one in found:
		by[one.channel] = by.get(one.channel, 0) + 1
	return {
		"population": len(population),
		"sample": len(drawn),
		"by": by,
		"bad_addresses": [
			{"customer": one.customer.customer_name, "email": one.email} for one in found if one.is_bad_address
		][:50],
		"not_reached": len({row.name for row in drawn} - {one.customer.name for one in found}),
		"first": [one.customer.customer_name for one in found[:20]],
	}


def check(campaign) -> None:
	"""
	:raises SurveyError: for a sample that cannot be drawn; names the field.
	"""
	if campaign.sample_method == ALL:
		campaign.sample_size = campaign.sample_by = campaign.sample_seed = None
		return
	if cint(campaign.sample_size) < 1:
		frappe.throw(_("{0} must be at least 1.").format(_(campaign.meta.get_label("sample_size"))), SurveyError)
	if campaign.sample_method == STRATIFIED and campaign.sample_by not in STRATA:
		frappe.throw(_("Choose what the strata are made by."), SurveyError)
	campaign.sample_seed = cint(campaign.sample_seed) or random.SystemRandom().randrange(1, 1_000_000)
