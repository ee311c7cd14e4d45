"""Incoming inspection of customers' property (D-2, IQC检验报告): a draft for what was received, samples, engineering's word, the verdict."""

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.contract_review.money import exact
from customer_service.customer_property import duties, ledger, sampling
from customer_service.exceptions import PropertyError, RecordClosedError
from customer_service.organisation import cases, clock, content, events, locking, people, states, text

DOCTYPE, ITEM = "Property Inspection", "Customer Property"

PASSED, FAILED, TOLD, DECIDED, CLOSED = "Passed", "Failed", "Customer Told", "Customer Decided", "Closed"
CANCELLED = "Cancelled"
UNDECIDED = (FAILED, TOLD)

MET, NOT_MET = "Met", "Not Met"

COMPUTED = (
	"property_name",
	"customer",
	"unit",
	"property_receipt",
	"receipt_row",
	"place",
	"lot_qty",
	"round",
	"previous",
	"property_department",
	"started_at",
	"accept_up_to",
	"reject_from",
	"engineering_result",
	"engineering_note",
	"engineering_by",
	"engineering_at",
	"engineering_seen",
	"proposed",
	"decided_by",
	"decided_at",
	"told_at",
	"told_to",
	"told_via",
	"customer_decision",
	"customer_remark",
	"customer_decided_by",
	"customer_decided_at",
	"customer_decided_via",
	"seen_hash",
	"ended_at",
)

CONTACT = ("contact_person", "contact_email", "contact_phone")
OF_STEPS = ("workflow_state", "state_category", "ended_at", "seen_hash")

OF_ENGINEERING = ("engineering_result", "engineering_note", "engineering_by", "engineering_at", "engineering_seen")

OF_ITEM = ("property_name", "customer", "unit", "property_type")


def open_for(receipt, row) -> str:
	"""A draft for a lot that was received; the caller has asked for the right to receive it.

	:param receipt: a Property Receipt. :param row: its line, whose *Customer Property* is known.
	:returns: number of the Property Inspection. :raises PropertyError: if the type's sampling plan has no row for the lot.
	"""
	place = row.place or receipt.place or frappe.get_cached_doc(duties.SETTINGS).property_receiving_place
	return _open(
		row.customer_property,
		row.qty,
		place,
		property_receipt=receipt.name,
		receipt_row=row.name,
	)


def open_next(doc, qty, place: str | None) -> str:
	"""The next round of an inspection, for what the customer wants sorted."""
	return _open(
		doc.customer_property,
		qty,
		place,
		property_receipt=doc.property_receipt,
		receipt_row=doc.receipt_row,
		round=(doc.round or 1) + 1,
		previous=doc.name,
	)


def _open(item: str, qty, place: str | None, **values) -> str:
	doc = frappe.new_doc(DOCTYPE)
	doc.customer_property = item
	doc.flags.computed = {"lot_qty": qty, "place": place, "round": 1, **values}
	doc.flags.by_system = True
	return doc.insert(ignore_permissions=True).name


def withdraw(names: list[str]) -> None:
	"""Inspections of a receipt that was entered by mistake end with it; those with a verdict stay."""
	for name in sorted(names):
		doc = locking.load(DOCTYPE, name)
		if not doc.decided_at and doc.state_category not in states.ENDED:
			move(doc, CANCELLED)


def fill(doc) -> None:
	"""What a new inspection knows of its item, and what it takes from the item's type and the settings."""
	if not doc.is_new():
		return
	item = frappe.db.get_value(ITEM, doc.customer_property, OF_ITEM, as_dict=True)
	if not item:
		return  # Frappe names the missing link
	kind = frappe.get_cached_doc("Property Type", item.property_type)
	settings = frappe.get_cached_doc(duties.SETTINGS)
	doc.update({"property_name": item.property_name, "customer": item.customer, "unit": item.unit})
	doc.department = doc.department or settings.property_inspection_department
	doc.property_department = settings.property_department
	doc.sampling_plan = doc.sampling_plan or kind.sampling_plan
	doc.needs_engineering = kind.needs_engineering
	doc.engineering_department = doc.engineering_department or settings.property_engineering_department
	if not any(doc.get(field) for field in CONTACT):
		doc.update(contact_of(item.customer))
	if not doc.lot_qty:
		_take_what_waits(doc)


def contact_of(customer: str | None) -> dict[str, str | None]:
	"""Whom a matter is taken to: the customer's first contact; his own address and number without one."""
	filters = {"parent": customer, "parenttype": "Service Customer"}
	columns = ["contact_name", "email", "phone"]
	rows = frappe.get_all("Service Customer Contact", filters, columns, order_by="idx asc", limit=1)
	own = frappe.db.get_value("Service Customer", customer, ["email", "phone"], as_dict=True) or frappe._dict()
	first = rows[0] if rows else frappe._dict()
	return {
		"contact_person": first.contact_name,
		"contact_email": first.email or own.email,
		"contact_phone": first.phone or own.phone,
	}


def _take_what_waits(doc) -> None:
	"""An inspection without a receipt is of what no other inspection has taken up.

	:raises PropertyError: if nothing waits for inspection.
	"""
	waiting = [row for row in ledger.balances(doc.customer_property) if row["to_inspect"]]
	running = {
		"customer_property": doc.customer_property,
		"state_category": ("in", states.RUNNING),
		"decided_at": ("is", "not set"),
	}
	taken = sum(map(exact, frappe.get_all(DOCTYPE, running, pluck="lot_qty")), exact(0))
	left = sum((exact(row["to_inspect"]) for row in waiting), exact(0)) - taken
	if left <= 0:
		frappe.throw(
			_("Nothing of {0} waits for inspection.").format(frappe.bold(escape_html(doc.property_name))), PropertyError
		)
	doc.update({"lot_qty": float(left), "place": waiting[0]["place"], "round": 1})


# --- what may change ---------------------------------------------------------------------------------------------------


def keep_what_is_ours(doc) -> None:
	"""No request sets what follows from steps, the plan or the customer's word."""
	cases.keep_computed(doc, COMPUTED)
	doc.update(doc.flags.get("computed") or {})
	if not doc.is_new():
		cases.keep_on_update(doc, "customer_property", "needs_engineering")


def is_draft(doc) -> bool:
	"""Whether no verdict was given yet, as it is stored."""
	before = doc.get_doc_before_save()
	return not (before and before.decided_at)


def check(doc) -> None:
	"""What is written down of the sample, while there is no verdict; later only the customer's contact and the pictures change.

	:raises PropertyError, RecordClosedError, frappe.PermissionError: says what is wrong.
	"""
	if is_draft(doc):
		_refuse_strangers(doc)
		sampling.follow_plan(doc)
		sampling.read(doc)
		_refuse_strange_inspector(doc)
		_lapse_confirmation(doc)
		if not doc.started_at and sampling.has_values(doc):
			doc.started_at = clock.now()
			doc.inspector = doc.inspector or frappe.session.user
		doc.proposed = sampling.proposed(doc)
		return
	if doc.flags.by_system:
		return
	before = doc.get_doc_before_save()
	free = (*OF_STEPS, *CONTACT, "pictures") if step_of(before) in UNDECIDED else OF_STEPS
	if said(doc, free) != said(before, free):
		frappe.throw(
			_("{0} {1} has a verdict; what was found is not changed any more.").format(
				_(doc.doctype), frappe.bold(escape_html(doc.name))
			),
			RecordClosedError,
		)
	if said(doc, OF_STEPS) != said(before, OF_STEPS):
		duties.demand_teller(doc.department, doc.property_department)


def said(doc, besides: tuple[str, ...]) -> dict:
	"""What people have written, but for these fields."""
	return {field: value for field, value in content.content_of(doc).items() if field not in besides}


def _refuse_strangers(doc) -> None:
	before = doc.get_doc_before_save()
	if doc.flags.by_system or (before and said(doc, OF_STEPS) == said(before, OF_STEPS)):
		return
	if before:
		duties.demand(before.department)
	else:
		duties.demand(doc.department, doc.property_department, duties.department("property_warehouse"))


def _refuse_strange_inspector(doc) -> None:
	before = doc.get_doc_before_save()
	changed = doc.inspector and doc.inspector != (before.inspector if before else None)
	if changed and doc.department and not people.belongs(doc.inspector, doc.department):
		frappe.throw(
			_("{0} does not belong to {1}. Choose one of its people.").format(
				frappe.bold(escape_html(doc.inspector)), frappe.bold(escape_html(_(doc.department)))
			),
			PropertyError,
		)


OF_REQUIREMENT = ("characteristic", "specification", "lower_limit", "upper_limit", "unit")


def requirements_of(doc) -> str:
	"""What engineering confirms, as a fingerprint: the requirements and what each characteristic shall be, not what was measured."""
	wanted = [
		{field: value for field, value in content.content_of(row).items() if field in OF_REQUIREMENT}
		for row in doc.characteristics
	]
	return content.fingerprint({"requirements": doc.technical_requirements or "", "characteristics": wanted})


def _lapse_confirmation(doc) -> None:
	"""Engineering's word is worth nothing for requirements that it has not seen."""
	before = doc.get_doc_before_save()
	if not doc.engineering_at or not before:
		return
	seen = doc.engineering_seen or requirements_of(before)  # confirmed before this was kept
	if seen != requirements_of(doc):
		doc.update(dict.fromkeys(OF_ENGINEERING))


# --- steps -------------------------------------------------------------------------------------------------------------


def step_of(doc) -> str | None:
	"""Which step the inspection's state stands for."""
	return states.step_of(DOCTYPE, doc.workflow_state)


def follow(doc) -> None:
	"""What the state that a person has reached asks for, and what every state means (hook validate)."""
	from customer_service.customer_property import verdicts  # which stores inspections itself

	before = doc.get_doc_before_save()
	doc.workflow_state = doc.workflow_state or states.initial_state(DOCTYPE)
	if before and before.workflow_state != doc.workflow_state and not doc.flags.by_system:
		verdicts.take_step(doc, step_of(doc))
	if step_of(doc) in UNDECIDED:
		doc.seen_hash = seen_of(doc)
	doc.state_category = states.category_of(DOCTYPE, doc.workflow_state)
	doc.ended_at = (doc.ended_at or clock.now()) if doc.state_category in states.ENDED else None


SEEN = (
	"customer_property",
	"lot_qty",
	"sample_size",
	"defects_found",
	"characteristics",
	"pictures",
	"verdict",
	"rejected_qty",
)
SEEN += ("verdict_reason",)


def seen_of(doc) -> str:
	"""What the customer decides on, as a fingerprint (L3)."""
	return content.fingerprint({field: value for field, value in content.content_of(doc).items() if field in SEEN})


def move(doc, step: str | None = None, **values) -> None:
	"""Store what follows from a step that was checked already, with values that no request can set.

	:raises PropertyError: if the site's workflow has no state for the step.
	"""
	if step:
		go_to(doc, step)
	doc.flags.update({"computed": values, "by_system": True})
	doc.save(ignore_permissions=True)


def go_to(doc, step: str) -> None:
	"""Let the app take a step; it is stored with the record. :raises PropertyError: without a state for it."""
	state = states.state_for(doc.doctype, step)
	if not state:
		frappe.throw(
			_("The workflow of {0} has no state for the step {1}.").format(_(doc.doctype), _(step)), PropertyError
		)
	doc.workflow_state = state


def confirm_requirements(name: str, result: str, note: str | None) -> None:
	"""Engineering says whether the technical requirements are met; somebody else than the inspector, before the verdict.

	It lapses when they are changed afterwards; then they are confirmed again.

	:param result: Met or Not Met, the latter with a note.
	:raises PropertyError: if it is not asked, or by the inspector; frappe.PermissionError: for others than engineering.
	"""
	doc = locking.load(DOCTYPE, name)
	doc.check_permission("read")
	duties.demand(doc.engineering_department)
	note = text.plain(str(note or "")).strip()
	reason = _why_not_confirm(doc, result, note)
	if reason:
		frappe.throw(_("This cannot be confirmed: {0}.").format(reason), PropertyError)
	values = {
		"engineering_result": result,
		"engineering_note": note or None,
		"engineering_by": frappe.session.user,
		"engineering_at": clock.now(),
		"engineering_seen": requirements_of(doc),
	}
	move(doc, **values)
	events.record(doc, "Engineering Confirmed", after=result, detail=note or None)


def _why_not_confirm(doc, result: str, note: str) -> str | None:
	if not doc.needs_engineering:
		return _("engineering is not asked")
	if doc.decided_at:
		return _("the verdict is given")
	if result not in (MET, NOT_MET):
		return _("it is one of {0}").format(", ".join(_(each) for each in (MET, NOT_MET)))
	if result == NOT_MET and not note:
		return _("write what is not met")
	if frappe.session.user == doc.inspector:
		return _("somebody else than the inspector confirms")
	return None


def offers(doc) -> dict:
	"""What the form may offer the user: ``confirm``, ``tell``, ``decide``, each True or False."""
	step, teller = step_of(doc), duties.may_tell(doc.department, doc.property_department)
	may_write = bool(frappe.has_permission(DOCTYPE, "write", doc=doc))
	return {
		"confirm": bool(doc.needs_engineering) and not doc.decided_at and duties.is_of(doc.engineering_department),
		"tell": step in UNDECIDED and teller and may_write,
		"decide": step == TOLD and teller and may_write,
	}
