"""Named refusals of the app. All are validation errors, so that Frappe answers them with 417 and rolls back."""

import frappe


class CustomerServiceError(frappe.ValidationError):
	"""Base of every refusal that this app raises."""


class ProcessSwitchedOffError(frappe.PermissionError):
	"""The process of this record is switched off for the site (G-6)."""


class CalendarError(CustomerServiceError):
	"""A working calendar that cannot measure time: no working day, or overlapping intervals."""


class QuantityError(CustomerServiceError):
	"""Quantities that contradict each other (F-2)."""


class FutureDateError(CustomerServiceError):
	"""A date of the past lies in the future."""


class RecordClosedError(CustomerServiceError):
	"""A closed or cancelled record was changed."""


class DeletionRefusedError(CustomerServiceError):
	"""Business records are cancelled, never deleted."""


class RoutingError(CustomerServiceError):
	"""A routing rule that cannot be evaluated, or a case that no rule and no fallback routes."""


class PresetError(CustomerServiceError):
	"""An unknown preset, or a preset file that cannot be read."""


class GuestInputError(CustomerServiceError):
	"""What a person without login posted cannot be taken."""


class AttachmentError(CustomerServiceError):
	"""An attachment of a wrong kind or size."""


class LinkInvalidError(frappe.DoesNotExistError):
	"""A personal link is wrong, expired or revoked; to a guest these look the same."""


class PrintRefusedError(CustomerServiceError):
	"""A record that is too large to print, or a print format of another DocType."""


class FormControlError(CustomerServiceError):
	"""A form version that cannot take force, or an approved one that was to be changed."""


class LegalHoldError(CustomerServiceError):
	"""A record under legal hold was to be disposed of or made anonymous (J-4)."""


class RetentionError(CustomerServiceError):
	"""A record was to be disposed of before the end of its retention (G-3, J-4)."""


class CaseRunningError(CustomerServiceError):
	"""A case that has not ended was to be disposed of or made anonymous (J-4)."""


class DisposalRefusedError(CustomerServiceError):
	"""A disposal that its request, its approver or a link to the record does not allow (J-4)."""


class ApprovalError(CustomerServiceError):
	"""A document that this person must not approve, or that is not what was signed (J-3)."""


class CopyError(CustomerServiceError):
	"""A copy of a document that cannot be issued, received or returned so (J-3)."""


class ClosingRefusedError(CustomerServiceError):
	"""A record with open parts was to be closed; the message lists all reasons (F-7)."""


class StepError(CustomerServiceError):
	"""A step of a complaint that is taken twice in a round, too early, or by the wrong person (F-6, F-7)."""


class AnalysisError(CustomerServiceError):
	"""A complaint was to be decided without cause, responsibility or evidence (F-7)."""


class DispositionError(CustomerServiceError):
	"""A measure without what its kind needs, or one that its complaint does not allow (F-7)."""


class ReplyError(CustomerServiceError):
	"""Penalty points that are decided before the person could reply, or a reply that comes too late (F-12)."""


class ImprovementStepError(CustomerServiceError):
	"""A step of an improvement for which something is still missing (I-1)."""


class VerificationError(CustomerServiceError):
	"""A verification or effectiveness check by one who did the work, or whom the site's rule does not mean (I-1)."""


class ContactError(CustomerServiceError):
	"""A contact record that contradicts itself: an appointment, a visit without report, a task left open (A-1, A-3)."""


class SlipError(CustomerServiceError):
	"""An internal slip that cannot be sent, changed or answered so (A-4)."""


class InstructionError(CustomerServiceError):
	"""A service instruction whose step lacks what it needs, or a check by who did the work (A-5)."""


class MoneyError(CustomerServiceError):
	"""An amount, rate or share that cannot be reckoned with: the message says which number and what is allowed (C-7)."""


class ProFormaError(CustomerServiceError):
	"""A pro forma invoice that cannot be issued, changed, accepted, paid or revised so (C-7)."""


class ProductionError(CustomerServiceError):
	"""A manufacturing order that its order, its quantities or its state do not allow (C-5)."""


class ShippingError(CustomerServiceError):
	"""A shipping notice that its order, its quantities or its state do not allow (C-5)."""


class PropertyError(CustomerServiceError):
	"""A record of customers' property that its state, its owner or its quantities do not allow (D-1 to D-6)."""


class LedgerError(PropertyError):
	"""An entry that the property ledger does not take: more than there is, a wrong unit, a date that is closed (D-4)."""


class SurveyError(CustomerServiceError):
	"""A survey, campaign or answer that its rules do not allow (E-1 to E-3)."""


class ScoringError(SurveyError):
	"""A scoring scheme that does not add up, or an answer that it cannot score (E-4)."""


class ImportRefusedError(CustomerServiceError):
	"""Rows of a bulk import that cannot be taken. `errors` names each bad row and why."""

	def __init__(self, message: str = "", errors: list[dict] | None = None):
		super().__init__(message)
		self.errors = errors or []


class LooseRowError(CustomerServiceError):
	"""A row of a record was to be stored or deleted without its record."""


class ReviewError(CustomerServiceError):
	"""A contract review that cannot take this step, or an opinion or decision that cannot be given."""


class OrderChangeError(ReviewError):
	"""A change of an order that is not allowed, or not yet (C-6)."""


class StaleContentError(ReviewError):
	"""What is decided on is not what was seen (L3)."""
