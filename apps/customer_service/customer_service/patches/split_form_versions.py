"""A controlled form and its versions used to be one record, named "NUMBER VERSION"; now each version is a record of its own."""

import frappe

from customer_service.organisation import seeding, states


def execute() -> None:
	"""Name each form after its number and give it its version, in force as before."""
	if not frappe.db.has_column("Controlled Form", "version"):
		return  # a fresh site
	states.add_category_column()
	seeding.sync_seeds()  # the approval workflow, and the layouts as they are now
	form = frappe.qb.DocType("Controlled Form")
	rows = (
		frappe.qb.from_(form)
		.select(form.name, form.form_number, form.version, form.title_en, form.title_zh)
		.select(form.print_format, form.language_mode)
		.where((form.name != form.form_number) & (form.version != ""))
	).run(as_dict=True)
	for row in rows:
		frappe.rename_doc("Controlled Form", row.name, row.form_number, force=True, show_alert=False)
		frappe.db.delete("Shipped Record", {"reference_doctype": "Controlled Form", "reference_name": row.name})
		version = frappe.new_doc("Controlled Form Version")
		version.update({field: row[field] for field in ("version", "title_en", "title_zh", "print_format")})
		version.update({"controlled_form": row.form_number, "language_mode": row.language_mode or "User's Language"})
		version.flags.is_shipped = version.flags.ignore_permissions = True
		version.insert()
