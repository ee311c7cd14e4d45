"""Company profiles as data: departments, topics, routing rules and forms of one company, loaded by choice.

Loading again changes nothing, never overwrites what the site has changed, and several profiles may be mixed.
"""

import hashlib
import json
from pathlib import Path

import frappe
from frappe import _
from frappe.utils import escape_html

from customer_service.exceptions import PresetError
from customer_service.organisation import seeding

FOLDER = Path(__file__).parents[1] / "presets"


def available() -> list[str]:
	"""Keys of the profiles that ship with the app."""
	return sorted(path.stem for path in FOLDER.glob("*.json"))


@frappe.whitelist(methods=["POST"])
def load(profile: str) -> list[str]:
	"""Load one company profile; returns what was created or updated, one line each.

	:param profile: a key such as ``P1``, see :func:`available`.
	:raises PresetError: for an unknown profile, or a file that cannot be used; then nothing of it is stored.
	"""
	frappe.only_for(("System Manager", "Customer Service Administrator"))
	if profile not in available():
		frappe.throw(
			_("Profile {0} does not exist. Choose one of: {1}.").format(
				frappe.bold(escape_html(str(profile))), ", ".join(available())
			),
			PresetError,
		)
	return load_file(FOLDER / f"{profile}.json")


def load_file(path: Path) -> list[str]:
	"""Load a profile from a file of the same form; all of it or nothing.

	:raises PresetError: naming the file and what is wrong in it.
	"""
	point = "customer_service_preset"
	frappe.db.savepoint(point)
	try:
		content = json.loads(path.read_text(encoding="utf-8"))
		done = seeding.sync_records(content["records"], source=f"presets/{path.name}")
		done += seeding.sync_records(_translations(content.get("translations", {})), source=f"presets/{path.name}")
		_fill_settings(content.get("settings", {}))
	except (OSError, ImportError, ValueError, KeyError, TypeError, AttributeError, frappe.ValidationError) as error:
		frappe.db.rollback(save_point=point)
		frappe.clear_messages()
		frappe.throw(
			_("Preset {0} cannot be loaded: {1}").format(
				frappe.bold(escape_html(path.name)), escape_html(f"{type(error).__name__}: {error}")
			),
			PresetError,
		)
	return done


def _translations(languages: dict[str, dict[str, str]]) -> list[dict]:
	"""Names of departments, topics and classes in other languages, as Frappe's own Translation records."""
	return [
		{
			"doctype": "Translation",
			"name": "cs-" + hashlib.sha256(f"{language}:{source}".encode()).hexdigest()[:12],
			"language": language,
			"source_text": source,
			"translated_text": translated,
		}
		for language, texts in languages.items()
		for source, translated in texts.items()
	]


def _fill_settings(values: dict) -> None:
	"""Set what the site has left empty."""
	settings = frappe.get_doc("Customer Service Settings")
	empty = {key: value for key, value in values.items() if not settings.get(key)}
	if empty:
		settings.update(empty)
		settings.save(ignore_permissions=True)
