from customer_service.organisation.child_rows import Row


class ProcedureDocumentApproval(Row):
	"""Row of a version's approvals, written by the steps of its workflow (rule J-3)."""
