"""People in front of a real browser (Debian's Chromium). A test module imports the fixture `visit` from here."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from customer_service.tests import factories

CHROMIUM = "/usr/bin/chromium"

# Nothing that the browser does of its own accord may look like a request of the page.
ARGUMENTS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--no-first-run",
]

PHONE = {
	"viewport": {"width": 375, "height": 812},
	"device_scale_factor": 2,
	"has_touch": True,
	"is_mobile": True,
}
DESK = {"viewport": {"width": 1366, "height": 900}}

PATIENCE = 20_000
"""Milliseconds to wait for an element; two tests may share the machine."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def chromium():
	"""One browser for all tests; every visit has its own cookies."""
	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
		yield browser
		browser.close()


@pytest.fixture
def visit(request, chromium, site):
	"""`visit("clerk")` is a page logged in as that person, `visit(None, phone=True)` one of a guest on a phone.

	`page.requested` lists every address that was asked for. If the test fails, a picture of each page is in var/test/browser.
	"""
	pages = []
	failed_before = request.session.testsfailed

	def open_page(key: str | None = None, phone: bool = False) -> Page:
		context = chromium.new_context(
			base_url=os.environ["CS_URL"], locale="en-US", accept_downloads=True, **(PHONE if phone else DESK)
		)
		context.set_default_timeout(PATIENCE)
		page = context.new_page()
		page.requested = []
		context.on("request", lambda sent: page.requested.append(sent.url))
		pages.append(page)
		if key:
			form = {"usr": factories.email(key), "pwd": factories.PASSWORD}
			assert page.request.post("/api/method/login", form=form).ok
		return page

	yield open_page
	if request.session.testsfailed > failed_before:
		picture(request.node.name, pages)
	for page in pages:
		page.context.close()


def picture(name: str, pages: list[Page]) -> None:
	"""Save what a failed test has on its screens."""
	folder = Path(os.environ["CS_REPO"]) / "var/test/browser"
	folder.mkdir(parents=True, exist_ok=True)
	for number, page in enumerate(pages):
		if not page.is_closed():
			page.screenshot(path=folder / f"{name}{f'-{number}' if number else ''}.png", full_page=True)


def strangers(page: Page) -> list[str]:
	"""Addresses outside our own server that the page asked for."""
	ours = urlsplit(os.environ["CS_URL"]).netloc
	return [url for url in page.requested if url.startswith(("http", "ws")) and urlsplit(url).netloc != ours]


def overflow(page: Page) -> int:
	"""By how many pixels the page is wider than the screen; 0 if nobody has to scroll sideways."""
	return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def control(page: Page, fieldname: str, kind: str = "input"):
	"""The input of a field, in a web form or in the form that the desk shows."""
	return page.locator(f"[data-fieldname='{fieldname}'] {kind}:visible").first


def choose(page: Page, fieldname: str, label: str) -> None:
	"""Pick an entry of a list of proposals by what it says."""
	control(page, fieldname).click()
	page.locator(f"[data-fieldname='{fieldname}'] .awesomplete li", has_text=label).first.click()


def attach(page: Page, fieldname: str, name: str, content: bytes) -> None:
	"""Attach a file to a field of the web form by the device's own chooser."""
	with page.expect_file_chooser() as chooser:
		page.locator(f"[data-fieldname='{fieldname}'] .btn-attach").click()
	chooser.value.set_files([{"name": name, "mimeType": "image/png", "buffer": content}])
	expect(page.locator(f"[data-fieldname='{fieldname}'] .attached-file-link")).to_have_text(name)


def message(page: Page):
	"""The dialog in which the server or the form tells what is wrong."""
	return page.locator(".msgprint-dialog.show .msgprint, .modal.show .msgprint").last


def dismiss(page: Page) -> None:
	"""Close the message, as a person does."""
	page.locator(".modal.show [data-dismiss=modal]:visible, .modal.show .btn-modal-close:visible").last.click()
	expect(page.locator(".modal.show")).to_have_count(0)


def wait_for_desk(page: Page) -> None:
	"""Until the desk has loaded and nothing is under way."""
	page.wait_for_function("window.frappe && frappe.router && frappe.boot && !frappe.request.ajax_count")


def open_desk(page: Page, path: str) -> None:
	"""Go to a page of the desk by its address."""
	page.goto(f"/app/{path}")
	wait_for_desk(page)


def take_step(page: Page, action: str) -> None:
	"""Take a step of the workflow from the form's Actions menu, and confirm where the desk asks."""
	page.locator(".actions-btn-group button:visible").click()
	page.locator(".actions-btn-group .dropdown-item:visible", has_text=action).first.click()
	wait_for_desk(page)
