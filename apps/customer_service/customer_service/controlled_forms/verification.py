"""Is this sheet of paper ours, and is it still valid? The QR code on a form answers (J-1, S9).

The code carries the record's number, the form's version, a short hash of what the record said when it was printed, and a
signature over these by a key that only this site has. Unlike the tokens of mails it does not expire and is stored nowhere:
paper is kept for years, and a reprint must look the same. What it opens shows nothing but what is on the paper already.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

import frappe
import segno
from frappe import _
from frappe.utils import get_url
from frappe.utils.password import get_encryption_key

from customer_service.controlled_forms import register
from customer_service.organisation import guest, processes, states
from customer_service.organisation.content import content_of, fingerprint

PAGE = "form-verification"
CHECK_CHARACTERS = 16  # of the hexadecimal hash: 64 bits, enough to compare by eye
SIGNATURE_BYTES = 20  # 160 bits
LONGEST_TOKEN = 800
SEPARATOR = "\x1f"


def check_code(doc) -> str:
	"""A short hash of what a record says, for people to compare: ``3f2a 9c41 7b20 55de``."""
	return _spaced(_short_hash(doc))


def _spaced(code: str) -> str:
	return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def _short_hash(doc) -> str:
	return fingerprint(content_of(doc))[:CHECK_CHARACTERS]


def address(doc, version: str) -> str:
	"""What the QR code of a record's print holds: the page on the configured host with the signed token behind the #, where
	browsers keep it out of requests, logs and Referer.

	:param version: name of the Controlled Form Version it is printed in.
	"""
	host = (frappe.conf.host_name or get_url()).rstrip("/")
	return f"{host}/{PAGE}#{_token(doc.doctype, doc.name, version, _short_hash(doc))}"


def _token(*parts: str) -> str:
	text = SEPARATOR.join(parts).encode()
	return f"{_encode(text)}.{_encode(_signature(text))}"


def _signature(text: bytes) -> bytes:
	key = hashlib.sha256(b"form verification:" + get_encryption_key().encode()).digest()
	return hmac.digest(key, text, "sha256")[:SIGNATURE_BYTES]


def _encode(value: bytes) -> str:
	return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decode(value: str) -> bytes:
	return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


def qr_code(doc, version: str) -> str:
	"""The QR code of a record's print as a ``data:`` picture."""
	return _picture(address(doc, version))


@lru_cache(maxsize=512)
def _picture(text: str) -> str:
	return segno.make(text, error="m", micro=False, boost_error=False).png_data_uri(scale=3, border=2)


@frappe.whitelist(allow_guest=True, methods=["POST"])
def verify(token: str) -> dict:
	"""What a person who scans the QR code of a print is told: number, state, hash, nothing else.

	:returns: ``{"number", "form", "state", "printed_hash", "present_hash", "notices"}``: form number and version; the state as
		Open, Closed …; the hashes as on the paper, the second empty if the record is kept no longer; notices say if it was
		changed, superseded or cancelled. Texts are in the request's language.
	:raises LinkInvalidError: HTTP 404 for whatever we have not signed; frappe.TooManyRequestsError: HTTP 429.
	"""
	guest.limit_posts("form_verification")
	doctype, name, version_name, printed = _read(token)
	guest.limit_link(_token(doctype, name, version_name, printed))  # the token as we wrote it, however it is spelled
	if not processes.is_doctype_on(doctype):
		guest.refuse_link()
	version = frappe.db.get_value(
		"Controlled Form Version", version_name, ["controlled_form", "version", "status"], as_dict=True
	)
	doc = frappe.get_doc(doctype, name) if frappe.db.exists(doctype, name) else None
	return {
		"number": name,
		"form": f"{version.controlled_form} {version.version}" if version else version_name,
		"state": _state(doc),
		"printed_hash": _spaced(printed),
		"present_hash": check_code(doc) if doc else "",
		"notices": list(_notices(doc, version, printed)),
	}


def _read(token: str) -> list[str]:
	"""The parts of a token that we have signed.

	:raises LinkInvalidError: for any other.
	"""
	try:
		if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
			raise ValueError
		text, signature = (_decode(part) for part in token.split("."))
		if not hmac.compare_digest(signature, _signature(text)):
			raise ValueError
		doctype, name, version, printed = text.decode().split(SEPARATOR)
	except ValueError:  # bad base64 and bad UTF-8 are ValueErrors as well
		guest.refuse_link()
	return [doctype, name, version, printed]


def _state(doc) -> str:
	if not doc:
		return _("Not kept any longer")
	return _(doc.get("state_category") or doc.get("status") or "Valid")


def _notices(doc, version, printed: str):
	if not doc:
		yield _("The record has been disposed of after its retention period.")
	elif _short_hash(doc) != printed:
		yield _("The record has changed since this was printed.")
	if doc and doc.get("state_category") == states.CANCELLED:
		yield _("The record is cancelled.")
	own = doc.control_head() if hasattr(doc, "control_head") else {}
	mark = own.get("mark_zh" if frappe.local.lang.startswith("zh") else "mark_en")
	if mark:
		yield mark
	if version and version.status == register.SUPERSEDED:
		yield _("This version of the form is superseded. The record keeps the version it was made in.")
	elif version and version.status == register.WITHDRAWN:
		yield _("This form has been withdrawn.")
