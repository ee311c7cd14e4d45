"""What each kind of entry of the property ledger does: the one table of signs (D-4).

What a customer has given lies somewhere in one of three conditions, or is out:

- *on hand*, at a storage place: to be inspected, usable, rejected;
- *out*, ours to account for without a place: issued, lent out;
- gone: consumed, returned to the customer, scrapped.

An entry takes its quantity from one of these and adds it to another. On hand is the sum of the first three, so that

	on hand = received − returned to the customer − issued + put back ± count difference − lent out + lent back − scrapped

where what was rejected and returned is part of what was returned, and a transfer changes places only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

TO_INSPECT, USABLE, REJECTED = "to_inspect", "usable", "rejected"
ON_HAND = (TO_INSPECT, USABLE, REJECTED)
"""Columns of Property Balance."""

ISSUED, LENT = "issued", "lent"
OUT = (ISSUED, LENT)

CHOSEN = "chosen"
"""The condition that the entry itself names."""

CONDITIONS = {"To Be Inspected": TO_INSPECT, "Usable": USABLE, "Rejected": REJECTED}
"""As an entry names it in *Taken From* -> column."""


@dataclass(frozen=True)
class Sign:
	"""What one kind of entry does.

	:param takes, adds: a condition, or None for the world outside and what is gone.
	:param moves: whether the quantity goes to another place, in the same condition.
	:param total: the register's column that adds up all entries of the kind.
	:param signed: whether the quantity may be negative. :param counts: whether it is a number of shots and not of pieces.
	"""

	takes: str | None = None
	adds: str | None = None
	moves: bool = False
	total: str | None = None
	signed: bool = False
	counts: bool = False

	@property
	def on_hand(self) -> int:
		"""What one piece does to the quantity on hand: +1, −1 or 0."""
		return (self.adds in _LYING) - (self.takes in _LYING)


_LYING = (*ON_HAND, CHOSEN)

SIGNS = {
	"Receive": Sign(adds=TO_INSPECT, total="received_qty"),
	"Inspect": Sign(),
	"Accept": Sign(takes=TO_INSPECT, adds=USABLE),
	"Reject": Sign(takes=TO_INSPECT, adds=REJECTED),
	"Sort": Sign(takes=REJECTED, adds=TO_INSPECT),
	"Use As Is": Sign(takes=REJECTED, adds=USABLE),
	"Store": Sign(takes=CHOSEN, adds=CHOSEN, moves=True),
	"Transfer": Sign(takes=CHOSEN, adds=CHOSEN, moves=True),
	"Issue": Sign(takes=USABLE, adds=ISSUED),
	"Put Back": Sign(takes=ISSUED, adds=USABLE),
	"Consume": Sign(takes=ISSUED, total="consumed_qty"),
	"Lend Out": Sign(takes=USABLE, adds=LENT),
	"Lend Back": Sign(takes=LENT, adds=USABLE),
	"Return to Customer": Sign(takes=CHOSEN, total="returned_qty"),
	"Scrap": Sign(takes=CHOSEN, total="scrapped_qty"),
	"Count Difference": Sign(adds=CHOSEN, signed=True),
	"Count Shots": Sign(counts=True),
}
"""Kind -> what it does. A reversing entry has the opposite quantity and so the opposite effect."""

Key = tuple[str | None, str]
"""Where a quantity lies: (place, condition); what is out has no place."""


def effects(
	kind: str, qty: Decimal, place: str | None, to_place: str | None, taken_from: str | None
) -> dict[Key, Decimal]:
	"""What an entry adds to each balance, or takes from it. Nothing else in the app knows a sign.

	:param qty: as stored: negative for a reversal, or for less than the ledger says. :param taken_from: a key of `CONDITIONS`.
	"""
	found: dict[Key, Decimal] = {}
	for key, change in _parts(SIGNS[kind], qty, place, to_place, CONDITIONS.get(taken_from or "", USABLE)):
		found[key] = found.get(key, Decimal(0)) + change
	return {key: change for key, change in found.items() if change}


def _parts(sign: Sign, qty: Decimal, place, to_place, chosen: str) -> Iterator[tuple[Key, Decimal]]:
	if sign.takes:
		condition = chosen if sign.takes == CHOSEN else sign.takes
		yield (None if condition in OUT else place, condition), -qty
	if sign.adds:
		condition = chosen if sign.adds == CHOSEN else sign.adds
		yield (None if condition in OUT else to_place if sign.moves else place, condition), qty


def on_hand_change(kind: str, qty: Decimal) -> Decimal:
	"""What an entry does to the quantity on hand, over all places."""
	return SIGNS[kind].on_hand * qty
