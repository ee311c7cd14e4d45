"""One function a DocType, since Frappe's hook permission_query_conditions does not tell which DocType it asks for.

``row_conditions.complaint(user)`` is ``access.case_conditions("Complaint", user)``, and so on for all of `ROW_RULES` and their tables.
"""

from functools import partial

from customer_service.organisation import access
from customer_service.organisation.row_parents import PARENTS
from customer_service.organisation.row_rules import ROW_RULES

_BY_NAME = {doctype.lower().replace(" ", "_"): partial(access.case_conditions, doctype) for doctype in ROW_RULES}
_BY_NAME |= {child.lower().replace(" ", "_"): partial(access.part_conditions, child) for child in PARENTS}


def __getattr__(name: str):
	if name in _BY_NAME:
		return _BY_NAME[name]
	raise AttributeError(name)
