"""How far a long command has come: a bar on a terminal, a line for every tenth elsewhere."""

import sys

from frappe.utils import update_progress_bar


class Progress:
	"""Counts to a total that is known.

	:param label: what is being done.
	"""

	def __init__(self, label: str, total: int):
		self.label = label
		self.total = total
		self.shown = 0

	def show(self, count: int) -> None:
		"""Say that `count` of the total are done."""
		if sys.stdout.isatty():
			update_progress_bar(self.label, count - 1, self.total)
			if count == self.total:
				print()
			return
		tenth = count * 10 // self.total
		if tenth > self.shown:
			self.shown = tenth
			print(f"{self.label}: {tenth * 10} % ({count} of {self.total})", flush=True)
