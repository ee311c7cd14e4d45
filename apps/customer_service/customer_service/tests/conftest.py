"""The site that ./test has set up, clients that log in to its web server, and a clean transaction for every test."""

import os
from pathlib import Path

import frappe
import pytest

from customer_service.tests import factories
from customer_service.tests.client import Client


@pytest.fixture(scope="session", autouse=True)
def site():
	"""Connect to the test site once, with the P1 profile and its people."""
	os.chdir(Path(os.environ["CS_BENCH"]) / "sites")
	frappe.init(site=os.environ["CS_SITE"])
	frappe.connect()
	frappe.set_user("Administrator")
	from customer_service.organisation import presets

	presets.load("P1")
	factories.make_people()
	open_guest_limits()
	frappe.db.commit()
	yield os.environ["CS_SITE"]
	frappe.db.rollback()
	frappe.destroy()


def open_guest_limits():
	"""All tests post from one address within minutes; the tests of the limits set their own."""
	settings = frappe.get_doc("Customer Service Settings")
	settings.update({"guest_posts_per_address": 5000, "guest_posts_per_site": 5000, "failed_links_per_site": 5000})
	settings.guest_posts_per_link = 5000
	settings.attachment_megabytes = 5
	settings.guest_mails_per_recipient = 5000
	settings.save()


@pytest.fixture(autouse=True)
def transaction(site):
	"""Each test starts on what is committed, as Administrator in English, and leaves nothing uncommitted behind."""
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.local.lang = "en"
	frappe.clear_messages()
	yield
	frappe.flags.service_now = None
	frappe.set_user("Administrator")
	frappe.db.rollback()
	frappe.clear_document_cache("Customer Service Settings", "Customer Service Settings")
	frappe.cache().delete_value("server_script_map")  # Frappe keeps it even if the script's change is rolled back


@pytest.fixture
def client():
	"""`client("clerk")` is logged in over HTTP as that person; `client(None)` is a guest."""
	clients = []

	def make(key: str | None) -> Client:
		made = Client(os.environ["CS_URL"], user=factories.email(key) if key else None, password=factories.PASSWORD)
		clients.append(made)
		return made

	yield make
	for each in clients:
		each.close()


@pytest.fixture
def as_user():
	"""`as_user("clerk")` makes the person the session's user within the test's own process."""

	def switch(key: str | None) -> None:
		frappe.set_user(factories.email(key) if key else "Guest")

	yield switch
	frappe.set_user("Administrator")


@pytest.fixture
def kept(monkeypatch):
	"""Complaints are kept for 50 years while the test runs, and disposals are carried out where the test says so."""
	from customer_service.controlled_forms import disposal
	from customer_service.tests import disposals

	monkeypatch.setattr(disposal, "queue", lambda name: None)
	before = frappe.get_all("Controlled Form", {"document_type": "Complaint"}, ["name", "retention_months"])
	factories.set_retention("Complaint", disposals.YEARS)
	frappe.db.commit()
	yield
	frappe.set_user("Administrator")
	frappe.db.rollback()
	for row in before:
		frappe.db.set_value("Controlled Form", row.name, "retention_months", row.retention_months)
	frappe.db.delete("Legal Hold")
	left = frappe.get_all("Complaint", {"received_at": ("<", "1980-01-01")}, pluck="name")
	disposals.drop(*(frappe.get_doc("Complaint", name) for name in left))


LONG = ("test_browser", "test_install", "test_fetch_attacks", "test_print_jobs")


def pytest_collection_modifyitems(config, items):
	"""Browser tests last: what they would find, a faster test has often said more clearly. But if two workers share the
	tests, the long ones come first, so that neither waits for the other at the end."""
	if hasattr(config, "workerinput"):
		items.sort(key=lambda item: not any(name in item.nodeid for name in LONG))
	else:
		items.sort(key=lambda item: "test_browser" in item.nodeid)
