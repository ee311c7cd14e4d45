"""Pictures of a record for its print and for the customer's page: small, and inside the page, since neither opens a file (S6, S11)."""

import base64
from io import BytesIO

import frappe
from markupsafe import Markup
from PIL import Image, ImageOps

WIDEST = 1000
"""Pixels; enough to see a scratch, and a dozen of them still load on a phone."""

MOST = 12
MOST_PIXELS = 50_000_000
"""What is larger is not unpacked: a small file may hold a picture that fills the memory."""


def of(doc) -> list[dict]:
	"""The pictures of an inspection, at most `MOST`: ``src`` (a data: address) and ``caption``; those that cannot be read are left out."""
	rows = [(row.picture, row.caption) for row in doc.pictures][:MOST]
	shown = [{"src": source(doc, url), "caption": caption or ""} for url, caption in rows]
	return [row for row in shown if row["src"]]


def source(doc, url: str | None) -> str:
	"""A picture that is attached to this very record, made small, as a data: address; empty without one."""
	if not url:
		return ""
	filters = {"file_url": url, "attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
	name = frappe.db.get_value("File", filters)
	if not name:
		return ""
	try:
		content = frappe.get_doc("File", name).get_content()
		picture = Image.open(BytesIO(content if isinstance(content, bytes) else content.encode()))
		if picture.width * picture.height > MOST_PIXELS:
			return ""
		picture = ImageOps.exif_transpose(picture).convert("RGB")
	except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
		return ""  # no picture: the record shows what was written
	picture.thumbnail((WIDEST, WIDEST))
	small = BytesIO()
	picture.save(small, "JPEG", quality=80)  # which also drops where the phone stood
	return f"data:image/jpeg;base64,{base64.b64encode(small.getvalue()).decode()}"


def cs_picture(doc, url: str | None, height: str = "50mm") -> Markup:
	"""A picture for a print, at most so high; nothing without one."""
	address = source(doc, url)
	if not address:
		return Markup("")
	return Markup('<img src="{}" alt="" style="max-width: 100%; max-height: {}">').format(address, height)
