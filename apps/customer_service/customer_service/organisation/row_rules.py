"""Which rows of a business record a department and a person reach: declared here, enforced by access.py (G-4, A-8).

A role that sees "department" rows reaches a record that one of its departments leads, speaks for or assists with, that it is a
person of, or that follows a record it reaches. See `permission_table.json` for who sees which.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class RowRule:
	"""How the rows of one DocType belong to departments and people.

	:param departments: columns that name a department. :param people: columns that name a user, who always reaches the row.
	:param tables: (child DocType, column) of rows that name departments. :param people_tables: the same for users.
	:param follows: (link field, DocType): whoever reaches the linked record reaches this one.
	"""

	departments: tuple[str, ...] = ("lead_department", "contact_window")
	people: tuple[str, ...] = ("owner", "assigned_to")
	tables: tuple[tuple[str, str], ...] = ()
	people_tables: tuple[tuple[str, str], ...] = ()
	follows: tuple[tuple[str, str], ...] = ()


ROW_RULES = {
	"Complaint": RowRule(tables=(("Assisting Department", "department"),)),
	"Complaint Task": RowRule(
		departments=("department",), people=("owner", "assigned_to"), follows=(("complaint", "Complaint"),)
	),
	"Contact Record": RowRule(tables=(("Assisting Department", "department"),)),
	"Escalation Log": RowRule(departments=("department",), people=("recipient",)),
	"Service Clock": RowRule(departments=("department",), people=("assigned_to",)),
	"Complaint Disposition": RowRule(
		departments=("responsible_department",),
		people=("owner", "responsible_person"),
		follows=(("complaint", "Complaint"),),
	),
	"Internal Slip": RowRule(
		departments=("from_department",),
		people=("owner", "sender"),
		tables=(("Internal Slip Recipient", "department"),),
		people_tables=(("Internal Slip Recipient", "user"),),
	),
	"Service Instruction": RowRule(
		departments=("issuing_department", "implementing_department"),
		people=("owner", "issued_by", "assigned_to", "requester"),
		tables=(("Service Instruction Round", "department"),),
	),
}

PROCESS_DATA = (
	"Complaint Class",
	"Complaint Cause",
	"Disposition Kind",
	"Evidence Kind",
	"Responsibility Kind",
)
"""What a process keeps as data: all rows or, while the process is off, none."""

CONFIDENTIAL = ("Responsibility Record",)
"""Records whose audit trail, too, is only for those who may read them (F-12)."""

_CONDITIONS = "customer_service.organisation.row_conditions."
_MAY_TOUCH = "customer_service.organisation.access.may_touch_case"


def condition_hooks() -> dict[str, str]:
	"""Hook permission_query_conditions of the declared DocTypes."""
	data = dict.fromkeys(PROCESS_DATA, "customer_service.organisation.access.process_conditions")
	return data | {doctype: _CONDITIONS + doctype.lower().replace(" ", "_") for doctype in ROW_RULES}


def permission_hooks() -> dict[str, str]:
	"""Hook has_permission of the declared DocTypes."""
	data = dict.fromkeys(PROCESS_DATA, "customer_service.organisation.access.may_touch_process_record")
	return data | dict.fromkeys(ROW_RULES, _MAY_TOUCH)
