"""Words of customers' property whose own ones mean something else elsewhere in the app: a lot is not "rejected" as a request is (D-2, D-4).

Stored values stay; reports, prints and pages show these."""

from frappe import _


def of_kind(kind: str) -> str:
	"""A kind of the ledger's entries, in the user's language."""
	own = {"Accept": _("Accepted by Inspection"), "Reject": _("Rejected by Inspection")}
	return own.get(kind) or _(kind)


def of_state(state: str | None) -> str:
	"""A state of the register, in the user's language."""
	own = {"Expected": _("Awaited"), "Accepted": _("Accepted by Inspection"), "Rejected": _("Nonconforming")}
	return own.get(state or "") or _(state or "")


def of_condition(condition: str) -> str:
	"""A condition of what is on hand, as an entry names it in *Taken From*, in the user's language."""
	return _("Nonconforming") if condition == "Rejected" else _(condition)
