"""Many orders accepted at once (C-2): shown first, then signed as they were shown, with as few statements as that takes."""

import frappe
from frappe import _

from customer_service.contract_review import content, decisions, opinions
from customer_service.organisation import batched, clocks, locking

ORDER = "Contract Review"

MOST_AT_ONCE = 200


def sheets_of(names: list[str], user: str) -> list[dict]:
	"""What a person is shown before he accepts several orders at once: the open ones of these opinions that are his to give.

	:raises ReviewError: for more than 200.
	"""
	_refuse_too_many(names)
	shown = []
	fields = ["name", "contract_review", "department", "concerned_fields", "given_by", "due_at"]
	filters = {"name": ("in", names), "status": opinions.ASKED}
	for row in frappe.get_list(opinions.DOCTYPE, filters, fields, order_by="due_at asc", limit_page_length=0):
		if opinions.why_not(row, user):
			continue
		order = frappe.get_doc(ORDER, row.contract_review)
		figures = {key: order.get(key) for key in ("customer", "currency", "total", "first_delivery", "has_new_item")}
		seen = content.seen_of(content.reviewed(order), row.concerned_fields)
		shown.append({**row, **figures, "lines": len(order.lines), "seen": seen})
	return shown


def accept(rows: list[dict]) -> dict:
	"""Accept several orders, each by itself: what is refused leaves the others as they are.

	:param rows: objects with ``contract_review``, ``department`` and ``seen``.
	:returns: ``done`` and ``errors``. :raises ReviewError: for more than 200.
	"""
	_refuse_too_many(rows)
	done, errors = [], []
	wanted = [tuple(str(row.get(key) or "") for key in ("contract_review", "department", "seen")) for row in rows]
	with batched.gathered():
		sheaf = _Sheaf([order for order, _department, _seen in wanted])
		for order, department, seen in wanted:
			try:
				with batched.undone_on_error("customer_service_opinion"):
					sheaf.accept(order, department, seen)
				done.append(order)
			except (frappe.ValidationError, frappe.PermissionError, frappe.DoesNotExistError) as error:
				frappe.clear_last_message()
				sheaf.forget(order)
				errors.append({"name": order, "message": str(error)})
	return {"done": done, "errors": errors}


class _Sheaf:
	"""Orders with all that an opinion on them needs, read together and held until the transaction ends."""

	def __init__(self, names: list[str]):
		self.orders = locking.load_many(ORDER, names)
		self.known = opinions.current_of(list(self.orders))
		asked = [row.name for known in self.known.values() for row in known.values() if row.status == opinions.ASKED]
		self.records = locking.load_many(opinions.DOCTYPE, asked)
		clocks.fetch(opinions.DOCTYPE, asked)
		listed = frappe.get_list(ORDER, {"name": ("in", names or [""])}, pluck="name", limit_page_length=0)
		self.readable = set(listed)

	def accept(self, name: str, department: str, seen: str) -> None:
		"""As the endpoint for one opinion does it."""
		order = self.orders.get(name) or locking.load(ORDER, name)  # which says what is wrong with the number
		if name not in self.readable:
			order.check_permission("read")
		known = self.known.get(name)
		asked = known.get(department) if known else None
		record = self.records.pop(asked.name, None) if asked else None
		if opinions.give(order, department, opinions.ACCEPT, seen, {}, [], None, known, record):
			decisions.complete(order)

	def forget(self, name: str) -> None:
		"""What was refused is undone in the database; a further row of the same order reads it from there."""
		self.orders.pop(name, None)
		for row in self.known.pop(name, {}).values():
			self.records.pop(row.name, None)


def _refuse_too_many(rows: list) -> None:
	if len(rows) > MOST_AT_ONCE:
		opinions.refuse(_("at most {0} at once").format(MOST_AT_ONCE))
