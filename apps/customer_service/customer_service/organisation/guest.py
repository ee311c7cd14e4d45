"""The doors for people without login, and what guards them (S9–S11).

Every door is on the list `GUEST_DOORS`; a test compares it with what Frappe lets guests call. A door is a POST, limited per
address and for the whole site, behind a personal link per link too, and takes only what it declares.
"""

import hashlib
import ipaddress
import secrets
from datetime import timedelta
from typing import NoReturn

import frappe
from frappe import _

from customer_service.exceptions import GuestInputError, LinkInvalidError
from customer_service.organisation import clock, processes

GUEST_DOORS = (
	"customer_service.complaint_handling.api.complaint_status",
	"customer_service.complaint_handling.api.decide_complaint",
	"customer_service.contract_review.proforma_api.accept",
	"customer_service.contract_review.proforma_api.download",
	"customer_service.contract_review.proforma_api.show",
	"customer_service.controlled_forms.verification.verify",
	"customer_service.customer_property.guest_api.answer",
	"customer_service.customer_property.guest_api.download",
	"customer_service.customer_property.guest_api.show",
	"customer_service.customer_satisfaction.survey_api.opt_out",
	"customer_service.customer_satisfaction.survey_api.show",
	"customer_service.organisation.web_forms.accept",
)

WINDOW_SECONDS = 60
DAY_SECONDS = 86_400
TOKEN_BYTES = 32  # 256 random bits


def limit_posts(door: str) -> None:
	"""Count one post at a door and refuse it when the address or the site has used up its minute.

	:raises frappe.TooManyRequestsError: HTTP 429.
	"""
	settings = frappe.get_cached_doc("Customer Service Settings")
	_count(f"{door}:{_address()}", settings.guest_posts_per_address)
	_count(door, settings.guest_posts_per_site)


def limit_link(token: str) -> None:
	"""Count one use of a valid personal link and refuse it when the link has used up its minute.

	:raises frappe.TooManyRequestsError: HTTP 429.
	"""
	settings = frappe.get_cached_doc("Customer Service Settings")
	_count(f"link:{hash_of(token)}", settings.guest_posts_per_link)


def limit_mails(address: str) -> None:
	"""Count one mail that a guest's post sends to an address; nobody's mailbox can be filled through our form.

	:raises frappe.TooManyRequestsError: HTTP 429.
	"""
	settings = frappe.get_cached_doc("Customer Service Settings")
	_count(f"mail:{hash_of(address.strip().lower())}", settings.guest_mails_per_recipient, DAY_SECONDS)


def _count(key: str, limit: int, seconds: int = WINDOW_SECONDS) -> None:
	if counted(key, seconds) > (limit or 0):
		frappe.throw(
			_("Too many requests. Please wait a minute and try again."),
			frappe.TooManyRequestsError,
			title=_("Please wait"),
		)


def counted(key: str, seconds: int) -> int:
	"""How often this was counted within the seconds since it was first, this time included. One atomic increment, so that
	parallel posts cannot slip through together."""
	cache = frappe.cache()
	name = cache.make_key(f"customer_service_guest:{key}")
	with cache.pipeline() as pipe:
		pipe.set(name, 0, ex=seconds, nx=True)
		pipe.incr(name)
		return pipe.execute()[-1]


def _address() -> str:
	"""The sender's address. A forwarded one counts only where a proxy on this machine hands it on, since any sender can
	write the header."""
	peer = (frappe.request.environ.get("REMOTE_ADDR") if frappe.request else None) or "127.0.0.1"
	try:
		behind_proxy = ipaddress.ip_address(peer).is_loopback
	except ValueError:
		behind_proxy = False
	return (frappe.local.request_ip or peer) if behind_proxy else peer


def issue_link(doc, purpose: str, days: int) -> str:
	"""A new personal token for one record. Only its hash is stored; the caller puts the token into a mail or an answer.

	:param days: validity from now.
	"""
	token = secrets.token_urlsafe(TOKEN_BYTES)
	link = frappe.new_doc("Guest Link")
	link.update(
		{
			"token_hash": hash_of(token),
			"purpose": purpose,
			"reference_doctype": doc.doctype,
			"reference_name": doc.name,
			"expires_at": clock.now() + timedelta(days=days),
		}
	)
	link.insert(ignore_permissions=True)
	return token


def resolve_link(token: str, purpose: str | tuple[str, ...], even_revoked: bool = False) -> frappe._dict:
	"""The record that a token opens: reference_doctype, reference_name, purpose and is_revoked.

	Counts the use: one link cannot be posted to more often than the settings allow, from however many addresses.

	:param purpose: what the link must be for; several for a page that serves them all.
	:param even_revoked: for a page that tells the owner of a revoked link why; the caller shows nothing else then.

	:raises LinkInvalidError: HTTP 404, the same for a wrong, expired or revoked token.
	:raises frappe.TooManyRequestsError: HTTP 429.
	"""
	link = None
	if isinstance(token, str) and 20 <= len(token) <= 100:
		purposes = (purpose,) if isinstance(purpose, str) else purpose
		table = frappe.qb.DocType(
			"Guest Link"
		)  # get_value parses each field's name as SQL, which takes longer than asking
		query = (
			frappe.qb.from_(table)
			.select("reference_doctype", "reference_name", "purpose", "is_revoked")
			.where((table.token_hash == hash_of(token)) & table.purpose.isin(purposes))
			.where(table.expires_at > clock.now())
		)
		if not even_revoked:
			query = query.where(table.is_revoked == 0)
		link = next(iter(query.run(as_dict=True)), None)
	if not link:
		refuse_link()
	limit_link(token)
	return link


def refuse_link() -> NoReturn:
	"""Refuse a token, and count the failure for the whole site, so that nobody can try many.

	:raises LinkInvalidError: HTTP 404, the same for a wrong, expired or revoked token.
	"""
	settings = frappe.get_cached_doc("Customer Service Settings")
	_count("failed_links", settings.failed_links_per_site)
	frappe.throw(
		_("This link is not valid, or no longer. Please use the link in our latest mail, or call us."),
		LinkInvalidError,
	)


def hash_of(token: str) -> str:
	"""What is stored of a token."""
	# Hexadecimal, so that the collation, which compares without case, cannot make two different hashes equal.
	return hashlib.sha256(token.encode()).hexdigest()


def refuse(message: str) -> None:
	"""Refuse what a guest posted.

	:raises GuestInputError: HTTP 417.
	"""
	frappe.throw(message, GuestInputError)


def delete_expired_links() -> None:
	"""Forget links that have expired, a month later (daily)."""
	link = frappe.qb.DocType("Guest Link")
	frappe.qb.from_(link).delete().where(link.expires_at < clock.now() - timedelta(days=30)).run()


PRIVATE_PATHS = (
	"/complaint-status",
	"/customer-property",
	"/form-verification",
	"/pro-forma-invoice",
	"/survey",
	"/api/method/customer_service.complaint_handling",
	"/api/method/customer_service.contract_review",
	"/api/method/customer_service.controlled_forms.verification",
	"/api/method/customer_service.customer_property.guest_api",
	"/api/method/customer_service.customer_satisfaction.survey_api",
	"/api/method/frappe.website.doctype.web_form.web_form.accept",
)


def keep_out(*_args) -> None:
	"""Hook before_request: to a guest every record of ours looks the same, whether it exists or not (S3).

	:raises frappe.PermissionError: HTTP 403.
	"""
	request = frappe.local.request
	if frappe.session.user != "Guest":
		return
	frappe.local.flags.disable_traceback = True  # what went wrong inside is nobody's business outside
	if request.path.startswith("/api/resource/"):
		doctype = request.path.split("/")[3]
	elif request.path.startswith(("/printview", "/api/method/frappe.utils.print_format.")) and not request.args.get(
		"key"
	):
		doctype = frappe.form_dict.get("doctype")
	else:
		return
	if isinstance(doctype, str) and frappe.db.exists("DocType", doctype) and processes.is_ours(doctype):
		frappe.throw(_("You need to log in to see this."), frappe.PermissionError)


def forbid_storing(response=None, request=None) -> None:
	"""Hook after_request: pages behind a personal link, and their data, are stored nowhere and tell nobody where they came
	from (S11)."""
	if response is None or request is None or not request.path.startswith(PRIVATE_PATHS):
		return
	response.headers["Cache-Control"] = "no-store"
	response.headers["Referrer-Policy"] = "no-referrer"
