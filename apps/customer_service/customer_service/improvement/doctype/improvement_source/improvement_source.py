import frappe

from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.organisation.child_rows import Row


class ImprovementSource(KeepsDisposedLinks, Row):
	"""One more record that an improvement comes from."""


def on_doctype_update():
	"""The improvements of a record are found from the record."""
	frappe.db.add_index("Improvement Source", ["reference_doctype", "reference_name"], "source")
