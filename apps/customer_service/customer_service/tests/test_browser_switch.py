"""A process that the company does not use is gone for everybody, and comes back whole (G-6)."""

import re

import pytest
from playwright.sync_api import expect

from customer_service.tests import factories
from customer_service.tests.browser import (
	open_desk,
	open_form,
	save,
	visit,  # noqa: F401
)
from customer_service.tests.client import Refused

SETTINGS = "Customer Service Settings"


@pytest.fixture
def back_on(client):
	"""Whatever happens, complaint handling is on afterwards."""
	yield
	client("service_admin").update(SETTINGS, SETTINGS, enable_complaint_handling=1)


def status_of(client, path: str) -> int:
	try:
		return client.request("GET", path).status_code
	except Refused as refused:
		return refused.status


def test_complaint_handling_switched_off_and_on_again(visit, client, back_on):  # noqa: F811
	clerk, guest = client("clerk"), client(None)
	case = clerk.insert(**factories.complaint_values())["name"]

	admin = visit("service_admin")
	open_form(admin, SETTINGS, SETTINGS)
	switch = admin.locator("[data-fieldname=enable_complaint_handling] input[type=checkbox]:visible")
	switch.uncheck()
	save(admin)

	# For customers there is no form and no status page.
	for path in ("/complaint", "/complaint/new", "/complaint-status"):
		assert status_of(guest, path) == 404, path

	# For the clerk there is no list, no record, no new record; the other process works.
	for attempt in (
		lambda: clerk.list("Complaint"),
		lambda: clerk.get("Complaint", case),
		lambda: clerk.insert(**factories.complaint_values()),
		lambda: clerk.workflow("Complaint", case, "Acknowledge"),
		lambda: clerk.pdf("Complaint", case),
	):
		with pytest.raises(Refused) as refused:
			attempt()
		assert refused.value.status == 403
	contact = clerk.insert("Contact Record", subject="Asks for the price", content="What is it?", topic="Price")
	assert clerk.get("Contact Record", contact["name"])["subject"] == "Asks for the price"

	# Neither does the desk lead there.
	desk = visit("clerk")
	open_desk(desk, "complaint")
	expect(desk.locator("body")).to_contain_text(re.compile("not permitted|not found|switched off", re.I))
	expect(desk.get_by_text(case)).to_have_count(0)
	open_desk(desk, "customer-service")
	expect(desk.locator(".shortcut-widget-box", has_text="Contact Records")).to_be_visible()
	for gone in ("Complaints", "Complaint Register", "Late Complaints", "Not Yet Acknowledged"):
		expect(desk.locator(".widget", has_text=gone)).to_have_count(0)

	# Switched on again, everything is back.
	open_form(admin, SETTINGS, SETTINGS)
	switch.check()
	save(admin)
	assert status_of(guest, "/complaint") == 200
	assert status_of(guest, "/complaint-status") == 200
	assert case in {row["name"] for row in clerk.list("Complaint")}
	desk.reload()
	expect(desk.locator(".shortcut-widget-box", has_text="Complaint Register")).to_be_visible()
	open_desk(desk, "complaint")
	expect(desk.locator(".list-row", has_text=case)).to_be_visible()
