"""What happens to a site when the app is installed or migrated, and when a user's role or a setting changes."""

import frappe

from customer_service.organisation import seeding, states

SETTINGS = "Customer Service Settings"


def after_install():
	"""Give the site what belongs to it from now on."""
	after_migrate()


def after_migrate():
	"""Create what is missing; update what the site has not touched."""
	fill_defaults()
	states.add_category_column()
	seeding.sync_seeds()


def fill_defaults():
	"""Store the defaults of settings that are not stored yet: all on install, later those that came with a new version.

	A single DocType does not get them by itself, and a limit that is not set forbids.
	"""
	stored = frappe.db.get_singles_dict(SETTINGS)
	fields = frappe.get_meta(SETTINGS).fields
	missing = {field.fieldname: field.default for field in fields if field.default and field.fieldname not in stored}
	if missing:
		frappe.db.set_single_value(SETTINGS, missing)
