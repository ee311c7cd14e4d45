"""The demo company itself: settings, people, customers. Each function creates what is missing and leaves the rest alone."""

import frappe
from frappe.utils import now_datetime
from frappe.utils.password import update_password

from customer_service.demo.plan import Person, Plan
from customer_service.organisation import presets


def fill_settings(plan: Plan) -> None:
	"""The company's profile and name; what the site has set stays."""
	presets.load(plan.profile)
	settings = frappe.get_doc("Customer Service Settings")
	settings.company_name = settings.company_name or plan.company
	settings.company_name_zh = settings.company_name_zh or plan.company_zh
	settings.save()
	demand_no_improvements()


def demand_no_improvements() -> None:
	"""The demo's year of complaints comes without corrective actions, so its classes do not ask for them before closing."""
	for name in frappe.get_all("Complaint Class", {"improvement_required": ("!=", "Never")}, pluck="name"):
		doc = frappe.get_doc("Complaint Class", name)
		doc.improvement_required = "Never"
		doc.save()


def make_people(plan: Plan, password: str) -> None:
	"""Create the users that are not there, in their departments, with one password for all."""
	# As while an app is installed: Frappe neither looks the fictional people up at Gravatar, nor throws the whole cache away
	# for each of them.
	frappe.flags.in_install = "customer_service"
	try:
		for person in plan.people:
			if not frappe.db.exists("User", person.email):
				_make_user(person, plan.language, password)
	finally:
		frappe.flags.in_install = None
	_put_into_departments(plan)


def _put_into_departments(plan: Plan) -> None:
	for name in {person.department for person in plan.people} - {None}:
		department = frappe.get_doc("Service Department", name)
		for person in plan.people:
			if person.department != name or person.email in department.people():
				continue
			if person.place == "member" or department.get(person.place):
				department.append("members", {"user": person.email})
			else:
				department.set(person.place, person.email)
		department.save()


def _make_user(person: Person, language: str, password: str) -> None:
	first, _space, last = person.full_name.partition(" ")
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": person.email,
			"first_name": first,
			"last_name": last,
			"language": language,
			"send_welcome_email": 0,
			"roles": [{"role": role} for role in _roles(person)],
			"owner": frappe.session.user,
			"creation": now_datetime(),
		}
	)
	user.flags.no_welcome_mail = True
	user.insert()
	update_password(person.email, password)


def _modules_of_frappe() -> list[dict]:
	"""Who serves customers sees the desk of customer service, not Frappe's own workspaces for building and integrating."""
	return [{"module": name} for name in frappe.get_all("Module Def", {"app_name": "frappe"}, pluck="name")]


def _roles(person: Person) -> list[str]:
	"""Those of the person and of the department, so that joining it need not save the user once more."""
	given = (
		frappe.get_all("Service Department Role", {"parent": person.department}, pluck="role")
		if person.department
		else []
	)
	return sorted({*person.roles, *given})


def make_customers(plan: Plan) -> dict[str, str]:
	"""Create the customers that are not there; returns the record's name for each company name."""
	names = {
		row.customer_name: row.name for row in frappe.get_all("Service Customer", fields=["name", "customer_name"])
	}
	for values in plan.customers:
		if values["customer_name"] not in names:
			customer = frappe.get_doc({"doctype": "Service Customer", **values}).insert()
			names[customer.customer_name] = customer.name
	return names
