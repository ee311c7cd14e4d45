"""Many new records at once, by the same rules as one (bulk import; never past the document).

Every row becomes a document. Its controller's own methods run for it (`before_insert`, `validate`, `after_insert`, `on_update`), Frappe's
own checks too wherever a value is not plainly sound (see bulk_fields.py). A controller may look things up for all of them beforehand
(`before_bulk_insert(docs)`). What is done together is what costs most one by one: links
are looked up for all rows at once, numbers drawn from the series by one statement, rows, clocks and events written by few.

Where a site has something that Frappe does for every single document (a webhook, a script, an assignment rule, another app's hook …),
the rows are inserted one by one.
"""

import re
from dataclasses import dataclass, field

import frappe
from frappe.model.base_document import get_controller
from frappe.model.document import Document
from frappe.model.naming import get_default_naming_series, make_autoname, parse_naming_series
from frappe.model.utils.link_count import notify_link_count
from frappe.utils import cstr, now

from customer_service.organisation import batched, bulk_site, retry, states
from customer_service.organisation.bulk_fields import Fields, refusal

REFUSALS = (frappe.ValidationError, frappe.PermissionError, frappe.DoesNotExistError)

LINKS_AT_ONCE = 1000

FIXED_SERIES = re.compile(r"[A-Z0-9./ -]*\.#+")
"""A series of capitals, parts of the date, and the number at its end; fields of the document are written small."""


@dataclass
class Outcome:
	"""What became of the rows."""

	names: list[str] = field(default_factory=list)
	"""Numbers of the new records, in the order of the rows."""
	errors: dict[int, str] = field(default_factory=dict)
	"""Row (1 is the first) -> why it was refused."""


@dataclass
class _Row:
	number: int
	values: dict
	doc: Document | None = None


def insert_many(doctype: str, rows: list[dict], notify: bool = False, keep_good: bool = True) -> Outcome:
	"""Insert new records of a DocType with a number series. The caller commits.

	:param notify: whether the site's Notifications are told of each record as of a single one.
	:param keep_good: store the good rows although there are bad ones. If not, the caller rolls back when there are errors.
	"""
	if bulk_site.reason_for_single_inserts(doctype):
		return _one_by_one(doctype, rows, notify)
	frappe.db.savepoint("bulk_insert")
	try:
		return _Bulk(doctype, notify).insert(rows, keep_good)
	except Exception as error:
		if not _is_about_one_row(error):
			raise
		# The server refused a value that all checks let pass; a single insert tells whose.
		frappe.db.rollback(save_point="bulk_insert")
		return _one_by_one(doctype, rows, notify)


def _is_about_one_row(error: Exception) -> bool:
	kinds = (frappe.db.DataError, frappe.db.InternalError, frappe.db.OperationalError, frappe.db.ProgrammingError)
	database = isinstance(error, kinds) or frappe.db.is_primary_key_violation(error)
	return (database or frappe.db.is_unique_key_violation(error)) and not retry.is_conflict(error)


def _one_by_one(doctype: str, rows: list[dict], notify: bool) -> Outcome:
	outcome = Outcome()
	fields = _fields_of(doctype)
	for number, values in enumerate(rows, 1):
		reason = refusal(fields, doctype, values)
		if reason:
			outcome.errors[number] = reason
			continue
		doc = frappe.get_doc({**values, "doctype": doctype})
		if not notify:
			doc.flags.notifications = []
		frappe.db.savepoint("bulk_row")
		told = len(frappe.local.message_log)
		try:
			outcome.names.append(doc.insert().name)
		except REFUSALS as error:
			frappe.db.rollback(save_point="bulk_row")
			outcome.errors[number] = _words(error, told)
	return outcome


def _words(error: Exception, told: int) -> str:
	"""What Frappe said about a document; its messages are taken back, as the import tells them with the row's number."""
	said = [frappe.parse_json(message) for message in frappe.local.message_log[told:]]
	del frappe.local.message_log[told:]
	texts = [message.get("message") if isinstance(message, dict) else cstr(message) for message in said]
	return " ".join(dict.fromkeys(filter(None, texts))) or str(error)


def _fields_of(doctype: str) -> dict[str, Fields]:
	fields = {doctype: Fields(doctype)}
	for child in fields[doctype].tables.values():
		fields[child] = Fields(child)
	return fields


class _Bulk:
	def __init__(self, doctype: str, notify: bool):
		self.doctype = doctype
		self.notify = notify
		self.meta = frappe.get_meta(doctype)
		self.fields = _fields_of(doctype)
		self.outcome = Outcome()
		self.numbers = _Numbers()
		self.stamp = now()
		self.first_state = states.initial_state(doctype)
		self.script = bulk_site.routing_script(doctype)
		self.checks_each_right = bulk_site.has_rights_by_record(doctype)
		self.may_create = False
		self.known: dict[str, set[str]] = {}

	def insert(self, rows: list[dict], keep_good: bool) -> Outcome:
		documents = [_Row(number, values) for number, values in enumerate(rows, 1)]
		with batched.gathered():
			documents = self.good(documents, self.make)
			self.look_up_links(documents)
			if prepare := getattr(get_controller(self.doctype), "before_bulk_insert", None):
				prepare([row.doc for row in documents])
			documents = self.good(documents, self.arrive)
			documents = self.good(documents, self.check)  # from the first number on, the series is locked
			if self.outcome.errors and not keep_good:
				return self.outcome
			self.numbers.store()
			self.write(documents)
			for row in documents:
				self.follow(row.doc)
		self.finish(documents)
		self.outcome.names = [row.doc.name for row in documents]
		return self.outcome

	def good(self, rows: list[_Row], step) -> list[_Row]:
		"""The rows that a step does not refuse."""
		passed = []
		for row in rows:
			told = len(frappe.local.message_log)
			try:
				step(row)
				passed.append(row)
			except REFUSALS as error:
				self.outcome.errors[row.number] = _words(error, told)
		return passed

	# --- the steps of Document.insert, in its order -------------------------------------------------------------------

	def make(self, row: _Row) -> None:
		"""The document with its defaults, owner and times."""
		reason = refusal(self.fields, self.doctype, row.values)
		if reason:
			raise frappe.ValidationError(reason)
		row.doc = doc = frappe.get_doc({**row.values, "doctype": self.doctype})
		doc.set("__islocal", True)
		doc.flags.notifications_executed = []
		doc.update_if_missing(self.defaults(self.doctype))
		for child in doc.get_all_children():
			child.update_if_missing(self.defaults(child.doctype))
		doc.modified = doc.creation = self.stamp
		doc.modified_by = doc.owner = frappe.session.user
		doc.set_docstatus()
		doc.check_if_latest()
		for child in doc.get_all_children():
			child.modified, child.modified_by = doc.modified, doc.modified_by
			child.creation, child.owner = child.creation or doc.creation, child.owner or doc.owner

	def defaults(self, doctype: str) -> dict:
		return batched.remember(
			("defaults", doctype),
			lambda: {
				key: value
				for key, value in frappe.new_doc(doctype, as_dict=True).items()
				if value is not None and not isinstance(value, list)
			},
		)

	def look_up_links(self, rows: list[_Row]) -> None:
		"""Which of the linked records exist, for all rows at once."""
		wanted: dict[str, set[str]] = {}
		for row in rows:
			for part in (row.doc, *row.doc.get_all_children()):
				for name, target in self.fields[part.doctype].links.items():
					if isinstance(part.get(name), str) and part.get(name):
						wanted.setdefault(target, set()).add(part.get(name))
		for target, names in wanted.items():
			meta = frappe.get_meta(target)
			if not meta.issingle and not meta.get("is_virtual"):
				self.known[target] = _existing(target, sorted(names))

	def arrive(self, row: _Row) -> None:
		"""Links, the right to create, and what the controller does with a new document."""
		doc = row.doc
		if self.has_known_links(doc):
			self.count_links(doc)
		else:
			doc._validate_links()
		if self.checks_each_right or not self.may_create:
			doc.check_permission("create")
			self.may_create = True
		doc.before_insert()
		if self.script:
			self.script(doc)

	def has_known_links(self, doc) -> bool:
		return all(
			not part.get(name) or part.get(name) in self.known.get(target, ())
			for part in (doc, *doc.get_all_children())
			for name, target in self.fields[part.doctype].links.items()
		)

	def count_links(self, doc) -> None:
		for part in (doc, *doc.get_all_children()):
			for name, target in self.fields[part.doctype].links.items():
				if part.get(name):
					notify_link_count(target, part.get(name))

	def check(self, row: _Row) -> None:
		"""The number, and all checks."""
		doc = row.doc
		self.name(doc)
		if self.meta.get_high_permlevel_fields():
			doc.validate_higher_perm_levels()
		doc.flags.in_insert = True
		for verb in ("before_validate", "validate", "before_save"):
			if method := getattr(doc, verb, None):
				method()
		doc.set_title_field()
		if self.is_sound(doc):
			doc.workflow_state = self.first_state
		else:
			doc._validate()
		doc.set_docstatus()
		doc.flags.in_insert = False
		self.numbers.keep()

	def name(self, doc) -> None:
		doc.name = None
		doc.naming_series = doc.naming_series or get_default_naming_series(self.doctype)
		series = doc.naming_series if "#" in (doc.naming_series or "") else f"{doc.naming_series}.#####"
		doc.name = self.numbers.next_of(series) or parse_naming_series(series, doc=doc, number_generator=self.numbers)
		for child in doc.get_all_children():
			child.name = make_autoname("hash", child.doctype)
			child.parent, child.parenttype = doc.name, doc.doctype

	def is_sound(self, doc) -> bool:
		if doc.workflow_state not in (None, "", self.first_state):
			return False
		return all(self.fields[part.doctype].is_sound(part) for part in (doc, *doc.get_all_children()))

	def write(self, rows: list[_Row]) -> None:
		"""Parents and children, now: what follows may read them."""
		tables: dict[str, list[tuple]] = {}
		for row in rows:
			for part in (row.doc, *row.doc.get_all_children()):
				if not part.creation:  # a row that the controller has added, see BaseDocument.db_insert
					part.creation = part.modified = row.doc.modified
					part.created_by = part.modified_by = row.doc.modified_by
				part.name = part.name or frappe.generate_hash(length=10)
				tables.setdefault(part.doctype, []).append(self.fields[part.doctype].row(part))
				part.set("__islocal", False)
		for doctype, stored in tables.items():
			batched.write(doctype, self.fields[doctype].columns, stored)

	def follow(self, doc) -> None:
		"""What the controller does once a document is stored."""
		doc.flags.in_insert = True
		self.call(doc, "after_insert")
		self.call(doc, "on_update")
		self.call(doc, "on_change")
		doc.flags.in_insert = False

	def call(self, doc, verb: str) -> None:
		if method := getattr(doc, verb, None):
			method()
		if self.notify:
			doc.run_notifications(verb)

	def finish(self, rows: list[_Row]) -> None:
		"""What Frappe does after a record was stored; once, where once is enough."""
		if not rows:
			return
		bulk_site.clear_counts(rows[0].doc)
		for row in rows:
			if any(row.doc.get(name) for name in self.fields[self.doctype].attached):
				bulk_site.attach_files(row.doc)
		bulk_site.tell_search([row.doc for row in rows])
		bulk_site.tell_lists(self.doctype)


class _Numbers:
	"""Numbers of one transaction: a series is locked when its first number is drawn, and written once.

	The number of a document that is refused goes to the next one, so that none is missing (L1).
	"""

	def __init__(self):
		self.current: dict[str, int] = {}
		self.drawn: str | None = None
		self.places: dict[str, tuple[str, int]] = {}

	def __call__(self, key: str, digits: int) -> str:
		if key not in self.current:
			self.current[key] = self.lock(key)
		self.drawn = key
		return f"{self.current[key] + 1:0{digits}d}"

	def next_of(self, series: str) -> str | None:
		"""The next number of a series in which nothing depends on the document; None for others, which Frappe takes apart each time."""
		if series not in self.places:
			if not FIXED_SERIES.fullmatch(series) or frappe.get_hooks("naming_series_variables"):
				return None
			places: list[tuple[str, int]] = []
			parse_naming_series(series, number_generator=lambda key, digits: places.append((key, digits)) or "")
			self.places[series] = places[0]
		key, digits = self.places[series]
		return key + self(key, digits)

	@staticmethod
	def lock(key: str) -> int:
		series = frappe.qb.DocType("Series")
		query = frappe.qb.from_(series).where(series.name == key).for_update().select(series.current)
		found = query.run()
		if not found:
			# Two that start a series at once: the second waits here, and counts on from the first one's numbers.
			frappe.db.sql("insert ignore into `tabSeries` (`name`, `current`) values (%s, 0)", key)
			found = query.run()
		return int(found[0][0] or 0)

	def keep(self) -> None:
		self.current[self.drawn] += 1

	def store(self) -> None:
		series = frappe.qb.DocType("Series")
		for key, current in self.current.items():
			frappe.qb.update(series).set(series.current, current).where(series.name == key).run()


def _existing(doctype: str, names: list[str]) -> set[str]:
	found: set[str] = set()
	for start in range(0, len(names), LINKS_AT_ONCE):
		found.update(
			frappe.get_all(doctype, {"name": ("in", names[start : start + LINKS_AT_ONCE])}, pluck="name", limit=0)
		)
	return found
