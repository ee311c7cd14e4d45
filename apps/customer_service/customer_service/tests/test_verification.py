"""The QR code of a printed form (J-1, S9–S11): ours is confirmed, an old one says what has changed, a forged one opens nothing."""

import base64
import io
import re

import frappe
import pytest
from PIL import Image
from pypdf import PdfReader

from customer_service.controlled_forms import approval, printing, verification
from customer_service.tests.browser import expect, visit  # noqa: F401 (visit is a fixture)
from customer_service.tests.client import Refused
from customer_service.tests.factories import make_complaint
from customer_service.tests.test_form_versions import FORM, approve, draft

VERIFY = "customer_service.controlled_forms.verification.verify"


def token_of(complaint, version: str = f"{FORM} A/0") -> str:
	return verification.address(frappe.get_doc("Complaint", complaint.name), version).split("#")[1]


def test_qr_code_on_the_print_holds_the_address(monkeypatch):
	"""Read back from the PDF's own picture."""
	monkeypatch.setitem(frappe.conf, "host_name", "https://service.example.com")
	complaint = make_complaint()
	content = printing.render_pdf("Complaint", complaint.name)
	(picture,) = PdfReader(io.BytesIO(content)).pages[0].images
	read = qr_text(picture.image)
	assert read == verification.address(frappe.get_doc("Complaint", complaint.name), f"{FORM} A/0")
	assert read.startswith("https://service.example.com/form-verification#")


def qr_text(picture: Image.Image) -> str:
	"""What the picture says, by a reader of its own (ZXing's, in zxing-cpp)."""
	import zxingcpp

	(found,) = zxingcpp.read_barcodes(picture.convert("L").resize((picture.width * 3, picture.height * 3)))
	return found.text


def test_reprint_has_the_same_code():
	complaint = make_complaint()
	assert token_of(complaint) == token_of(complaint)


def test_print_of_an_unchanged_record_is_confirmed_and_shows_no_more_than_the_paper(client):
	complaint = make_complaint(description="秘密内容", contact_person="Li Example")
	token = token_of(complaint)
	code = verification.check_code(frappe.get_doc("Complaint", complaint.name))
	frappe.db.commit()
	shown = client(None).call(VERIFY, token=token)
	assert shown == {
		"number": complaint.name,
		"form": f"{FORM} A/0",
		"state": "Open",
		"printed_hash": code,
		"present_hash": code,
		"notices": [],
	}
	assert re.fullmatch(r"([0-9a-f]{4} ){3}[0-9a-f]{4}", code)


def test_changed_cancelled_and_superseded_are_said():
	complaint = frappe.get_doc("Complaint", make_complaint().name)
	token = token_of(complaint)
	complaint.cause = "Found"
	complaint.save()
	assert verification.verify(token)["notices"] == ["The record has changed since this was printed."]
	fresh = token_of(complaint)
	complaint.db_set({"workflow_state": "Cancelled", "state_category": "Cancelled"})
	said = verification.verify(fresh)
	assert said["state"] == "Cancelled" and "The record is cancelled." in said["notices"]
	other = make_complaint()
	approve(draft())
	(notice,) = verification.verify(token_of(other))["notices"]
	assert "superseded" in notice
	assert verification.verify(token_of(other))["form"] == f"{FORM} A/0"


def test_form_that_was_withdrawn_says_so():
	from frappe.model.workflow import apply_workflow

	complaint = make_complaint()
	apply_workflow(frappe.get_doc("Controlled Form Version", f"{FORM} A/0"), "Withdraw Form")
	assert verification.verify(token_of(complaint))["notices"] == ["This form has been withdrawn."]


def forged(token: str) -> list:
	text, signature = token.split(".")
	decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
	other = base64.urlsafe_b64encode(decoded.replace("CMP-", "CMP_").encode()).rstrip(b"=").decode()
	return [
		f"{other}.{signature}",
		f"{text}.{signature[:-2]}AA",
		f"{text}.",
		text,
		f"{text}.{signature}.x",
		"",
		"x" * 5000,
		"ä.ö",
		"../../etc/passwd.x",
		None,
		7,
		["a"],
		{"a": "b"},
	]


def test_forged_codes_open_nothing_and_all_look_the_same(client):
	complaint = make_complaint()
	token = token_of(complaint)
	frappe.db.commit()
	guest, answers = client(None), set()
	for each in forged(token):
		with pytest.raises(Refused) as refused:
			guest.call(VERIFY, token=each)
		assert refused.value.status in (404, 417), each
		assert complaint.name not in refused.value.messages
		if refused.value.status == 404:
			answers.add(refused.value.messages)
	assert len(answers) == 1


def test_code_signed_by_another_site_opens_nothing(monkeypatch):
	complaint = make_complaint()
	monkeypatch.setattr(verification, "get_encryption_key", lambda: "another site's key")
	token = token_of(complaint)
	monkeypatch.undo()
	with pytest.raises(frappe.DoesNotExistError):
		verification.verify(token)


def test_process_that_is_off_confirms_nothing():
	complaint = make_complaint()
	token = token_of(complaint)
	settings = frappe.get_doc("Customer Service Settings")
	settings.enable_complaint_handling = 0
	settings.save()
	with pytest.raises(frappe.DoesNotExistError):
		verification.verify(token)


def test_draft_carries_no_code():
	version = draft()
	content = printing.render_pdf("Complaint", make_complaint().name, form=version.name)
	assert not PdfReader(io.BytesIO(content)).pages[0].images


def test_answer_and_page_are_stored_nowhere(client):
	complaint = make_complaint()
	token = token_of(complaint)
	frappe.db.commit()
	guest = client(None)
	for response in (
		guest.request("POST", f"/api/method/{VERIFY}", json={"token": token}),
		guest.request("GET", "/form-verification"),
	):
		assert response.headers["Cache-Control"] == "no-store"
		assert response.headers["Referrer-Policy"] == "no-referrer"


def make_form(number: str) -> None:
	"""A complaint form beside the default one, in force as version A/0."""
	frappe.get_doc(
		{"doctype": "Controlled Form", "form_number": number, "document_type": "Complaint", "is_default": 0}
	).insert()
	values = {"controlled_form": number, "version": "A/0", "title_en": "Scanned", "title_zh": "扫描"}
	approve(frappe.get_doc({"doctype": "Controlled Form Version", **values}).insert())


def scan(phone, complaint, form: str) -> None:
	"""Print the record, read the code off the paper with a reader of its own, and open what it says."""
	content = printing.render_pdf("Complaint", complaint.name, form=form)
	(picture,) = PdfReader(io.BytesIO(content)).pages[0].images
	phone.goto("about:blank")
	phone.goto(f"/form-verification#{qr_text(picture.image).split('#')[1]}")


def test_both_versions_scanned_with_a_phone(visit):  # noqa: F811
	"""A record made under A/0 and one made under A/1: each print's code opens, the old one says that its form is superseded."""
	form = f"V-{frappe.generate_hash(length=6)}"
	make_form(form)
	old = make_complaint()
	version = frappe.get_doc("Controlled Form Version", approval.new_version(form, "A/1", "Second edition"))
	approve(version)
	new = make_complaint()
	frappe.db.commit()
	phone = visit(None, phone=True)

	scan(phone, new, form)
	expect(phone.locator("[data-value=number]")).to_have_text(new.name)
	expect(phone.locator("[data-value=form]")).to_have_text(f"{form} A/1")
	expect(phone.locator("[data-part=good]")).to_be_visible()
	expect(phone.locator("[data-part=notices]")).to_be_hidden()
	assert all("#" not in asked for asked in phone.requested), "the token goes into no address that is asked for"
	host = phone.url.split("/form-verification")[0]
	assert all(asked.startswith((host, "data:", "about:")) for asked in phone.requested), "no third party"

	scan(phone, old, form)
	expect(phone.locator("[data-value=form]")).to_have_text(f"{form} A/0")
	expect(phone.locator("[data-part=notices]")).to_contain_text("superseded")
	expect(phone.locator("[data-part=good]")).to_be_hidden()

	phone.goto("about:blank")
	phone.goto("/form-verification#forged")
	expect(phone.locator("[data-part=error]")).to_contain_text("not valid")
