from frappe.model.document import Document

from customer_service.customer_property import places


class StoragePlace(Document):
	"""Where customers' property is kept (D-1, D-6)."""

	def validate(self):
		places.refuse_circle(self)

	def on_update(self):
		places.forget()

	def after_rename(self, _old, _new, _merge=False):
		places.forget()

	def after_delete(self):
		places.forget()
