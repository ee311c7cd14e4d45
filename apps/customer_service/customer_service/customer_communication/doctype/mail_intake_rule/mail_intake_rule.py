from customer_service.organisation.child_rows import Row


class MailIntakeRule(Row):
	"""Words of a mail, and what such a mail becomes (F-1)."""
