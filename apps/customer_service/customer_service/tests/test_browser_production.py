"""A released order in the desk: produced, received, reported, sent in two parts, delivered, and ended by itself (C-4, C-5)."""

import frappe
import pytest
from playwright.sync_api import expect

from customer_service.tests import factories
from customer_service.tests.browser import (
	control,
	fill_dialog,
	open_form,
	overflow,
	press,
	save,
	take_step,
	visit,  # noqa: F401
	wait_for_desk,
)
from customer_service.tests.production import MO, SN, issued, released


@pytest.fixture
def order(site):
	customer = factories.make_customer(f"Fictional Lamps {frappe.generate_hash(length=6)}", address="1 Example Road")
	made = released(customer=customer.name)
	frappe.db.commit()
	return made


def create(page, doctype: str) -> str:
	"""Press one of the order's Create buttons; returns the number of the draft that opens."""
	press(page, doctype, "Create")
	page.wait_for_function("doctype => window.cur_frm && cur_frm.doctype === doctype && !cur_frm.is_new()", arg=doctype)
	wait_for_desk(page)
	return page.evaluate("cur_frm.doc.name")


def set_quantities(page, **quantities) -> None:
	"""Quantities of the lines by item, through the form's own model."""
	page.evaluate(
		"""async (quantities) => {
			for (const row of cur_frm.doc.lines) {
				await frappe.model.set_value(row.doctype, row.name, "qty", quantities[row.item_code] || 0);
			}
		}""",
		{item.replace("_", "-"): qty for item, qty in quantities.items()},
	)
	save(page)


def figures(page, item: str) -> list[str]:
	"""What the order's follow-up says of a line: ordered, planned, produced, shipped, delivered, open, standing."""
	row = page.locator("[data-fieldname=delivery] tbody tr", has_text=item)
	return [text.strip() for text in row.locator("td").all_inner_texts()][2:]


def arrive(page, name: str) -> None:
	"""The clerk notes the arrival of a notice's goods."""
	open_form(page, SN, name)
	page.evaluate("() => cur_frm.set_value({delivered_on: frappe.datetime.get_today()})")
	control(page, "received_by_name").fill("Wang Example")
	save(page)
	take_step(page, "Mark Delivered", "Delivered")


def test_order_is_produced_sent_in_parts_and_ends(visit, order):  # noqa: F811
	clerk = visit("clerk")
	open_form(clerk, order.doctype, order.name)
	assert figures(clerk, "PS-100") == ["100", "0", "0", "0", "0", "100", "Not Scheduled"]
	made = create(clerk, MO)
	assert made.startswith("MO-")
	take_step(clerk, "Issue to Plant", "Issued")

	# Two departments receive it, each for itself; the plant reports.
	engineer, plant = visit("engineer"), visit("plant")
	for page, department in ((engineer, "Engineering"), (plant, "Manufacturing")):
		open_form(page, MO, made)
		press(page, f"Receive for {department}")
		wait_for_desk(page)
		expect(page.get_by_role("button", name=f"Receive for {department}", exact=True)).to_have_count(0)
	expect(engineer.get_by_role("button", name="Report Progress", exact=True)).to_have_count(0)
	for line, qty in ((0, "60"), (0, "40"), (1, "50"), (2, "1000")):
		press(plant, "Report Progress")
		key = plant.evaluate("line => cur_frm.doc.lines[line].order_line", line)
		plant.wait_for_function("window.cur_dialog && cur_dialog.display")
		plant.locator(".modal.show [data-fieldname=line] select").select_option(key)
		fill_dialog(plant, "Save", {"qty": qty, "remark": "Shift 1"})
	expect(plant.locator(".page-head .indicator-pill:visible").first).to_have_text("Completed")

	# Two parts leave the warehouse; the second notice has what the first left.
	parts = []
	for quantities in ({"PS_100": 60, "CB_1": 1000}, None):
		open_form(clerk, order.doctype, order.name)
		parts.append(create(clerk, SN))
		if quantities:
			set_quantities(clerk, **quantities)
		take_step(clerk, "Issue Notice", "Issued")
	rest = clerk.evaluate("Object.fromEntries(cur_frm.doc.lines.map((row) => [row.item_code, row.qty]))")
	assert rest == {"PS-100": 40, "PS-200": 50}
	warehouse = visit("warehouse")
	for name in parts:
		open_form(warehouse, SN, name)
		control(warehouse, "tracking_no").fill(f"EX-{name}")
		save(warehouse)
		take_step(warehouse, "Mark Shipped", "Shipped")
	open_form(clerk, order.doctype, order.name)
	assert figures(clerk, "PS-100") == ["100", "100", "100", "100", "0", "100", "Shipped"]

	# The first arrives, then the second, and the order is at its end.
	arrive(clerk, parts[0])
	open_form(clerk, order.doctype, order.name)
	assert figures(clerk, "PS-100") == ["100", "100", "100", "100", "60", "40", "Shipped"]
	expect(clerk.locator(".page-head .indicator-pill:visible").first).to_have_text("Released to Production")
	arrive(clerk, parts[1])
	open_form(clerk, order.doctype, order.name)
	expect(clerk.locator(".page-head .indicator-pill:visible").first).to_have_text("Completed")
	assert figures(clerk, "PS-200") == ["50", "50", "50", "50", "50", "0", "Delivered"]


@pytest.mark.parametrize("doctype, person", [(MO, "plant"), (SN, "warehouse")])
def test_forms_can_be_used_on_a_phone(visit, order, doctype, person):  # noqa: F811
	made = issued(order, doctype)
	frappe.db.commit()
	page = visit(person, phone=True)
	open_form(page, doctype, made.name)
	expect(page.locator("[data-fieldname=lines]:visible").first).to_contain_text("PS-100")
	assert overflow(page) == 0
