import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from customer_service.compat import is_staff
from customer_service.exceptions import CustomerServiceError
from customer_service.organisation import access, people


class ServiceDepartment(Document):
	"""A department that leads or assists in customer matters (rule G-4)."""

	def validate(self):
		self.refuse_outsiders()
		self.refuse_same_member_twice()
		self.refuse_reversed_absence()
		self.refuse_foreign_roles()

	def on_update(self):
		access.forget_departments()
		people.forget()
		self.give_roles()

	def on_trash(self):
		access.forget_departments()
		people.forget()
		for user in self.people():
			others = access.roles_by_departments(user, besides=self.name)
			access.remove_roles(user, {row.role for row in self.roles} - others)

	def after_rename(self, *_args):
		access.forget_departments()
		people.forget()

	def people(self) -> set[str]:
		"""Head, deputy and members."""
		users = {self.head, self.deputy, *(row.user for row in self.members)}
		return {user for user in users if user}

	def refuse_outsiders(self):
		"""Only people who work in the desk belong to a department; guests and customers never get its roles."""
		for user in sorted(self.people() | ({self.manager} - {None, ""})):
			if not is_staff(user):
				frappe.throw(
					_("{0} does not work in the desk and cannot belong to a department.").format(frappe.bold(user)),
					CustomerServiceError,
				)

	def refuse_same_member_twice(self):
		seen = {}
		for row in self.members:
			if row.user in seen:
				frappe.throw(
					_("Row {0}: {1} is already a member in row {2}. Delete one of them.").format(
						row.idx, frappe.bold(row.user), seen[row.user]
					),
					CustomerServiceError,
				)
			seen[row.user] = row.idx

	def refuse_reversed_absence(self):
		absence = self.head_absent_from, self.head_absent_until
		if all(absence) and getdate(absence[1]) < getdate(absence[0]):
			frappe.throw(
				_("{0} must not be before {1}.").format(_("Head Absent Until"), _("Head Absent From")),
				CustomerServiceError,
			)
		for row in self.members:
			if row.absent_from and row.absent_until and getdate(row.absent_until) < getdate(row.absent_from):
				frappe.throw(
					_("Row {0}: {1} must not be before {2}.").format(row.idx, _("Absent Until"), _("Absent From")),
					CustomerServiceError,
				)

	def refuse_foreign_roles(self):
		"""Only roles that the permission table names can be given, so that a department never makes system managers."""
		for row in self.roles:
			if row.role not in access.grantable_roles():
				frappe.throw(
					_("Row {0}: the role {1} cannot be given by a department.").format(
						row.idx, frappe.bold(_(row.role))
					),
					CustomerServiceError,
				)

	def give_roles(self):
		"""Members have the department's roles; who has left loses those that no other department gives him."""
		before = self.get_doc_before_save()
		roles = {row.role for row in self.roles} if self.is_active else set()
		for user in self.people():
			access.add_roles(user, roles)
		if before:
			gone = {row.role for row in before.roles}
			for user in before.people():
				kept = access.roles_by_departments(user)
				access.remove_roles(user, gone - kept)
