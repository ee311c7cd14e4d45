"""The web application gunicorn serves: Frappe, its assets and its public files.

The site is fixed, so that the address a browser uses (127.0.0.1, localhost, cs.localhost) does not matter.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

import frappe.app
from frappe.middlewares import StaticDataMiddleware
from werkzeug.middleware.shared_data import SharedDataMiddleware

_HASHED = re.compile(r"^/assets/[^/]+/dist/.+\.[0-9A-F]{8}\.(js|css)$")
_YEAR = 365 * 24 * 60 * 60

frappe.app._site = os.environ["CS_SITE"]
_sites = os.path.abspath(os.environ["SITES_PATH"])


def _with_lasting_bundles(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
	"""A bundle's name carries its content's hash: browsers may keep it for good. All else they ask for again."""

	def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
		hashed = _HASHED.match(environ.get("PATH_INFO", ""))

		def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
			if hashed and status.startswith(("200", "304")):
				headers = [(name, value) for name, value in headers if name.lower() not in ("cache-control", "expires")]
				headers.append(("Cache-Control", f"public, max-age={_YEAR}, immutable"))
			return start_response(status, headers, *rest)

		return application(environ, start)

	return serve


application = SharedDataMiddleware(
	frappe.app.application, {"/assets": os.path.join(_sites, "assets")}, cache_timeout=60 * 60
)
application = StaticDataMiddleware(application, {"/files": _sites}, cache=False)
application = _with_lasting_bundles(application)
