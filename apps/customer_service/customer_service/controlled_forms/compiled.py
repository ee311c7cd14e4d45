"""Print templates, compiled once a process.

Frappe makes a new Jinja environment for every request and every print language, so that each print would compile its layout
anew, which takes longer than filling it in. What the compiler makes follows from the template's text, the site's Jinja
methods and the language, so it is kept by these. A changed layout has another text and is compiled again.
"""

from functools import partial
from types import CodeType

import frappe

MOST_TEMPLATES = 64

_codes: dict[tuple, CodeType] = {}


def remember(environment) -> None:
	"""Let a request's Jinja environment use what was compiled before; its sandbox, methods and values stay its own."""
	if "compile" not in vars(environment):
		environment.compile = partial(_compile, environment)


def _compile(environment, source, name=None, filename=None, raw=False, defer_init=False):
	kind = type(environment)
	if raw or not isinstance(source, str):
		return kind.compile(environment, source, name, filename, raw, defer_init)
	key = (frappe.local.site, frappe.local.lang, kind, source, name, filename, defer_init)
	code = _codes.get(key)
	if code is None:
		code = kind.compile(environment, source, name, filename, raw, defer_init)
		if len(_codes) >= MOST_TEMPLATES:
			_codes.clear()
		_codes[key] = code
	return code
