import frappe
from frappe.model.document import Document

from customer_service.controlled_forms import batch
from customer_service.organisation import cases

COMPUTED = ("status", "progress", "total", "result", "started_at", "beat_at", "finished_at", "message")


class PrintJob(Document):
	"""Many records printed in the background for the user who asked for it."""

	def validate(self):
		cases.keep_computed(self, COMPUTED)
		if self.is_new():
			self.status = batch.QUEUED
			batch.check(self)

	def after_insert(self):
		batch.enqueue(self.name)


def on_doctype_update():
	"""Index of the look-up for jobs whose worker died."""
	frappe.db.add_index("Print Job", ["status", "beat_at"], "unfinished_jobs")
