from frappe.model.document import Document

from customer_service.customer_communication import watching
from customer_service.organisation import cases, text


class WatchedChannel(Document):
	"""A website, forum or partner that a named person looks at or asks regularly (rule A-9)."""

	def validate(self):
		if not self.flags.is_check:
			cases.keep_computed(self, ("last_checked_at", "last_checked_by"))
		text.make_plain(self)
		watching.set_next_check(self)
