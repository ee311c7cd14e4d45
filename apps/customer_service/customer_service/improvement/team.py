"""Who runs an improvement: its owner (group leader) and the people of its lead department; the head supervises (I-2)."""

import frappe
from frappe import _

from customer_service.improvement import actions
from customer_service.organisation import access, people


def complete(doc) -> None:
	"""Name the owner and the supervisor where nobody did, and the departments that carry actions out."""
	if not doc.supervisor:
		doc.supervisor = people.head_of(doc.lead_department)
	if not doc.leader:
		doc.leader = next(iter(people.group_leaders_of(doc.lead_department)), None)
	named = {row.department for row in doc.assisting_departments} | {doc.lead_department}
	for department in actions.departments_of(doc.name):
		if department not in named:
			named.add(department)
			doc.append("assisting_departments", {"department": department})


def may_plan(doc, user: str | None = None) -> bool:
	"""Whether the user runs this improvement: owner, supervisor, the lead department's people, and those who see all.

	What is stored decides, never what was sent.
	"""
	user = user or frappe.session.user
	if access.sees_all_rows("Improvement", user):
		return True
	stored = doc.get_doc_before_save() if hasattr(doc, "get_doc_before_save") else None
	of = stored or doc
	return user in (of.leader, of.supervisor) or of.lead_department in access.departments_of(user)


def refuse_outsider(doc) -> None:
	"""I-2: the lead department runs the improvement; departments that only take part report their actions.

	:raises frappe.PermissionError:
	"""
	if not may_plan(doc):
		frappe.throw(
			_("Only the owner, the supervisor and the lead department {0} take this step.").format(
				frappe.bold(_(doc.lead_department))
			),
			frappe.PermissionError,
		)
