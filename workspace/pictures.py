"""Screenshots and sample PDFs of the demo, into the ignored folder `pictures/`: `./run pictures [words…]`.

Each page is taken in English and Chinese, on a desktop and on a phone. Words choose pictures whose name holds one of them.
The demo has to be served: the pictures show what `./run` shows, and nothing is written to it but one complaint of the
picture of the answer page, which is cancelled again.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from workspace.bench import RUN_BENCH
from workspace.console import WorkspaceError, fail, say
from workspace.paths import ROOT

FOLDER = ROOT / "pictures"
CHROMIUM = "/usr/bin/chromium"
SIZES = {"desktop": (1400, 900), "phone": (375, 812)}
LANGUAGES = ("en", "zh")
LABELS = [f"{language}-{size}" for language in LANGUAGES for size in SIZES]
CLERK, ADMINISTRATOR = "clerk@demo.example.com", "Administrator"
FORMS = {"quality-feedback": None, "acknowledgement": "Complaint Acknowledgement"}

QUALITY = [["complaint_class", "=", "Quality"], ["workflow_state", "=", "Closed"]]
RULE = [["enabled", "=", 1], ["complaint_class", "=", "Quality"]]
OPEN = [["complaint_class", "=", "Quality"], ["workflow_state", "=", "Investigating"]]


# The network itself is never idle: the desk keeps asking for a realtime server.
QUIET = """() => document.body.dataset.ajaxState !== "triggered"
	&& [...document.querySelectorAll(".list-loading-state, .print-format-skeleton")].every((part) => !part.offsetParent)"""


@dataclass(frozen=True)
class Shot:
	"""One page: where it is, what shows that it is complete, who looks at it, and whether all of it is taken."""

	name: str
	path: str
	ready: str
	user: str = CLERK
	whole: bool = True


class Site:
	"""The served demo as one of its users."""

	def __init__(self, user: str, password: str):
		self.url = RUN_BENCH.url
		self.session = requests.Session()
		self.post("login", usr=user, pwd=password)

	def post(self, method: str, **values: object) -> object:
		answer = self.session.post(f"{self.url}/api/method/{method}", json=values, timeout=60)
		answer.raise_for_status()
		return answer.json().get("message")

	def first(self, doctype: str, filters: list | None = None, order: str = "creation desc") -> str:
		"""Name of one record, the newest."""
		values = {"filters": json.dumps(filters or []), "limit_page_length": 1, "order_by": order}
		answer = self.session.get(f"{self.url}/api/resource/{doctype}", params=values, timeout=60)
		answer.raise_for_status()
		found = answer.json()["data"]
		if not found:
			raise WorkspaceError(f"the demo has no {doctype} for the picture: ./run --fresh makes it anew")
		return found[0]["name"]

	def pdf(self, name: str, layout: str | None, language: str) -> bytes:
		values = {
			"doctype": "Complaint",
			"name": name,
			"language": language,
			"format": layout or "Quality Feedback Form",
		}
		method = "frappe.utils.print_format.download_pdf"
		answer = self.session.get(f"{self.url}/api/method/{method}", params=values, timeout=120)
		answer.raise_for_status()
		return answer.content


def shots(site: Site) -> list[Shot]:
	"""All pages, with records that are in the demo."""
	form = ".form-layout .form-section"
	open_case = site.first("Complaint", OPEN)
	return [
		Shot("workspace", "/app/customer-service", ".number-widget-box .number", whole=False),
		Shot("complaint-list", "/app/complaint", ".list-row .level-left", whole=False),
		Shot("complaint-form", f"/app/complaint/{open_case}", form),
		Shot("complaint-print", f"/app/print/Complaint/{open_case}", "iframe.print-format-container", whole=False),
		Shot("contact-form", f"/app/contact-record/{site.first('Contact Record')}", form),
		Shot("contact-list", "/app/contact-record", ".list-row .level-left", whole=False),
		Shot("register", "/app/query-report/Complaint Register", ".dt-row", whole=False),
		Shot("customer", f"/app/service-customer/{site.first('Service Customer')}", form),
		Shot("routing-rule", f"/app/routing-rule/{site.first('Routing Rule', RULE)}", form, ADMINISTRATOR),
		Shot("routing-rules", "/app/routing-rule", ".list-row .level-left", ADMINISTRATOR, whole=False),
		Shot("department", "/app/service-department/Quality Department", form, ADMINISTRATOR),
		Shot("clock-policy", f"/app/service-clock-policy/{site.first('Service Clock Policy')}", form, ADMINISTRATOR),
		Shot("calendar", "/app/working-calendar/Office Hours", form, ADMINISTRATOR),
		Shot("settings", "/app/customer-service-settings", form, ADMINISTRATOR),
		Shot("workflow", f"/app/workflow/{site.first('Workflow')}", form, ADMINISTRATOR),
		Shot("controlled-form", f"/app/controlled-form/{site.first('Controlled Form')}", form, ADMINISTRATOR),
	]


def contexts(browser: Browser, user: str | None) -> Iterator[tuple[str, Page]]:
	"""A page for each language and size, logged in as the user; None is a guest."""
	for language in LANGUAGES:
		if user:
			_set_language(user, language)
		for size, (width, height) in SIZES.items():
			context = browser.new_context(
				viewport={"width": width, "height": height},
				locale={"en": "en-GB", "zh": "zh-CN"}[language],
				timezone_id="Asia/Shanghai",
				is_mobile=size == "phone",
				has_touch=size == "phone",
				reduced_motion="reduce",
			)
			if user:
				answer = context.request.post(
					f"{RUN_BENCH.url}/api/method/login", form={"usr": user, "pwd": _password(user)}
				)
				if not answer.ok:
					raise WorkspaceError(f"{user} cannot log in: is the demo loaded?")
			else:
				context.add_cookies([{"name": "preferred_language", "value": language, "url": RUN_BENCH.url}])
			yield f"{language}-{size}", context.new_page()
			context.close()
	if user:
		_set_language(user, str(RUN_BENCH.settings.get("language", "en")))


def _set_language(user: str, language: str) -> None:
	"""The desk speaks the language of the user's record; set back at the end."""
	site = Site(ADMINISTRATOR, RUN_BENCH.passwords["administrator"])
	site.post("frappe.client.set_value", doctype="User", name=user, fieldname="language", value=language)


def _password(user: str) -> str:
	return RUN_BENCH.passwords["administrator" if user == ADMINISTRATOR else "demo"]


def take(page: Page, shot: Shot, path: Path) -> None:
	"""Take one picture, once the page is quiet."""
	page.goto(RUN_BENCH.url + shot.path, wait_until="domcontentloaded")
	page.wait_for_selector(shot.ready, state="attached", timeout=90_000)
	page.wait_for_timeout(800)
	with contextlib.suppress(TimeoutError):
		page.wait_for_function(QUIET, timeout=20_000)
	page.wait_for_timeout(800)
	_snap(page, path, whole=shot.whole)


def _take_or_tell(page: Page, shot: Shot, path: Path) -> None:
	"""One page that does not come is told of, and the others are still taken."""
	try:
		take(page, shot, path)
	except TimeoutError:
		say(f"  {path.name}: {shot.path} did not show {shot.ready}")


def _snap(page: Page, path: Path, whole: bool) -> None:
	page.screenshot(path=str(path), full_page=whole, animations="disabled")
	say(f"  {path.relative_to(ROOT)}")


def take_public_pages(browser: Browser, wanted: list[str]) -> None:
	"""The complaint form as a guest sees it, empty and filled in, and the page with the number."""
	texts = {
		"en": ("Larkspur Example Trading Ltd.", "Ines Holm", "12 of 200 adapters get very hot after an hour."),
		"zh": ("海棠示例贸易有限公司", "林静怡", "200 件电源适配器中有 12 件使用一小时后严重发热。"),
	}
	if not any(_is_wanted(f"public-{label}", wanted) for label in LABELS):
		return
	for label, page in contexts(browser, None):
		if not _is_wanted(f"public-{label}", wanted):
			continue
		page.goto(f"{RUN_BENCH.url}/complaint/new", wait_until="networkidle")
		page.wait_for_selector(".web-form [data-fieldname=description] textarea")
		_snap(page, FOLDER / f"public-form-{label}.png", whole=True)
		company, person, text = texts[label[:2]]
		for field, value in (("reported_company", company), ("contact_person", person), ("description", text)):
			page.fill(f".web-form [data-fieldname={field}] .form-control", value)
		page.click(".web-form .submit-btn")
		page.wait_for_selector(".cs-status-number", timeout=30_000)
		page.wait_for_timeout(800)
		_snap(page, FOLDER / f"public-status-{label}.png", whole=True)
		_cancel(page.inner_text(".cs-status-number").strip())


def _cancel(name: str) -> None:
	"""What was sent for the picture does not stay in anybody's queue."""
	site = Site("manager@demo.example.com", RUN_BENCH.passwords["demo"])
	doc = {"doctype": "Complaint", "name": name}
	site.post("frappe.model.workflow.apply_workflow", doc=json.dumps(doc), action="Cancel Complaint")


def take_prints(site: Site, wanted: list[str]) -> None:
	"""The printed forms, as PDF and page by page as pictures."""
	closed = site.first("Complaint", QUALITY)
	for form, layout in FORMS.items():
		for language in (*LANGUAGES, "both"):
			target = FOLDER / f"print-{form}-{language}.pdf"
			if not _is_wanted(target.name, wanted):
				continue
			target.write_bytes(site.pdf(closed, layout, language))
			subprocess.run(["pdftoppm", "-r", "80", "-png", target, target.with_suffix("")], check=True)
			say(f"  {target.relative_to(ROOT)}")


def _is_wanted(name: str, wanted: list[str]) -> bool:
	return not wanted or any(word in name for word in wanted)


def main(wanted: list[str]) -> None:
	"""Take all pictures, or those whose name holds one of the words."""
	FOLDER.mkdir(exist_ok=True)
	try:
		site = Site(CLERK, RUN_BENCH.passwords["demo"])
	except requests.RequestException as error:
		raise WorkspaceError(f"the demo is not served: start ./run first ({error})") from error
	administrator = Site(ADMINISTRATOR, RUN_BENCH.passwords["administrator"])
	all_shots = shots(administrator)
	with sync_playwright() as player:
		browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
		for user in (CLERK, ADMINISTRATOR):
			mine = [shot for shot in all_shots if shot.user == user]
			names = [f"{shot.name}-{label}" for shot in mine for label in LABELS]
			if not any(_is_wanted(name, wanted) for name in names):
				continue
			for label, page in contexts(browser, user):
				for shot in mine:
					if _is_wanted(f"{shot.name}-{label}", wanted):
						_take_or_tell(page, shot, FOLDER / f"{shot.name}-{label}.png")
		take_public_pages(browser, wanted)
		browser.close()
	take_prints(site, wanted)


if __name__ == "__main__":
	try:
		main(sys.argv[1:])
	except WorkspaceError as error:
		fail(error)
