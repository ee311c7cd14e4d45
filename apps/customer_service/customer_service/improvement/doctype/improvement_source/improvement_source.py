import frappe
from frappe.model.document import Document

from customer_service.controlled_forms.links import KeepsDisposedLinks


class ImprovementSource(KeepsDisposedLinks, Document):
	"""One more record that an improvement comes from."""


def on_doctype_update():
	"""The improvements of a record are found from the record."""
	frappe.db.add_index("Improvement Source", ["reference_doctype", "reference_name"], "source")
