"""Cases that ended long ago, requests for their disposal, and what the tests of both look for afterwards.

The cases ended in 1970 and are kept for 50 years (fixture `kept`): nothing else on the site is due.
"""

import os
import subprocess
import sys

import frappe
from frappe.model.workflow import apply_workflow

from customer_service.controlled_forms import disposal, removal
from customer_service.organisation import events
from customer_service.tests import factories

YEARS = 50 * 12

WORKER = """
import sys, time, frappe
from customer_service.controlled_forms import disposal, removal
frappe.init(site=sys.argv[1])
frappe.connect()
remove = removal.remove
def slowly(doc):
	files = remove(doc)
	print(doc.name, flush=True)
	time.sleep(float(sys.argv[3]))
	return files
removal.remove = slowly
disposal.carry_out(sys.argv[2])
"""


def ended(day="1970-01-31", **values):
	customer = values.pop("customer", None) or factories.make_customer().name
	return factories.end_case(factories.make_complaint(customer=customer, **values), day)


def approved(*docs, purpose="End of Retention", method="Delete", **values):
	"""A request by the manager that the general manager has approved; nothing is queued."""
	frappe.set_user(factories.email("manager"))
	rows = [{"document_type": doc.doctype, "document_name": doc.name, "method": method} for doc in docs]
	request = frappe.get_doc(
		{"doctype": "Record Disposal", "purpose": purpose, "reason": "Test", "records": rows, **values}
	).insert()
	step(request, "Request Disposal")
	frappe.set_user(factories.email("general_manager"))
	step(request, "Approve Disposal")
	frappe.set_user("Administrator")
	frappe.db.commit()
	return fresh(request)


def fresh(doc):
	return frappe.get_doc(doc.doctype, doc.name)


def step(doc, action):
	apply_workflow(doc, action)
	doc.reload()


def place_hold(**values):
	return frappe.get_doc({"doctype": "Legal Hold", "reason": "Lawsuit", **values}).insert()


def hold_on(doc):
	return place_hold(document_type=doc.doctype, document_name=doc.name)


def carry_out(request):
	disposal.carry_out(request.name)
	return fresh(request)


def log_of(request):
	return frappe.get_all("Disposal Log Entry", {"record_disposal": request.name}, ["*"], order_by="document_number")


def tables_holding(text: str) -> list[str]:
	"""Every table of the site that holds a text, whatever it is called."""
	columns: dict[str, list[str]] = {}
	for table, column in frappe.db.sql(
		"select table_name, column_name from information_schema.columns where table_schema = database()"
		" and data_type in ('char', 'varchar', 'text', 'mediumtext', 'longtext', 'tinytext', 'json')"
	):
		columns.setdefault(table, []).append(f"`{column}`")
	return [
		table
		for table, names in columns.items()
		if frappe.db.sql(
			f"select 1 from `{table}` where concat_ws(' ', {', '.join(names)}) like %s limit 1", f"%{text}%"
		)
	]


def drop(*docs):
	for doc in docs:
		removal.wipe(removal.remove(doc))
	frappe.db.commit()


def start(request, seconds):
	command = [sys.executable, "-c", WORKER, os.environ["CS_SITE"], request.name, str(seconds)]
	return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def surround(case, marker: str):
	"""Put a text into everything that Frappe and the app keep beside a record; returns the attached file's path."""
	here = {"reference_doctype": case.doctype, "reference_name": case.name}
	case.add_comment("Comment", f"Said {marker}")
	frappe.delete_doc("Comment", case.add_comment("Comment", f"Deleted {marker}").name)
	case.add_tag(marker)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{marker}.txt",
			"content": marker,
			"is_private": 1,
			"attached_to_doctype": case.doctype,
			"attached_to_name": case.name,
		}
	).insert()
	mail = frappe.get_doc(
		{"doctype": "Communication", "subject": marker, "content": marker, "sender": "a@example.com", **here}
	).insert()
	queued = {"sender": "a@example.com", "message": marker, "recipients": [{"recipient": f"{marker}@example.com"}]}
	frappe.get_doc({"doctype": "Email Queue", **queued, **here}).insert()
	frappe.get_doc({"doctype": "Email Queue", **queued, "communication": mail.name}).insert()
	frappe.get_doc(
		{"doctype": "ToDo", "description": marker, "reference_type": case.doctype, "reference_name": case.name}
	).insert()
	version = {
		"ref_doctype": case.doctype,
		"docname": case.name,
		"data": frappe.as_json({"changed": [["x", "", marker]]}),
	}
	frappe.get_doc({"doctype": "Version", **version}).insert()
	frappe.share.add_docshare(
		case.doctype, case.name, factories.email("engineer"), flags={"ignore_share_permission": 1}
	)
	frappe.get_doc({"doctype": "Activity Log", "subject": marker, "user": "Administrator", **here}).insert()
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"subject": marker,
			"for_user": "Administrator",
			"document_type": case.doctype,
			"document_name": case.name,
		}
	).insert()
	job = frappe.get_doc(
		{"doctype": "Print Job", "kind": "Records", "document_type": case.doctype, "records": f'["{case.name}"]'}
	).insert()
	frappe.get_doc(
		{
			"doctype": "File",
			"file_name": "prints.txt",
			"content": f"Prints of {marker}",
			"is_private": 1,
			"attached_to_doctype": "Print Job",
			"attached_to_name": job.name,
		}
	).insert()
	case.status_url()
	events.record(case, "Created", detail=marker)
	return file.get_full_path()
