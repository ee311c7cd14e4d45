"""People in front of a real browser (Debian's Chromium). A test module imports the fixture `visit` from here."""

import os
import subprocess
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import frappe
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

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


BROWSER = pytest.StashKey[Browser]()


def chromium(config: pytest.Config) -> Browser:
	"""One browser for all tests; every visit has its own cookies."""
	if BROWSER not in config.stash:
		close_tours()
		playwright = sync_playwright().start()
		config.add_cleanup(playwright.stop)
		config.stash[BROWSER] = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
	return config.stash[BROWSER]


def close_tours() -> None:
	"""Frappe greets newcomers with a tour that lies over the whole desk; everybody here has been around it."""
	settings = frappe.get_doc("System Settings")
	settings.enable_onboarding = 0
	settings.save()
	frappe.db.commit()


@pytest.fixture
def visit(request, site):
	"""`visit("clerk")` is a page logged in as that person, `visit(None, phone=True)` one of a guest on a phone.

	`page.requested` lists every address that was asked for. If the test fails, a picture of each page is in var/test/browser.
	"""
	pages = []
	failed_before = request.session.testsfailed

	def open_page(key: str | None = None, phone: bool = False) -> Page:
		context = chromium(request.config).new_context(
			base_url=os.environ["CS_URL"], locale="en-US", accept_downloads=True, **(PHONE if phone else DESK)
		)
		context.set_default_timeout(PATIENCE)
		page = context.new_page()
		page.requested = []
		context.on("request", lambda sent: page.requested.append(sent.url))
		pages.append(page)
		if key:
			form = {"usr": factories.email(key), "pwd": factories.PASSWORD}
			answer = page.request.post("/api/method/login", form=form)
			assert answer.ok, answer.text()[:500]
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


def show_tab(page: Page, fieldname: str) -> None:
	"""Open the tab of the form that a field stands in."""
	page.evaluate("name => window.cur_frm && cur_frm.fields_dict[name]?.tab?.set_active()", fieldname)


def control(page: Page, fieldname: str, kind: str = "input"):
	"""The input of a field, in a web form or in the form that the desk shows, whose tab it opens."""
	show_tab(page, fieldname)
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
	"""Close the message, as a person does: once more if it was still fading in, when a click is lost."""
	closers = ".modal.show [data-dismiss=modal]:visible, .modal.show .btn-modal-close:visible"
	page.locator(closers).last.click()
	for _ in range(10):
		try:
			expect(page.locator(".modal.show")).to_have_count(0, timeout=2000)
			return
		except AssertionError:
			if page.locator(closers).count():
				page.locator(closers).last.click(timeout=2000)
	expect(page.locator(".modal.show")).to_have_count(0)


def wait_for_desk(page: Page) -> None:
	"""Until the desk has loaded and nothing is under way."""
	page.wait_for_function("window.frappe && frappe.router && frappe.boot && !frappe.request.ajax_count")


def is_desk(page: Page) -> bool:
	"""Whether the desk is loaded already, so that it need not be loaded again."""
	return "/app" in page.url and page.evaluate("Boolean(window.frappe && frappe.boot && frappe.boot.user)")


def open_desk(page: Page, path: str) -> None:
	"""Go to a page of the desk by its address."""
	if is_desk(page) and "?" not in path:
		page.evaluate("parts => frappe.set_route(parts)", path.split("/"))
	else:
		page.goto(f"/app/{path}")
	wait_for_desk(page)


def open_form(page: Page, doctype: str, name: str) -> None:
	"""Open a record in the desk, as it is stored now."""
	if is_desk(page):
		# What the desk remembers of the record goes first, so that the form loads it once and anew.
		page.evaluate(
			"""async ([doctype, name]) => {
				const shown = window.cur_frm && cur_frm.docname === name && frappe.get_route()[2] === name;
				if (shown) return await cur_frm.reload_doc();
				frappe.model.remove_from_locals(doctype, name);
				frappe.set_route("Form", doctype, name);
			}""",
			[doctype, name],
		)
	else:
		page.goto(f"/app/{doctype.lower().replace(' ', '-')}/{quote(name)}")
	page.wait_for_function(
		"""([doctype, name]) => window.cur_frm && cur_frm.docname === name && window.locals[doctype]?.[name]
			&& cur_frm.doc === locals[doctype][name]""",
		arg=[doctype, name],
	)
	wait_for_desk(page)


def pick(page: Page, fieldname: str, value: str) -> None:
	"""Link another record by typing its name and choosing it from the proposals."""
	control(page, fieldname).fill(value)
	page.locator(f"[data-fieldname='{fieldname}'] .awesomplete li:visible", has_text=value).first.click()
	# The desk asks the server whether the record exists before the form has it; a save before that is refused.
	page.wait_for_function(
		"field => Boolean(window.cur_dialog?.display ? cur_dialog.get_value(field) : cur_frm.doc[field])", arg=fieldname
	)
	wait_for_desk(page)


def save(page: Page) -> None:
	"""Save the form that the desk shows and wait until the server has it."""
	page.evaluate(
		"document.activeElement && document.activeElement.blur()"
	)  # the desk takes what is typed on leaving a field
	page.wait_for_function("cur_frm.is_dirty() && !frappe.request.ajax_count")
	page.keyboard.press("Control+s")
	page.wait_for_function("!cur_frm.is_dirty() && !frappe.request.ajax_count")


def open_actions(page: Page) -> None:
	"""Open the form's Actions menu, which lies under the desk's bar while the page is scrolled down."""
	page.evaluate("window.scrollTo(0, 0)")
	page.locator(".actions-btn-group button:visible").click()


def take_step(page: Page, action: str, state: str) -> None:
	"""Take a step of the workflow from the form's Actions menu, and see the state that it leads to."""
	open_actions(page)
	page.locator(".actions-btn-group .dropdown-item:visible", has_text=action).first.click()
	expect(page.locator(".page-head .indicator-pill:visible").first).to_have_text(state)
	wait_for_desk(page)


def try_step(page: Page, action: str):
	"""Ask for a step that is refused; returns the message that says why."""
	open_actions(page)
	page.locator(".actions-btn-group .dropdown-item:visible", has_text=action).first.click()
	return message(page)


def write(page: Page, **texts: str) -> None:
	"""Type into the large text fields of the form and save it."""
	for fieldname, text in texts.items():
		field = control(page, fieldname, "textarea")
		field.fill(text)
		field.blur()  # on leaving it the desk takes what was typed
		page.wait_for_function("([field, text]) => cur_frm.doc[field] === text", arg=[fieldname, text])
	save(page)


def add_rows(page: Page, table: str, *rows: dict) -> None:
	"""Add rows to a table of the form through the form's own model, since typing into grids is brittle; not saved yet."""
	page.evaluate("([table, rows]) => rows.forEach((row) => cur_frm.add_child(table, row))", [table, list(rows)])
	page.evaluate("table => { cur_frm.refresh_field(table); cur_frm.dirty(); }", table)


def press(page: Page, label: str, group: str | None = None) -> None:
	"""Press one of the form's own buttons, which may stand in a group."""
	if group:
		page.locator(".inner-group-button:visible", has_text=group).locator("button").click()
		page.locator(".inner-group-button .dropdown-item:visible", has_text=label).first.click()
	else:
		page.locator(".page-actions:visible, .form-page:visible").get_by_role(
			"button", name=label, exact=True
		).first.click()


def fill_dialog(
	page: Page, button: str, texts: dict | None = None, links: dict | None = None, ticks: tuple[str, ...] = ()
) -> None:
	"""Fill the dialog that has opened, by field name, and press its button; until the desk has dealt with it."""
	page.wait_for_function("window.cur_dialog && cur_dialog.display")  # it takes the focus once it stands
	dialog = page.locator(".modal.show").last
	for fieldname, text in (texts or {}).items():
		dialog.locator(f"[data-fieldname='{fieldname}']").locator("textarea, input").first.fill(text)
	for fieldname, wanted in (links or {}).items():
		field = dialog.locator(f"[data-fieldname='{fieldname}']")
		field.locator("input").click()
		proposal = field.locator(".awesomplete li:visible").first
		for seconds in (5, 5, 20):
			field.locator("input").fill("")
			field.locator("input").fill(wanted)
			try:
				expect(proposal).to_contain_text(
					wanted, timeout=seconds * 1000
				)  # until then the list may still change under the click
				break
			except AssertionError:  # the answer to the click came after that to the typing, and is shown instead
				if seconds == 20:
					raise
		proposal.click()
		wait_for_desk(page)  # the desk looks up what was chosen
	for label in ticks:
		dialog.get_by_label(label, exact=True).check()
	dialog.get_by_role("button", name=button, exact=True).click()
	expect(page.locator(".modal.show")).to_have_count(0)
	wait_for_desk(page)


def clock_mark(page: Page, label: str):
	"""How the form says, on its first tab, that one of the record's clocks stands."""
	page.evaluate("cur_frm.layout.tabs.length && cur_frm.layout.tabs[0].set_active()")
	return page.locator(".cs-clocks:visible .indicator", has_text=f"{label}:")


def tell_time(page: Page, moment: datetime) -> None:
	"""From now on it is that moment (site time zone) for the server as asked by this page. The page's own clock goes on."""
	page.context.set_extra_http_headers({"X-Test-Time": f"{moment:%Y-%m-%d %H:%M:%S}"})


def text_of(pdf: bytes) -> str:
	"""What pdftotext reads in a PDF."""
	done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
	return done.stdout.decode()
