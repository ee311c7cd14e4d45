"""What happens to a site when the app is installed or migrated, and when a user's role or a setting changes."""

import frappe

from customer_service.organisation import seeding, states

SETTINGS = "Customer Service Settings"

SEEDED_DEFAULTS = {"default_task_kind": "Investigate"}
"""Defaults that name seeded records. A DocType's own default is checked while the app is installed, before there are seeds."""


def after_install():
	"""Give the site what belongs to it from now on."""
	after_migrate()
	frappe.db.set_single_value(SETTINGS, SEEDED_DEFAULTS)


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
	defaults = {field.fieldname: field.default for field in fields if field.default} | SEEDED_DEFAULTS
	missing = {fieldname: value for fieldname, value in defaults.items() if fieldname not in stored}
	if missing:
		frappe.db.set_single_value(SETTINGS, missing)
