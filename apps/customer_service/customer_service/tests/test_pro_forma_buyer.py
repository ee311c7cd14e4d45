"""The buyer's side (C-7, S3, S9–S11): the mail with PDF and link, the page's doors, one acceptance under any race."""

import os
import subprocess
import sys
import time
from datetime import timedelta

import frappe
import pytest

from customer_service.contract_review import proforma_steps
from customer_service.organisation import clock
from customer_service.tests import proforma
from customer_service.tests.client import Refused
from customer_service.tests.factories import go, make_customer
from customer_service.tests.proforma import age, issued, link_of, make_invoice
from customer_service.tests.test_mail import body, inbox, pdf_text, send_queue  # noqa: F401

API = "customer_service.contract_review.proforma_api"
DOCTYPE = "Pro Forma Invoice"


@pytest.fixture(autouse=True)
def company():
	proforma.make_company()
	frappe.db.commit()


def stored(doc):
	frappe.db.rollback()
	return frappe.get_doc(DOCTYPE, doc.name)


def offered(**values):
	"""An issued invoice and the buyer's token."""
	doc = issued(**values)
	return doc, link_of(doc)


def accept(visitor, token: str, **values):
	shown = visitor.call(f"{API}.show", token=token)
	return visitor.call(
		f"{API}.accept", token=token, **{"person": "Li Example", "agreed": 1, "seen": shown["seen"], **values}
	)


def test_buyer_sees_the_essential_figures_and_accepts(client):
	doc, token = offered()
	visitor = client(None)
	shown = visitor.call(f"{API}.show", token=token)
	assert (shown["number"], shown["currency"], shown["total"]) == (doc.name, "USD", "1,000.00")
	assert shown["words"] == "US DOLLARS ONE THOUSAND ONLY" and shown["seen"] == doc.issued_hash
	assert [(row["label"], row["percentage"], row["amount"]) for row in shown["parts"]] == [
		("Deposit", "30 %", "300.00"),
		("Balance", "70 %", "700.00"),
	]
	assert "account" not in str(shown).lower() and "customer.example.com" not in str(shown)
	shown = accept(visitor, token, person=" Li <b>Example</b> ")
	assert shown["is_accepted"] and not shown["can_accept"] and "Li Example" in shown["accepted"]
	doc = stored(doc)
	assert (doc.workflow_state, doc.accepted_by_name, doc.accepted_via) == ("Accepted", "Li Example", "Personal Link")
	assert doc.accepted_hash == doc.issued_hash and doc.accepted_at
	event = frappe.get_last_doc("Service Event", {"reference_name": doc.name, "event": "Accepted by Buyer"})
	assert event.actor == "Guest" and doc.issued_hash in event.detail


def test_second_acceptance_is_refused_and_changes_nothing(client):
	doc, token = offered()
	visitor = client(None)
	accept(visitor, token)
	with pytest.raises(Refused, match="accepted already") as refused:
		accept(visitor, token, person="Somebody Else")
	assert refused.value.status == 417 and stored(doc).accepted_by_name == "Li Example"


@pytest.mark.parametrize(
	("values", "message"),
	[
		({"person": ""}, "enter your name"),
		({"person": " <i></i> "}, "enter your name"),
		({"person": "x" * 141}, "cannot be read"),
		({"agreed": 0}, "tick"),
		({"agreed": ""}, "tick"),
		({"seen": "0" * 64}, "not what the page showed"),
		({"seen": ""}, "not what the page showed"),
	],
)
def test_wrong_answers_are_refused_and_leave_the_invoice_open(client, values, message):
	doc, token = offered()
	with pytest.raises(Refused, match=message) as refused:
		accept(client(None), token, **values)
	assert refused.value.status == 417
	assert (stored(doc).workflow_state, stored(doc).accepted_at) == ("Issued", None)


@pytest.mark.parametrize("values", [{"person": ["x"]}, {"seen": {"a": 1}}, {"agreed": [1]}])
def test_what_is_no_text_is_refused(client, values):
	doc, token = offered()
	with pytest.raises(Refused) as refused:
		accept(client(None), token, **values)
	assert refused.value.status in (417, 500) and stored(doc).workflow_state == "Issued"


def test_expired_invoice_says_so_and_is_not_accepted(client):
	doc, token = offered()
	age(doc, 31)
	frappe.db.commit()
	visitor = client(None)
	shown = visitor.call(f"{API}.show", token=token)
	assert shown["is_expired"] and not shown["can_accept"]
	with pytest.raises(Refused, match="was valid until"):
		accept(visitor, token)
	proforma_steps.expire()
	frappe.db.commit()
	assert visitor.call(f"{API}.show", token=token)["is_expired"]
	with pytest.raises(Refused, match="was valid until"):
		accept(visitor, token)
	assert stored(doc).workflow_state == "Expired"


def test_last_day_still_counts(client):
	doc, token = offered()
	age(doc, 30)
	frappe.db.commit()
	assert stored(doc).valid_until == proforma.today()
	assert accept(client(None), token)["is_accepted"]


def test_link_after_a_revision_says_that_there_is_a_newer_one_and_shows_nothing(client):
	doc, token = offered()
	seen = doc.issued_hash
	new = proforma_steps.revise(doc.name)
	frappe.db.commit()
	visitor = client(None)
	shown = visitor.call(f"{API}.show", token=token)
	assert set(shown) == {"is_superseded", "message"} and "newer version" in shown["message"]
	assert new not in str(shown) and doc.name not in str(shown)
	for door, values in (("accept", {"person": "Li Example", "agreed": 1, "seen": seen}), ("download", {})):
		with pytest.raises(Refused, match="newer version") as refused:
			visitor.call(f"{API}.{door}", token=token, **values)
		assert refused.value.status == 417
	assert stored(doc).accepted_at is None
	assert frappe.db.get_value("Guest Link", {"reference_name": doc.name}, "is_revoked") == 1
	token = link_of(go(frappe.get_doc(DOCTYPE, new), "Issue Invoice"))
	assert accept(visitor, token)["number"] == new


def test_wrong_expired_revoked_and_foreign_links_look_the_same(client):
	visitor, answers = client(None), set()
	from customer_service.complaint_handling import intake
	from customer_service.tests.factories import make_complaint

	foreign = intake.status_path(make_complaint()).split("#")[1]
	cancelled, of_cancelled = offered()
	go(cancelled, "Cancel Invoice")
	tokens = ["x" * 43, foreign, of_cancelled, ""]
	for change in ({"is_revoked": 1}, {"expires_at": clock.now() - timedelta(seconds=1)}):
		doc, token = offered()
		frappe.db.set_value("Guest Link", {"reference_name": doc.name}, change)
		tokens.append(token)
	frappe.db.commit()
	for token in tokens:
		for door, values in (("show", {}), ("download", {}), ("accept", {"person": "Li", "agreed": 1, "seen": "x"})):
			with pytest.raises(Refused) as refused:
				visitor.call(f"{API}.{door}", token=token, **values)
			answers.add((refused.value.status, refused.value.messages))
	assert len(answers) == 1 and answers.pop()[0] == 404


def test_doors_are_posts_and_their_answers_are_stored_nowhere(client):
	doc, token = offered()
	visitor = client(None)
	for door in ("show", "accept", "download"):
		with pytest.raises(Refused):
			visitor.read(f"{API}.{door}", token=token)
	answer = visitor.request("POST", f"/api/method/{API}.show", json={"token": token})
	for response in (answer, visitor.request("GET", "/pro-forma-invoice")):
		assert response.headers["Cache-Control"] == "no-store"
		assert response.headers["Referrer-Policy"] == "no-referrer"
	assert stored(doc).workflow_state == "Issued"


def test_staff_endpoints_are_closed_to_guests(client):
	doc, _token = offered()
	for door, values in (
		("send", {}),
		("revise", {}),
		("record_payment", {"amount": 1, "paid_on": "2026-01-01", "reference": "x"}),
	):
		with pytest.raises(Refused) as refused:
			client(None).call(f"{API}.{door}", name=doc.name, **values)
		assert refused.value.status == 403


def test_pdf_behind_the_link_is_the_invoice(client):
	doc, token = offered()
	answer = client(None).request("POST", f"/api/method/{API}.download", json={"token": token, "_lang": "zh"})
	assert answer.content.startswith(b"%PDF-")
	done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=answer.content, capture_output=True, check=True)
	text = done.stdout.decode()
	for expected in (
		doc.name,
		"形式发票",
		"样例电子（苏州）有限公司",
		"美元壹仟元整",
		"EXMPCNBJ940",
		"1,000.00",
		"CR-PI",
	):
		assert expected in text, expected


def test_limits_per_address(client):
	doc, token = offered()
	settings = frappe.get_doc("Customer Service Settings")
	before = settings.guest_posts_per_link
	settings.guest_posts_per_link = 2
	settings.save()
	frappe.db.commit()
	visitor = client(None)
	try:
		with pytest.raises(Refused) as refused:
			for _attempt in range(3):
				visitor.call(f"{API}.show", token=token)
		assert refused.value.status == 429
	finally:
		settings.guest_posts_per_link = before
		settings.save()
		frappe.db.commit()


# --- mail ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("language", "subject", "words"),
	[("en", "Pro forma invoice", "please find attached"), ("zh", "形式发票", "随信附上我们的形式发票")],
)
def test_invoice_arrives_as_pdf_with_a_link_that_accepts(inbox, client, language, subject, words):  # noqa: F811
	doc = issued(customer=make_customer(address="12 Sample Street", language=language).name)
	frappe.db.commit()
	address = client("clerk").call(f"{API}.send", name=doc.name, message="See <b>you</b> {{ 7*7 }} soon")
	send_queue()
	message = inbox.messages[-1]
	assert (
		message["To"] == address == doc.buyer_email and subject in message["Subject"] and doc.name in message["Subject"]
	)
	html = body(message)
	assert words in html and "See you {{ 7*7 }} soon" in html
	text = pdf_text(message)
	assert doc.name in text and "1,000.00" in text and ("形式发票" if language == "zh" else "Pro Forma Invoice") in text
	token = html.split(f"pro-forma-invoice?_lang={language}#")[1].split('"')[0]
	assert accept(client(None), token)["is_accepted"]
	doc = stored(doc)
	assert (doc.sent_to, bool(doc.sent_at), doc.workflow_state) == (address, True, "Accepted")


def test_second_mail_ends_the_first_link(inbox, client):  # noqa: F811
	doc = issued()
	frappe.db.commit()
	clerk, visitor = client("clerk"), client(None)
	for _time in range(2):
		clerk.call(f"{API}.send", name=doc.name)
		send_queue()
	first, second = (body(message).split("_lang=en#")[1].split('"')[0] for message in inbox.messages)
	with pytest.raises(Refused) as refused:
		visitor.call(f"{API}.show", token=first)
	assert refused.value.status == 404
	assert visitor.call(f"{API}.show", token=second)["number"] == doc.name


def test_draft_and_an_invoice_without_address_are_not_sent(client):
	draft, without = make_invoice(), issued(buyer_email=None)
	without.buyer_email = None
	without.save()
	frappe.db.commit()
	clerk = client("clerk")
	with pytest.raises(Refused, match="Issue the invoice"):
		clerk.call(f"{API}.send", name=draft.name)
	with pytest.raises(Refused, match="no e-mail address"):
		clerk.call(f"{API}.send", name=without.name)
	with pytest.raises(Refused, match="no e-mail address|not a valid"):
		clerk.call(f"{API}.send", name=without.name, recipient="a@customer.example.com, b@customer.example.com")


# --- at once -------------------------------------------------------------------------------------------------------

RACE = """
import os, sys, time, frappe
os.chdir(sys.argv[1])
frappe.init(site=os.environ["CS_SITE"]); frappe.connect(); frappe.set_user(sys.argv[4])
from customer_service.contract_review import proforma_buyer, proforma_steps
from customer_service.exceptions import GuestInputError, ProFormaError
name, seen, what, number = sys.argv[2], sys.argv[3], sys.argv[5], sys.argv[6]
time.sleep(max(0, float(sys.argv[7]) - time.time()))
try:
	if what == "accept":
		proforma_buyer.accept(name, "Buyer " + number, seen)
	elif what == "revise":
		proforma_steps.revise(name)
	else:
		proforma_steps.record_payment(name, 100, "2026-01-02", "TT-" + number)
	frappe.db.commit(); print("done")
except (GuestInputError, ProFormaError):
	frappe.db.rollback(); print("late")
frappe.destroy()
"""


def at_once(doc, *attempts: str) -> list[str]:
	"""What each process says that tries its part at the same moment."""
	sites = os.path.join(os.environ["CS_BENCH"], "sites")
	start = str(time.time() + 3 + len(attempts))
	workers = []
	for number, what in enumerate(attempts):
		user = "Guest" if what == "accept" else "Administrator"
		command = [sys.executable, "-c", RACE, sites, doc.name, doc.issued_hash, user, what, str(number), start]
		workers.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
	return [worker.communicate(timeout=120)[0].strip() for worker in workers]


def test_of_six_acceptances_at_once_one_counts():
	doc = issued()
	frappe.db.commit()
	said = at_once(doc, *["accept"] * 6)
	assert sorted(said) == ["done"] + ["late"] * 5
	doc = stored(doc)
	assert (doc.workflow_state, doc.accepted_by_name) == ("Accepted", f"Buyer {said.index('done')}")
	assert frappe.db.count("Service Event", {"reference_name": doc.name, "event": "Accepted by Buyer"}) == 1


def test_acceptance_and_revision_at_once_leave_one_valid_invoice():
	"""Either the old one was accepted first and its revision is a draft, or it was superseded and nobody accepted it."""
	doc = issued()
	frappe.db.commit()
	said = at_once(doc, "accept", "revise", "accept", "revise")
	old = stored(doc)
	assert [said[1], said[3]].count("done") == 1
	assert (old.workflow_state, frappe.db.count(DOCTYPE, {"revision_of": doc.name})) == ("Superseded", 1)
	assert bool(old.accepted_at) == ("done" in (said[0], said[2]))


def test_payments_at_once_are_all_kept():
	doc = issued()
	frappe.db.commit()
	said = at_once(doc, *["pay"] * 4)
	assert said == ["done"] * 4
	doc = stored(doc)
	assert (doc.paid_total, len(doc.payments), doc.workflow_state) == (400, 4, "Deposit Paid")
