"""Every text of the app that a user can see, gathered from the sources: what the translations must cover."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from customer_service import hooks
from customer_service.organisation import web_form_page

APP = Path(__file__).parents[1]

SKIPPED = ("tests", "public/dist", "node_modules")

STRING = r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.)*`)"""
CALL = re.compile(r"(?<![\w.$])(?:_|__|cs_label|pair|box)\(\s*" + STRING)
"""A call with a literal first: Frappe's `_` and `__`, the labels of print layouts and the two macros that make them."""

CALLS_OF_PYTHON = ("_", "_lt", "cs_label", "label", "titles")

JINJA_LIST = re.compile(r"{%-?\s*for \w+ in \(([^)]*)\)")
HEADING = re.compile(r"<[^>]+>")

# Properties that Frappe shows, by the DocType of the seeded record or of its row.
SHOWN = {
	"Workflow State": ("workflow_state_name",),
	"Workflow Action Master": ("workflow_action_name",),
	"Kanban Board": ("kanban_board_name",),
	"Number Card": ("label",),
	"Dashboard": ("dashboard_name",),
	"Dashboard Chart": ("chart_name",),
	"Print Format": ("name",),
	"Working Calendar": ("calendar_name",),
	"Service Clock Policy": ("policy_name",),
	"Complaint Cause": ("cause_name",),
	"Repeat Rule": ("rule_name",),
	"Evidence Kind": ("evidence_name",),
	"Disposition Kind": ("kind_name",),
	"Order Change Cause": ("cause_name",),
	"Order Kind": ("kind_name",),
	"Order Source": ("source_name",),
	"Property Check Kind": ("kind_name", "description"),
	"Property Event Kind": ("kind_name",),
	"Property Type": ("type_name",),
	"Protection Class": ("class_name", "demands"),
	"Sampling Plan": ("plan_name",),
	"Storage Place": ("place_name",),
	"Responsibility Kind": ("kind_name",),
	"Service Clock Type": ("clock_name", "description"),
	"Escalation Rule": ("rule_name",),
	"Complaint Task Kind": ("kind_name", "description"),
	"Cause Branch": ("branch_name",),
	"Payment Terms Schedule": ("schedule_name", "description"),
	"Verification Rule": ("rule_name",),
	"Web Form": ("title", "button_label", "success_title", "success_message", "introduction_text", "meta_title"),
	"Workspace": ("label", "title"),
	"web_form_fields": ("label", "description"),
	"shortcuts": ("label", "format"),
	"quick_lists": ("label",),
	"number_cards": ("label",),
	"charts": ("label",),
	"links": ("label",),
	"parts": ("part_label",),
}


def collect() -> dict[str, set[str]]:
	"""Text -> the files it occurs in, relative to the app."""
	found: dict[str, set[str]] = {}
	for text, path in _everything():
		if text and re.search(r"[A-Za-z]", text):
			found.setdefault(text, set()).add(str(path.relative_to(APP)))
	return found


def files(*suffixes: str) -> list[Path]:
	"""The app's own files with these suffixes, without tests and built assets."""
	return [
		path
		for path in sorted(APP.rglob("*"))
		if path.suffix in suffixes and not str(path.relative_to(APP)).startswith(SKIPPED)
	]


def _everything() -> Iterator[tuple[str, Path]]:
	yield hooks.app_title, APP / "hooks.py"
	yield from ((text, APP / "organisation/web_form_page.py") for text in web_form_page.TEXTS_OF_FRAPPE)
	for module in (APP / "modules.txt").read_text().splitlines():
		yield module.strip(), APP / "modules.txt"
	for role in json.loads((APP / "fixtures/role.json").read_text()):
		yield role["role_name"], APP / "fixtures/role.json"
	for path in files(".json"):
		yield from ((text, path) for text in _of_json(path))
	for path in files(".py"):
		yield from ((text, path) for text in of_python(path.read_text(encoding="utf-8")))
	for path in files(".js", ".html", ".ts", ".vue"):
		yield from ((text, path) for text in of_script(path.read_text(encoding="utf-8")))


def _of_json(path: Path) -> Iterator[str]:
	content = json.loads(path.read_text(encoding="utf-8"))
	if path.parent.name == "seeds":
		for record in content:
			yield from _of_seed(record)
	elif path.parent.name == "presets":
		for record in content["records"]:
			yield from (line["line_label"] for line in record.get("signature_lines", []))
	elif isinstance(content, dict) and content.get("doctype") == "DocType":
		yield from _of_doctype(content)
	elif isinstance(content, dict) and content.get("doctype") == "Report":
		yield content["report_name"]


def _of_doctype(content: dict) -> Iterator[str]:
	yield content["name"]
	yield content.get("description") or ""
	for field in content["fields"]:
		if field["fieldname"] == "naming_series":
			continue
		yield field.get("label") or ""
		yield field.get("description") or ""
		yield field.get("placeholder") or ""
		if field["fieldtype"] == "Select":
			yield from (field.get("options") or "").split("\n")


def _of_seed(record: dict) -> Iterator[str]:
	yield from _shown(record, record["doctype"])
	for key, rows in record.items():
		if key in SHOWN and isinstance(rows, list):
			for row in rows:
				yield from _shown(row, key)
				if row.get("fieldtype") == "Select":
					yield from row["options"].split("\n")
	if record["doctype"] == "Workspace":
		for block in json.loads(record["content"]):
			yield HEADING.sub("", block["data"].get("text") or "")
	if record["doctype"] in ("Notification", "Email Template"):
		for key in ("subject", "message", "response"):
			if isinstance(record.get(key), str):
				yield from of_script(record[key])


def _shown(record: dict, kind: str) -> Iterator[str]:
	for key in SHOWN.get(kind, ()):
		yield record.get(key) or ""


def of_python(source: str) -> Iterator[str]:
	"""Literals in calls of Python, and labels of fields that it defines."""
	for node in ast.walk(ast.parse(source)):
		if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in CALLS_OF_PYTHON:
			if node.args and isinstance(node.args[0], ast.Constant):
				yield node.args[0].value
		elif isinstance(node, ast.Dict):
			yield from _of_field_definition(node)


def _of_field_definition(node: ast.Dict) -> Iterator[str]:
	"""Custom fields and columns that Python defines as dicts."""
	values = {key.value: value.value for key, value in _constants(node)}
	if "fieldtype" in values:
		yield values.get("label") or ""
		yield values.get("description") or ""


def _constants(node: ast.Dict) -> Iterator[tuple[ast.Constant, ast.Constant]]:
	for key, value in zip(node.keys, node.values, strict=True):
		if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
			yield key, value


def of_script(source: str) -> Iterator[str]:
	"""Literals in calls of JavaScript and Jinja sources."""
	for match in CALL.finditer(source):
		yield _unquoted(match[1])
	for match in JINJA_LIST.finditer(source):
		yield from (_unquoted(literal) for literal in re.findall(STRING, match[1]))


def _unquoted(literal: str) -> str:
	return re.sub(r"\\(.)", r"\1", literal[1:-1])
