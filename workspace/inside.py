"""What must run inside a site: `cd sites && python -m workspace.inside SITE FUNCTION JSON`.

The result is printed as one line of JSON after RESULT, whatever else was printed before.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import Any

import frappe

RESULT = "workspace-result: "

#: The desk's language decides nothing else: both demo companies are in China.
LANGUAGES = {"en": "English", "zh": "简体中文"}
COUNTRY = {"country": "China", "timezone": "Asia/Shanghai", "currency": "CNY"}


def complete_setup(language: str, scheduler: bool) -> None:
	"""Answer the setup wizard, so that the first login lands on the desk."""
	from frappe.desk.page.setup_wizard.setup_wizard import setup_complete
	from frappe.utils.scheduler import toggle_scheduler

	answer = setup_complete({"language": LANGUAGES[language], "lang": LANGUAGES[language], **COUNTRY})
	if answer.get("status") != "ok":
		raise SystemExit(f"setup wizard: {answer}")
	# The wizard switches on guided tours that cover the desk at the first login.
	frappe.db.set_single_value("System Settings", "enable_onboarding", 0)
	# A new site's scheduler is off until somebody says otherwise.
	toggle_scheduler(scheduler)
	set_language(language)


def set_language(language: str) -> None:
	"""Language of the site and of Administrator; and the currency, which the wizard leaves to ERPNext."""
	from frappe.translate import set_default_language

	set_default_language(language)
	frappe.db.set_default("currency", COUNTRY["currency"])
	frappe.db.set_single_value("System Settings", "language", language)
	frappe.db.set_value("User", "Administrator", "language", language)
	frappe.clear_cache()


def load_preset(profile: str) -> bool:
	"""Load a company profile; False if the app has none yet."""
	return _call("customer_service.organisation.presets", "load", profile)


def load_demo(profile: str, language: str) -> bool:
	"""Load the demo company; False if the app has none yet."""
	return _call("customer_service.demo", "load", profile=profile, language=language)


def demo_users() -> list[dict[str, Any]]:
	if not _exists("customer_service.demo"):
		return []
	users = getattr(importlib.import_module("customer_service.demo"), "users", None)
	return users() if users else []


def _exists(module: str) -> bool:
	try:
		return importlib.util.find_spec(module) is not None
	except ModuleNotFoundError:
		return False


def _call(module: str, function: str, *args: object, **kwargs: object) -> bool:
	if not _exists(module):
		return False
	getattr(importlib.import_module(module), function)(*args, **kwargs)
	return True


FUNCTIONS = {
	function.__name__: function for function in (complete_setup, set_language, load_preset, load_demo, demo_users)
}


def main(site: str, function: str, arguments: str) -> None:
	frappe.init(site=site)
	frappe.connect()
	frappe.set_user("Administrator")
	try:
		result = FUNCTIONS[function](**json.loads(arguments))
		frappe.db.commit()
	finally:
		frappe.destroy()
	print(RESULT + json.dumps(result, default=str), flush=True)


if __name__ == "__main__":
	main(*sys.argv[1:])
