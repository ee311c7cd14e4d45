"""What carrying out a measure leaves behind, by its nature (F-7).

Each function stores the result on the measure, from its terms alone: run again, it stores the same.
"""

from frappe import _
from frappe.utils import flt


def do_return(disposition) -> None:
	"""The customer's pieces are back."""
	_count(disposition, _("{0} pieces returned."))


def do_exchange(disposition) -> None:
	"""The customer has sound pieces in place of the others."""
	_count(disposition, _("{0} pieces exchanged."))


def do_repair(disposition) -> None:
	"""The customer's pieces are repaired."""
	_count(disposition, _("{0} pieces repaired."))


def do_guidance(disposition) -> None:
	"""The customer was shown how; the text is the result."""
	_say(disposition, disposition.description)


def do_explanation(disposition) -> None:
	"""The customer was told why; the text is the result."""
	_say(disposition, disposition.description)


def do_compensation(disposition) -> None:
	"""The customer has been paid."""
	disposition.done_amount = flt(disposition.amount)
	paid = f"{flt(disposition.amount):,.2f} {disposition.currency or ''}".strip()
	_say(disposition, _("{0} paid.").format(paid))


NATURES = {
	"Return": do_return,
	"Exchange": do_exchange,
	"Repair": do_repair,
	"Guidance": do_guidance,
	"Explanation": do_explanation,
	"Compensation": do_compensation,
}


def carry_out(disposition) -> None:
	"""Store what the measure has brought; what a person wrote as its result stays."""
	NATURES[disposition.nature](disposition)


def undo(disposition) -> None:
	"""Forget the figures of a measure that was not carried out after all; a person's words stay."""
	disposition.update({"done_quantity": 0, "done_amount": 0})


def _count(disposition, text: str) -> None:
	disposition.done_quantity = flt(disposition.quantity)
	_say(disposition, text.format(f"{flt(disposition.quantity):g}"))


def _say(disposition, text: str) -> None:
	disposition.result = disposition.result or text
