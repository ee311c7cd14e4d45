"""The renderer opens no file and no address that a record or a layout names (S4–S6): 12 ways to fetch × 7 forms of address.

The module runs once more under the oldest WeasyPrint that benches have (`test_all_of_this_under_weasyprint_59`).
"""

import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import frappe
import pytest
import weasyprint
from pypdf import PdfReader

from customer_service.controlled_forms import fetcher, fonts, printing
from customer_service.tests.factories import make_complaint, make_contact

OLD = Path(os.environ["CS_REPO"]) / "var/weasyprint59"

VECTORS = {
	"img": "<img src='{url}'>",
	"object": "<object data='{url}'></object>",
	"embed": "<embed src='{url}'>",
	"svg image": "<svg width='9' height='9'><image href='{url}' width='9' height='9'/></svg>",
	"link stylesheet": "<link rel='stylesheet' href='{url}'>",
	"link attachment": "<link rel='attachment' href='{url}'>",
	"a attachment": "<a rel='attachment' href='{url}'>file</a>",
	"import": "<style>@import url('{url}');</style>",
	"style attribute": "<p style=\"background: url('{url}')\">x</p>",
	"style element": "<style>p {{ background: url('{url}') }}</style><p>x</p>",
	"font face": "<style>@font-face {{ font-family: stolen; src: url('{url}') }} p {{ font-family: stolen }}</style><p>x</p>",
	"list style": "<ul style=\"list-style: url('{url}')\"><li>x</li></ul>",
}

# The bait stands for any file of the server; a fetch of it would show its text or embed it.
BAIT = "BAIT-5f2c-SECRET"


@pytest.fixture(scope="module")
def bait(tmp_path_factory) -> Path:
	path = tmp_path_factory.mktemp("bait") / "secret.txt"
	path.write_text(BAIT)
	return path


URLS = {
	"file": "file://{bait}",
	"loopback": "http://127.0.0.1:{port}/x",
	"metadata": "http://169.254.169.254/latest/meta-data/",
	"scheme relative": "//127.0.0.1:{port}/x",
	"relative": "..{bait}",
	"percent-encoded": "%66ile://{bait}",
	"data": "data:text/html;base64,QkFJVC01ZjJjLVNFQ1JFVA==",
}

EVENTS: list[tuple] = []
WATCHING = [False]


def _watch(event: str, arguments: tuple) -> None:
	if WATCHING[0] and event in ("open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen"):
		EVENTS.append((event, arguments))


sys.addaudithook(_watch)  # cannot be taken back; it looks only while WATCHING

# Where the renderer's own code, data and faces are.
ALLOWED = tuple(
	str(Path(path).resolve())
	for path in (
		*{Path(weasyprint.__file__).parents[1], Path(os.environ["CS_REPO"]) / "env", Path(sys.base_prefix) / "lib"},
		sys.pycache_prefix or "/nowhere",
		"/usr/share/fonts",
		"/etc/fonts",
		"/dev/null",
	)
)


@pytest.fixture
def watched(monkeypatch):
	"""`watched()` is what the renderer has opened outside of the allow-list, or connected to, since the test began."""
	fonts.has_chinese()  # asks fontconfig's own program, once a process
	asked = []
	allows = fetcher.may_fetch
	monkeypatch.setattr(fetcher, "may_fetch", lambda url: asked.append((url, allows(url))) or asked[-1][1])
	EVENTS.clear()
	WATCHING[0] = True

	def outside() -> list:
		WATCHING[0] = False
		opened = [entry for entry in EVENTS if not (entry[0] == "open" and _is_allowed(entry[1][0]))]
		return opened + [url for url, allowed in asked if allowed]

	yield outside
	WATCHING[0] = False


def _is_allowed(path) -> bool:
	if isinstance(path, int) or path is None:  # a file descriptor that is open already
		return True
	return str(Path(os.fsdecode(path)).resolve()).startswith(
		(*ALLOWED, str(Path(tempfile.gettempdir()) / "weasyprint-"))
	)


def attack(vector: str, form: str, bait: Path) -> str:
	return VECTORS[vector].format(url=URLS[form].format(bait=bait, port=9))


every_vector = pytest.mark.parametrize("vector", VECTORS)
every_url = pytest.mark.parametrize("form", URLS)


@every_vector
@every_url
def test_layout_that_asks_gets_nothing(vector, form, bait, watched):
	"""The HTML itself stands in the page, as an administrator's layout could have it: nothing is opened, nothing embedded."""
	content = printing.html_to_pdf(f"<body><p>before</p>{attack(vector, form, bait)}<p>rest</p></body>")
	assert watched() == []
	refuse_embedded(content)
	assert "rest" in text_of(content)


@every_url
def test_free_text_fields_stay_text(form, bait, watched):
	"""All twelve vectors in every free-text field of both forms, as an old import could have left them there: stored by any door of
	today they lose their tags; printed they are letters, each one of them, and mean nothing."""
	WATCHING[0] = False
	attacks = [attack(vector, form, bait) for vector in VECTORS]
	complaint = frappe.get_doc("Complaint", make_complaint(description="\n".join(attacks)).name)
	assert not re.search(r"<[a-z]", complaint.description)
	contact = frappe.get_doc("Contact Record", make_contact().name)
	for doc in (complaint, contact):
		for field in doc.meta.fields:
			if field.fieldtype in ("Small Text", "Text"):
				doc.set(field.fieldname, "\n".join(attacks))
	complaint.reported_company = contact.subject = attacks[0]
	pages = [printing.render_html(doc, language="both") for doc in (complaint, contact)]
	WATCHING[0] = True
	contents = [printing.html_to_pdf(page) for page in pages]
	allowed = [entry for entry in watched() if not str(entry).startswith("data:image/png")]  # our own QR code
	assert allowed == []
	for content in contents:
		refuse_embedded(content)
		text = "".join(text_of(content).replace("\u200b", "").split())  # places to break in long words
		assert all("".join(each.split()) in text for each in attacks), "nothing of what was typed is lost"


@pytest.mark.parametrize(
	"typed",
	[
		"{{ 7*7 }}",
		"{{ frappe.db.sql('select 1') }}",
		"{% for x in range(9) %}x{% endfor %}",
		"{# note #}",
		"{{ doc.delete() }}",
	],
)
def test_template_code_stays_literal(typed):
	complaint = make_complaint(description=typed, part_no=typed[:140])
	text = text_of(printing.render_pdf("Complaint", complaint.name, language="both"))
	assert "".join(text.split()).count("".join(typed.split())) >= 2


def test_picture_inside_the_page_is_the_one_thing_that_is_fetched(watched):
	pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
	content = printing.html_to_pdf(f"<img src='data:image/png;base64,{pixel}'>")
	assert [entry[:22] for entry in watched()] == ["data:image/png;base64,"], "and the watch sees it"
	assert len(PdfReader(io.BytesIO(content)).pages[0].images) == 1


def test_the_watch_sees_a_file_and_an_address(bait, watched):
	"""Otherwise the tests above could not fail."""
	import socket

	bait.read_text()
	with socket.socket() as connection, pytest.raises(OSError):
		connection.connect(("127.0.0.1", 9))
	assert {entry[0] for entry in watched()} == {"open", "socket.connect"}


def refuse_embedded(content: bytes) -> None:
	reader = PdfReader(io.BytesIO(content))
	assert not reader.attachments
	assert b"EmbeddedFile" not in content
	assert BAIT not in text_of(content).replace("%", "")


def text_of(content: bytes) -> str:
	done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
	return done.stdout.decode()


@pytest.mark.skipif(weasyprint.__version__.startswith("59."), reason="this is the run that it starts")
@pytest.mark.timeout(900)
def test_all_of_this_under_weasyprint_59():
	"""The same module in a process whose WeasyPrint is the oldest one that the app runs with."""
	environment = {**os.environ, "PYTHONPATH": f"{OLD}:{os.environ.get('PYTHONPATH', '')}"}
	command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", __file__]
	ask = "import weasyprint; print(weasyprint.__version__)"
	version = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True)
	assert version.stdout.startswith("59.")
	done = subprocess.run(
		command, env=environment, cwd=os.environ["CS_REPO"], capture_output=True, text=True, check=False
	)
	assert done.returncode == 0, done.stdout[-3000:]
	count = len(VECTORS) * len(URLS) + len(URLS) + 5 + 2
	assert f"{count} passed, 1 skipped" in done.stdout
