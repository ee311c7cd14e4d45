import frappe
from frappe import _
from frappe.model.document import Document

from customer_service.compat import is_staff
from customer_service.controlled_forms.links import KeepsDisposedLinks
from customer_service.exceptions import ImprovementStepError, RecordClosedError
from customer_service.improvement import actions, deadlines, team, verification
from customer_service.organisation import access, attachments, cases, clock, events, states, text

COMPUTED = (
	"status",
	"state_category",
	"round",
	"title",
	"customer",
	"done_at",
	"done_by",
	"verified_at",
	"verified_by",
	"verification_result",
	"verification_note",
	"ended_at",
)

PLAN = ("action_type", "description", "department", "responsible", "due_date")
"""What who runs the improvement decides; others report."""


class ImprovementAction(KeepsDisposedLinks, Document):
	"""One action of an improvement, with its owner, due date, evidence and verification (rule I-1)."""

	def before_insert(self):
		cases.check_series(self)

	def validate(self):
		text.make_plain(self)
		attachments.check_fields(self)
		if not self.flags.moved:
			cases.keep_computed(self, COMPUTED)
			cases.keep_on_update(self, "improvement")
			self.refuse_ended()
			self.refuse_change_of_plan()
			self.refuse_owner_without_rights()
		self.describe()

	def after_insert(self):
		events.record(self, "Created", after=self.status, detail=self.improvement)
		self.bring_department_in()

	def on_update(self):
		attachments.adopt(self)
		deadlines.follow_action(self)
		before = self.get_doc_before_save()
		if before and before.status != self.status:
			events.record(self, "State Changed", before.status, self.status, detail=self.verification_note)
		elif before and before.department != self.department:
			self.bring_department_in()

	def on_trash(self):
		cases.refuse_deletion(self)

	def onload(self):
		self.set_onload("verbs", self.verbs())

	def describe(self):
		"""Status, round and customer follow from the improvement and from the verbs below."""
		self.status = self.status or actions.OPEN
		self.state_category = actions.CATEGORY[self.status]
		self.title = (self.description or "").split("\n")[0][:140]
		if self.is_new():
			of = self.case()
			self.round, self.customer = of.round, of.customer

	def case(self):
		"""The improvement that the action belongs to."""
		return frappe.get_doc("Improvement", self.improvement)

	def refuse_ended(self):
		"""No action joins or changes after the improvement has ended, and no measure joins what has been verified."""
		of = self.case()
		if of.state_category in states.ENDED or self.status in (actions.VERIFIED, actions.CANCELLED):
			frappe.throw(_("{0} has ended and cannot be changed.").format(actions.told(self)), RecordClosedError)
		if self.is_new() and of.verified_at and self.action_type != "Deployment":
			frappe.throw(
				_("{0} is verified already; only deployment elsewhere can still be added.").format(actions.told(of)),
				RecordClosedError,
			)

	def refuse_change_of_plan(self):
		"""I-2: what is to be done, by whom and until when is decided by who runs the improvement.

		:raises frappe.PermissionError: for others. :raises RecordClosedError: once the action is done.
		"""
		before = self.get_doc_before_save()
		changed = [field for field in PLAN if not before or str(before.get(field) or "") != str(self.get(field) or "")]
		if not changed:
			return
		if not self.flags.ignore_permissions and not team.may_plan(self.case()):
			frappe.throw(
				_("Only who runs improvement {0} may plan its actions.").format(actions.told(self.case())),
				frappe.PermissionError,
			)
		if before and self.status != actions.OPEN:
			frappe.throw(_("{0} is done; its plan cannot be changed.").format(actions.told(self)), RecordClosedError)

	def refuse_owner_without_rights(self):
		"""An action belongs to somebody who can report it."""
		if self.responsible and not is_staff(self.responsible):
			frappe.throw(
				_("{0} does not work in the desk and cannot own an action.").format(frappe.bold(self.responsible)),
				ImprovementStepError,
			)

	def bring_department_in(self):
		"""The department that carries the action out takes part in the improvement and may read it."""
		of = self.case()
		if self.department in (of.lead_department, *(row.department for row in of.assisting_departments)):
			return
		of.flags.ignore_permissions = True  # follows from the action, which was allowed
		of.save()

	def verbs(self) -> list[str]:
		"""What the user may do with the action now: report, accept, reject, cancel."""
		found = []
		if self.is_new() or self.case().state_category in states.ENDED:
			return found
		if self.status == actions.OPEN:
			found += ["report"] if self.may_report() else []
			found += ["cancel"] if team.may_plan(self.case()) else []
		elif self.status == actions.DONE and verification.may_verify(self.case()):
			found += ["accept", "reject"]
		return found

	def may_report(self) -> bool:
		"""Its owner, the people of its department, and who runs the improvement."""
		user = frappe.session.user
		return (
			user == self.responsible
			or self.department in access.departments_of(user)
			or team.may_plan(self.case(), user)
		)

	def report_done(self):
		"""Say that the action was carried out, with evidence (I-1); whoever says so has carried it out.

		:raises ImprovementStepError: without a word on what was done.
		"""
		self.refuse_unless(self.status == actions.OPEN and self.may_report())
		actions.refuse_empty(self, "done_note", "evidence")
		self.move(actions.DONE, done_at=clock.now(), done_by=frappe.session.user)

	def verify(self, accepted: bool, note: str | None):
		"""Accept the action or send it back; by whom the site's rule says, never by who did the work (I-1).

		:raises VerificationError: :raises ImprovementStepError: for a rejection without a reason.
		"""
		verification.refuse_unfit(self.case(), verification.VERIFICATION)
		self.refuse_unless(self.status == actions.DONE)
		self.verification_note = note
		if accepted:
			self.move(actions.VERIFIED, verification_result="Accepted")
			return
		actions.refuse_empty(self, "verification_note")
		self.move(actions.OPEN, verification_result="Rejected", done_at=None, done_by=None)

	def call_off(self, reason: str | None):
		"""Give an open action up, with the reason; its number stays.

		:raises ImprovementStepError: without a reason.
		"""
		self.refuse_unless(self.status == actions.OPEN and team.may_plan(self.case()))
		self.verification_note = reason
		actions.refuse_empty(self, "verification_note")
		self.move(actions.CANCELLED)

	def refuse_unless(self, allowed: bool):
		if self.case().state_category in states.ENDED or not allowed:
			frappe.throw(
				_("You cannot take this step with {0} now.").format(actions.told(self)), frappe.PermissionError
			)

	def move(self, status: str, **values):
		"""Bring the action into a status; only verbs and the improvement's own steps do."""
		self.update({"status": status, **values})
		if status in (actions.VERIFIED, actions.CANCELLED):
			self.ended_at = clock.now()
		if status == actions.VERIFIED:
			self.update({"verified_at": clock.now(), "verified_by": frappe.session.user})
		self.flags.moved = True
		self.save()
		self.flags.moved = False


def on_doctype_update():
	"""The list of one's own open actions by date."""
	frappe.db.add_index("Improvement Action", ["responsible", "status", "due_date"], "own_actions")
