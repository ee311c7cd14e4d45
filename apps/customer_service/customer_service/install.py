"""What happens to a site when the app is installed or migrated, and when a user's role or a setting changes."""

import frappe

from customer_service.organisation import seeding, states


def after_install():
	"""Give the site what belongs to it from now on."""
	_fill_defaults()
	after_migrate()


def after_migrate():
	"""Create what is missing; update what the site has not touched."""
	states.add_category_column()
	seeding.sync_seeds()


def _fill_defaults():
	"""Store the defaults of the settings, which a single DocType does not get by itself."""
	settings = frappe.get_doc("Customer Service Settings")
	settings.flags.ignore_permissions = True
	settings.save()
