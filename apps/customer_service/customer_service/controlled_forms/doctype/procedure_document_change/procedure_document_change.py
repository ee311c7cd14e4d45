from customer_service.organisation.child_rows import Row


class ProcedureDocumentChange(Row):
	"""Row of a version's change record (rule J-3)."""
