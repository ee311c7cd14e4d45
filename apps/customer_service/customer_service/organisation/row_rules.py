"""Which rows of a business record a department and a person reach: declared here, enforced by access.py (G-4, A-8).

A role that sees "department" rows reaches a record that one of its departments leads, speaks for or assists with, that it is a
person of, or that follows a record it reaches. See `permission_table.json` for who sees which.
"""

from dataclasses import dataclass

from customer_service.organisation.row_parents import PARENTS


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


_OF_PROPERTY = RowRule(departments=(), people=(), follows=(("customer_property", "Customer Property"),))

_OF_CAMPAIGN = RowRule(departments=("department",), people=(), follows=(("campaign", "Survey Campaign"),))

ROW_RULES = {
	"Complaint": RowRule(tables=(("Assisting Department", "department"),)),
	"Complaint Task": RowRule(
		departments=("department",), people=("owner", "assigned_to"), follows=(("complaint", "Complaint"),)
	),
	"Contact Record": RowRule(tables=(("Assisting Department", "department"),)),
	"Contract Review": RowRule(
		departments=("lead_department",), people=("owner",), tables=(("Contract Review Department", "department"),)
	),
	"Review Opinion": RowRule(
		departments=("department",), people=("signed_by",), follows=(("contract_review", "Contract Review"),)
	),
	"Order Change": RowRule(
		departments=("department",), people=("owner",), follows=(("contract_review", "Contract Review"),)
	),
	"Order Copy": RowRule(departments=("department",), people=(), follows=(("contract_review", "Contract Review"),)),
	"Production Change Order": RowRule(
		departments=(),
		people=("owner",),
		tables=(("Production Change Receipt", "department"),),
		follows=(("contract_review", "Contract Review"),),
	),
	"Escalation Log": RowRule(departments=("department",), people=("recipient",)),
	"Service Clock": RowRule(departments=("department",), people=("assigned_to",)),
	"Complaint Disposition": RowRule(
		departments=("responsible_department",),
		people=("owner", "responsible_person"),
		follows=(("complaint", "Complaint"),),
	),
	"Improvement": RowRule(
		departments=("lead_department", "verifying_department", "checking_department"),
		people=("owner", "leader", "supervisor"),
		tables=(("Assisting Department", "department"), ("Improvement Team Member", "department")),
		people_tables=(("Improvement Team Member", "user"),),
	),
	"Improvement Action": RowRule(
		departments=("department",), people=("owner", "responsible"), follows=(("improvement", "Improvement"),)
	),
	"Internal Slip": RowRule(
		departments=("from_department",),
		people=("owner", "sender"),
		tables=(("Internal Slip Recipient", "department"),),
		people_tables=(("Internal Slip Recipient", "user"),),
	),
	"Manufacturing Order": RowRule(
		departments=("lead_department",),
		people=("owner", "issued_by"),
		tables=(("Manufacturing Order Receipt", "department"),),
		follows=(("contract_review", "Contract Review"),),
	),
	"Shipping Notice": RowRule(
		departments=("shipping_department",),
		people=("owner", "issued_by"),
		follows=(("contract_review", "Contract Review"),),
	),
	"Pro Forma Invoice": RowRule(departments=(), people=("owner",), follows=(("contract_review", "Contract Review"),)),
	"Customer Property": RowRule(
		departments=("department",), people=("owner",), tables=(("Property Department", "department"),)
	),
	"Property Balance": _OF_PROPERTY,
	"Property Ledger Entry": _OF_PROPERTY,
	"Property Receipt": RowRule(departments=("department",), people=("owner", "received_by")),
	"Property Inspection": RowRule(
		departments=("department", "engineering_department", "property_department"),
		people=("owner", "inspector"),
		follows=(("customer_property", "Customer Property"),),
	),
	"Property Movement": RowRule(departments=("department", "to_department"), people=("owner",)),
	"Property Event": RowRule(
		departments=("department", "reporting_department"),
		people=("owner", "reported_by"),
		follows=(("customer_property", "Customer Property"),),
	),
	"Property Stock Take": RowRule(departments=("department",), people=("owner",)),
	"Property Check": RowRule(
		departments=("department",),
		people=("owner", "assigned_to"),
		follows=(("customer_property", "Customer Property"),),
	),
	"Property Statement": RowRule(departments=(), people=("owner",)),
	"Survey Campaign": RowRule(departments=("department",), people=("owner", "person_in_charge")),
	"Survey Invitation": _OF_CAMPAIGN,
	"Survey Response": _OF_CAMPAIGN,
	"Survey Result": _OF_CAMPAIGN,
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
	"Repeat Rule",
	"Responsibility Kind",
)
"""What a process keeps as data: all rows or, while the process is off, none."""

ORDER_DATA = (
	"Company Bank Account",
	"Order Change Cause",
	"Order Kind",
	"Order Source",
	"Payment Terms Schedule",
	"Review Matrix",
)
"""The same of contract review."""

PROPERTY_DATA = (
	"Property Check Kind",
	"Property Event Kind",
	"Property Type",
	"Protection Class",
	"Sampling Plan",
	"Storage Place",
)
"""The same of customers' property."""

SATISFACTION_DATA = ("Satisfaction Survey", "Scoring Scheme")
"""The same of customer satisfaction."""

CONFIDENTIAL = ("Responsibility Record",)
"""Records whose audit trail, too, is only for those who may read them (F-12)."""

OWN_CONDITIONS = {
	"Watched Channel": "customer_service.customer_communication.watching.conditions",
	"Cause Branch": "customer_service.organisation.access.improvement_conditions",
	"Verification Rule": "customer_service.organisation.access.improvement_conditions",
	"File": "customer_service.organisation.access.file_conditions",
	"Service Event": "customer_service.organisation.access.event_conditions",
	"Responsibility Record": "customer_service.complaint_handling.penalties.record_conditions",
	"Document Copy": "customer_service.controlled_forms.procedure_rights.copy_conditions",
	"Procedure Document": "customer_service.controlled_forms.procedure_rights.document_conditions",
	"Procedure Document Version": "customer_service.controlled_forms.procedure_rights.version_conditions",
}
"""DocTypes with a rule of their own: hook permission_query_conditions."""

OWN_PERMISSIONS = {
	"Watched Channel": "customer_service.organisation.access.may_touch_process_record",
	"Cause Branch": "customer_service.organisation.access.may_touch_process_record",
	"Verification Rule": "customer_service.organisation.access.may_touch_process_record",
	"Service Event": "customer_service.organisation.access.may_read_event",
	"Responsibility Record": "customer_service.complaint_handling.penalties.may_touch_record",
	"File": [
		"customer_service.controlled_forms.procedure_documents.may_touch_file",
		"customer_service.contract_review.files.may_touch_file",
	],
	"Document Copy": "customer_service.controlled_forms.procedure_rights.may_touch_copy",
	"Procedure Document": "customer_service.controlled_forms.procedure_rights.may_touch_document",
	"Procedure Document Version": "customer_service.controlled_forms.procedure_rights.may_touch_version",
}
"""The same for hook has_permission."""

_CONDITIONS = "customer_service.organisation.row_conditions."
_MAY_TOUCH = "customer_service.organisation.access.may_touch_case"


def condition_hooks() -> dict[str, str]:
	"""Hook permission_query_conditions of all our DocTypes."""
	data = dict.fromkeys(PROCESS_DATA, "customer_service.organisation.access.process_conditions")
	data |= dict.fromkeys(ORDER_DATA, "customer_service.organisation.access.order_conditions")
	data |= dict.fromkeys(PROPERTY_DATA, "customer_service.organisation.access.property_conditions")
	data |= dict.fromkeys(SATISFACTION_DATA, "customer_service.organisation.access.satisfaction_conditions")
	rules = {doctype: _CONDITIONS + doctype.lower().replace(" ", "_") for doctype in (*ROW_RULES, *PARENTS)}
	return data | rules | OWN_CONDITIONS


def permission_hooks() -> dict[str, str | list[str]]:
	"""Hook has_permission of all our DocTypes."""
	data = dict.fromkeys(
		PROCESS_DATA + ORDER_DATA + PROPERTY_DATA + SATISFACTION_DATA,
		"customer_service.organisation.access.may_touch_process_record",
	)
	return data | dict.fromkeys(ROW_RULES, _MAY_TOUCH) | OWN_PERMISSIONS
