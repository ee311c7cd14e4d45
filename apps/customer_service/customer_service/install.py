"""What happens to a site when the app is installed or migrated, and when a user's role or a setting changes."""

import frappe

from customer_service.organisation import link_rights, neighbours, seeding, states

SETTINGS = "Customer Service Settings"

LINKED_DEFAULTS = {
	"default_task_kind": "Investigate",
	"slip_calendar": "Office Hours",
	"statistics_calendar": "Office Hours",
	"order_confirmation_mail": "Order Confirmation",
	"countersigned_order_mail": "Countersigned Order",
	"property_receiving_place": "Receiving Area",
}
"""Defaults of settings that name a seed: in the DocType itself they would stop the installation, which saves every single DocType
before a seed exists."""


def after_install():
	"""Give the site what belongs to it from now on."""
	after_migrate()
	link_rights.grant()
	settings = frappe.db.get_singles_dict(SETTINGS)
	link_defaults([field for field in LINKED_DEFAULTS if not settings.get(field)])


def after_migrate():
	"""Create what is missing; update what the site has not touched."""
	stored = frappe.db.get_singles_dict(SETTINGS)
	fill_defaults()
	states.add_category_column()
	seeding.sync_seeds()
	neighbours.follow_apps()
	link_defaults([field for field in LINKED_DEFAULTS if field not in stored])


def link_defaults(fields: list[str]) -> None:
	"""Let settings name their seeds, after those were made."""
	if fields:
		frappe.db.set_single_value(SETTINGS, {field: LINKED_DEFAULTS[field] for field in fields})


def fill_defaults():
	"""Store the defaults of settings that are not stored yet: all on install, later those that came with a new version.

	A single DocType does not get them by itself, and a limit that is not set forbids.
	"""
	stored = frappe.db.get_singles_dict(SETTINGS)
	fields = frappe.get_meta(SETTINGS).fields
	defaults = {field.fieldname: field.default for field in fields if field.default}
	missing = {fieldname: value for fieldname, value in defaults.items() if fieldname not in stored}
	if missing:
		frappe.db.set_single_value(SETTINGS, missing)
