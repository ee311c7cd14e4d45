"""A customer's property in the browser: received and inspected in the desk, decided and agreed by the owner on a phone, moved and
reported by scanning on a phone, counted, returned, stated (D-1 to D-6)."""

import io
import os
import re

import frappe
import pytest
import segno
from PIL import Image
from playwright.sync_api import Page, expect

from customer_service.customer_property import labels
from customer_service.organisation import clock
from customer_service.tests import factories, properties
from customer_service.tests.browser import (
	ARGUMENTS,
	CHROMIUM,
	PHONE,
	add_rows,
	chromium,
	control,
	dismiss,
	fill_dialog,
	message,
	open_desk,
	open_form,
	overflow,
	press,
	save,
	take_step,
	text_of,
	try_step,
	visit,  # noqa: F401
	wait_for_desk,
)
from customer_service.tests.production import issued, released
from customer_service.tests.properties import ITEM, STORE
from customer_service.tests.test_mail import body, inbox, pdf_text, send_queue  # noqa: F401

OWNER = "owner@customer.example.com"

LINES = [
	{"property_type": "Part", "property_name": "Housing", "identification": "BH-201", "qty": 400, "noted_qty": 400},
	{"property_type": "Part", "property_name": "Spring", "identification": "BH-202", "qty": 200, "noted_qty": 200},
	{"property_type": "Mould", "property_name": "Mould, two cavities", "serial_no": "M-7", "qty": 1, "noted_qty": 1},
	{"property_type": "Sample", "property_name": "Colour sample", "qty": 10, "noted_qty": 10},
	{"property_type": "Drawing", "property_name": "Drawing rev C", "qty": 4, "noted_qty": 4},
]


@pytest.fixture
def owner(site):
	customer = factories.make_customer(f"Fictional Instruments {frappe.generate_hash(length=6)}", email=OWNER)
	order = issued(released(customer=customer.name))
	properties.shelf()
	frappe.db.commit()
	return customer.name, order.name


def test_property_from_its_delivery_to_the_statement(visit, owner, inbox):  # noqa: F811
	customer, order = owner
	warehouse = visit("warehouse")
	receipt = receive(warehouse, customer)
	housing, spring, *_others = (row["customer_property"] for row in receipt["lines"])
	inspect(visit, inbox, receipt)
	phone = visit("warehouse", phone=True)
	move_by_scan(phone, housing, order)
	report_by_scan(visit, phone, housing)
	count(warehouse, visit("manager"), customer, housing)
	give_back(warehouse, spring)
	agree(visit, inbox, customer)


def new(page: Page, doctype: str, **values) -> None:
	"""A new record's form with what a person would have chosen."""
	open_desk(page, f"{doctype.lower().replace(' ', '-')}/new")
	page.wait_for_function("doctype => window.cur_frm?.doctype === doctype && cur_frm.is_new()", arg=doctype)
	wait_for_desk(page)
	page.evaluate("async values => await cur_frm.set_value(values)", values)


def store(page: Page) -> str:
	"""Save a form that was filled through its model; the shortcut may be pressed before the desk listens. :returns: its number."""
	page.evaluate("async () => await cur_frm.save()")
	return number_of(page)


def number_of(page: Page) -> str:
	page.wait_for_function("window.cur_frm && !cur_frm.is_new()")
	return page.evaluate("cur_frm.doc.name")


def receive(page: Page, customer: str) -> dict:
	"""Five items; the delivery note is forgotten first."""
	new(page, "Property Receipt", customer=customer)
	page.evaluate("cur_frm.clear_table('lines')")
	add_rows(page, "lines", *LINES)
	store(page)
	expect(try_step(page, "Receive Property")).to_contain_text("Delivery Note No.")
	dismiss(page)
	open_form(page, "Property Receipt", number_of(page))
	control(page, "delivery_note_no").fill("DN-88")
	save(page)
	take_step(page, "Receive Property", "Received")
	return page.evaluate("cur_frm.doc")


def inspect(visit, inbox, receipt: dict) -> None:  # noqa: F811
	"""The housings pass, the springs fail; the owner reads the mail on his phone and wants them back."""
	inspector = visit("inspector")
	open_form(inspector, "Property Inspection", receipt["lines"][0]["inspection"])
	inspector.evaluate("() => cur_frm.set_value({defects_found: 0, characteristics: []})")
	take_step_after_save(inspector, "Pass Lot", "Passed")
	open_form(inspector, "Property Inspection", receipt["lines"][1]["inspection"])
	rows = {"characteristic": "Length", "lower_limit": 31.9, "upper_limit": 32.1, "measured": "31.8 32.0 31.7"}
	add_rows(inspector, "characteristics", rows)
	inspector.evaluate("() => cur_frm.set_value({defects_found: 2, verdict_reason: 'Two of three are too short'})")
	take_step_after_save(inspector, "Fail Lot", "Failed Inspection")

	clerk = visit("clerk")
	open_form(clerk, "Property Inspection", receipt["lines"][1]["inspection"])
	press(clerk, "By Mail", "Tell the Customer")
	fill_dialog(clerk, "Save", {"recipient": OWNER})
	expect(clerk.locator(".page-head .indicator-pill:visible").first).to_have_text("Customer Told")
	send_queue()
	mail = the_mail(inbox)
	assert "31.8" in pdf_text(mail)
	phone = visit(None, phone=True)
	phone.goto(link_in(mail))
	expect(phone.locator("[data-value=rejected]")).to_have_text("200 pcs")
	assert overflow(phone) == 0
	phone.locator(".cs-property-choice", has_text="Return").tap()
	phone.locator("[name=person]").fill("Li Example")
	phone.get_by_role("button", name="Send", exact=True).tap()
	expect(phone.locator("[data-part=decided]")).to_contain_text("Return")
	open_form(clerk, "Property Receipt", receipt["name"])
	assert clerk.evaluate("cur_frm.doc.lines.map((row) => row.verdict || '')") == [
		"Accepted",
		"Rejected",
		"",
		"Accepted",
		"Accepted",
	]


def take_step_after_save(page: Page, action: str, state: str) -> None:
	page.evaluate("cur_frm.dirty()")
	save(page)
	take_step(page, action, state)


def the_mail(inbox):  # noqa: F811
	"""The latest mail to the owner."""
	return [mail for mail in inbox.messages if OWNER in mail["To"]][-1]


def link_in(mail) -> str:
	address = re.search(r'href="([^"]*customer-property[^"]*)"', body(mail)).group(1).replace("&amp;", "&")
	return "/" + address.split("/", 3)[3]


def move_by_scan(page: Page, housing: str, order: str) -> None:
	"""On the phone: a foreign code is refused, what is scanned is stored, issued and put back; too much is refused."""
	open_desk(page, "property-scan")
	scan(page, "4006381333931")
	expect(page.locator(".property-scan .refusal")).to_contain_text("is no code of a customer's property")
	scan(page, f"https://crm.example.com/app/property-scan/{housing}")
	expect(page.locator(".property-scan h2")).to_have_text("Housing")
	assert overflow(page) == 0
	act(page, "Store", {"qty": "400"}, {"to_place": STORE})
	act(page, "Issue", {"qty": "150"}, {"manufacturing_order": order})
	act(page, "Put Back", {"qty": "30"}, {"manufacturing_order": order})
	expect(held(page, STORE)).to_have_text("280")
	page.locator(".property-scan [data-kind=Issue]").tap()
	page.wait_for_function("window.cur_dialog && cur_dialog.display")
	page.locator(".modal.show [data-fieldname=qty] input").fill("281")
	page.locator(".modal.show").get_by_role("button", name="Issue", exact=True).tap()
	expect(message(page)).to_contain_text("281 pcs wanted")
	# The label's own address, as a phone's camera opens it.
	page.goto(f"/app/property-scan/{housing}")
	expect(held(page, STORE)).to_have_text("280")


def scan(page: Page, code: str) -> None:
	page.locator(".property-scan input").fill(code)
	page.locator(".property-scan input").press("Enter")


def held(page: Page, place: str):
	"""The usable quantity at a place, as the phone shows it."""
	return page.locator(".property-scan tbody tr", has_text=place).locator("td").nth(1)


def act(page: Page, kind: str, texts: dict, links: dict | None = None) -> None:
	"""Press an action of the scanned item, fill in what it asks for, and see that it was entered."""
	page.locator(f".property-scan [data-kind='{kind}']").tap()
	fill_dialog(page, "Report Abnormality" if kind == "Report" else kind, texts, links)
	expect(page.locator(".property-scan .card")).to_be_visible()


def report_by_scan(visit, page: Page, housing: str) -> None:  # noqa: F811
	"""Damage in three fields on the phone; Materials tells the owner, and his answer closes it."""
	page.locator(".property-scan [data-kind=Report]").tap()
	page.wait_for_function("window.cur_dialog && cur_dialog.display")
	page.locator(".modal.show [data-fieldname=kind] select").select_option("Damage")
	fill_dialog(page, "Report Abnormality", {"description": "Three housings are cracked", "qty": "3"})
	expect(page.locator(".property-scan .indicator-pill")).to_have_text("Abnormal")
	frappe.db.rollback()
	name = frappe.db.get_value("Property Event", {"customer_property": housing})
	materials = visit("materials_reviewer")
	open_form(materials, "Property Event", name)
	press(materials, "By Phone, Fax or Visit", "Tell the Customer")
	fill_dialog(materials, "Save", {"to": "Li Example"})
	press(materials, "Record the Answer")
	materials.wait_for_function("window.cur_dialog && cur_dialog.display")
	materials.locator(".modal.show [data-fieldname=decision] select").select_option("Accept")
	fill_dialog(materials, "Save", {"by": "Li Example"})
	expect(materials.locator(".page-head .indicator-pill:visible").first).to_have_text("Closed")


def count(page: Page, manager: Page, customer: str, housing: str) -> None:
	"""Two of 280 are not there; another person approves."""
	new(page, "Property Stock Take", place=STORE, customer=customer)
	name = store(page)
	take_step(page, "Start Count", "Counting")
	press(page, "Paste Counts")
	page.wait_for_function("window.cur_dialog && cur_dialog.display")
	fill_dialog(page, "Save", {"rows": f"{housing}\t{STORE}\t278\t"})
	take_step(page, "Finish Count", "Counted")
	open_form(manager, "Property Stock Take", name)
	take_step(manager, "Approve Count", "Closed")
	frappe.db.rollback()
	assert frappe.db.get_value(ITEM, housing, "on_hand") == 278


def give_back(page: Page, spring: str) -> None:
	"""The rejected springs go back to their owner."""
	open_form(page, ITEM, spring)
	press(page, "Return to Customer", "Move")
	page.wait_for_function("window.cur_frm?.doctype === 'Property Movement' && cur_frm.is_new()")
	wait_for_desk(page)
	page.evaluate(
		"""async () => {
			const row = cur_frm.doc.lines[0];
			await frappe.model.set_value(row.doctype, row.name, {qty: 200, taken_from: "Rejected"});
		}"""
	)
	save(page)
	take_step(page, "Enter Movement", "Posted")
	frappe.db.rollback()
	assert properties.state(spring) == "Returned"


def agree(visit, inbox, customer: str) -> None:  # noqa: F811
	"""The clerk sends the statement; the owner agrees on his phone and keeps the PDF."""
	clerk = visit("clerk")
	today = str(clock.now().date())
	new(clerk, "Property Statement", customer=customer, from_date=today, to_date=today)
	name = store(clerk)
	take_step(clerk, "Issue Statement", "Issued")
	press(clerk, "Send to Customer")
	clerk.wait_for_function("window.cur_dialog && cur_dialog.display")
	fill_dialog(clerk, "Send", {"recipient": OWNER})
	send_queue()
	mail = the_mail(inbox)
	assert name in pdf_text(mail)
	phone = visit(None, phone=True)
	phone.goto(link_in(mail))
	expect(phone.locator("[data-part=lines]")).to_contain_text("Housing")
	expect(phone.locator("[data-part=lines]")).to_contain_text("278")
	assert overflow(phone) == 0
	with phone.expect_download() as download:
		phone.locator("[data-part=pdf]").tap()
	assert name in text_of(download.value.path().read_bytes())
	phone.locator(".cs-property-choice", has_text="Agree").first.tap()
	phone.locator("[name=person]").fill("Li Example")
	phone.get_by_role("button", name="Send", exact=True).tap()
	expect(phone.locator("[data-part=decided]")).to_contain_text("Li Example")
	open_form(clerk, "Property Statement", name)
	expect(clerk.locator(".page-head .indicator-pill:visible").first).to_have_text("Closed")


def test_camera_reads_the_label(request, site, tmp_path):
	"""The page's own scanner and a camera that sees the code of a label."""
	item = properties.stocked(10)
	frappe.db.commit()
	code = io.BytesIO()
	segno.make(labels.address(item.name), error="m").save(code, kind="png", scale=8, border=4)
	seen, frame = Image.new("RGB", (640, 480), "white"), io.BytesIO()
	seen.paste(Image.open(code).convert("RGB").resize((330, 330)), (155, 75))
	seen.save(frame, "JPEG", quality=92)
	film = tmp_path / "camera.mjpeg"
	film.write_bytes(frame.getvalue() * 30)
	camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
	arguments = [*ARGUMENTS, *camera, f"--use-file-for-fake-video-capture={film}"]
	browser = chromium(request.config).browser_type.launch(executable_path=CHROMIUM, args=arguments)
	try:
		context = browser.new_context(base_url=os.environ["CS_URL"], permissions=["camera"], **PHONE)
		page = context.new_page()
		form = {"usr": factories.email("warehouse"), "pwd": factories.PASSWORD}
		assert page.request.post("/api/method/login", form=form).ok
		page.goto("/app/property-scan")
		page.get_by_role("button", name="Camera", exact=True).tap()
		expect(page.locator(".property-scan h2")).to_have_text(item.property_name, timeout=60_000)
		assert page.url.endswith(f"/app/property-scan/{item.name}")
		expect(page.locator(".modal.show")).to_have_count(0)
	finally:
		browser.close()
