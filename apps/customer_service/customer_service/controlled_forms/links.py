"""Links to records that were disposed of: the number stays where it is written, as text (J-4)."""

import frappe
from frappe import _
from frappe.model.base_document import get_controller
from frappe.model.rename_doc import get_link_fields
from frappe.utils import escape_html

from customer_service.controlled_forms import removal
from customer_service.exceptions import DisposalRefusedError


class KeepsDisposedLinks:
	"""Base for DocTypes whose links may outlive their target.

	Frappe checks every link on every save, empties one whose target is gone and then refuses the save. Here a number of the
	disposal log is left as it is.
	"""

	def get_invalid_links(self, is_submittable=False):
		fields = [*self.meta.get_link_fields(), *self.meta.get("fields", {"fieldtype": ("=", "Dynamic Link")})]
		written = {field.fieldname: self.get(field.fieldname) for field in fields}
		invalid, cancelled = super().get_invalid_links(is_submittable)
		kept = {
			fieldname for fieldname, _number, _message in invalid if self._is_disposed(fieldname, written[fieldname])
		}
		for fieldname in kept:
			self.set(fieldname, written[fieldname])
		return [link for link in invalid if link[0] not in kept], cancelled

	def _is_disposed(self, fieldname: str, number: str) -> bool:
		if self.is_new():
			return False
		field = self.meta.get_field(fieldname)
		target = field.options if field.fieldtype == "Link" else self.get(field.options)
		return bool(
			frappe.db.exists(
				"Disposal Log Entry", {"document_type": target, "document_number": number, "method": "Delete"}
			)
		)


def refuse_linked(doc) -> None:
	"""Refuse to dispose of a record while another one links to it that could then not be saved any more.

	:raises DisposalRefusedError: names the linking record.
	"""
	for parent, fieldname, condition in _links_to(doc):
		if _may_dangle(parent):
			continue
		fields = ["name", "parent", "parenttype"] if frappe.get_meta(parent).istable else ["name"]
		found = frappe.get_all(parent, filters={fieldname: doc.name, **condition}, fields=fields, limit=1)
		if found:
			row = found[0]
			frappe.throw(
				_("{0} {1} links to this record. Take the link out first.").format(
					_(row.get("parenttype") or parent), frappe.bold(escape_html(row.get("parent") or row.name))
				),
				DisposalRefusedError,
			)


def _links_to(doc):
	"""(DocType, fieldname, further condition) of every field that may name the record."""
	for link in get_link_fields(doc.doctype):
		if not link["issingle"]:
			yield link["parent"], link["fieldname"], {}
	for source, parent in (("DocField", "parent"), ("Custom Field", "dt")):
		fields = [parent, "fieldname", "options"]
		for field in frappe.get_all(source, filters={"fieldtype": "Dynamic Link"}, fields=fields):
			if field.options and not frappe.get_meta(field[parent]).issingle:
				yield field[parent], field.fieldname, {field.options: doc.doctype}


def _may_dangle(doctype: str) -> bool:
	"""Whether records of this DocType are removed with the record, keep its number, or are never saved again."""
	if doctype in removal.satellites() or doctype in frappe.get_hooks("ignore_links_on_delete"):
		return True
	meta = frappe.get_meta(doctype)
	return bool(meta.is_virtual) or issubclass(get_controller(doctype), KeepsDisposedLinks)
