"""The web application gunicorn serves: Frappe, its assets and its public files.

The site is fixed, so that the address a browser uses (127.0.0.1, localhost, cs.localhost) does not matter. Files are
served from exactly two folders by werkzeug, which refuses paths that leave them; Frappe's own `StaticDataMiddleware`
is for development and hands out any file that `..` reaches.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

import frappe.app
from werkzeug.datastructures import Headers
from werkzeug.middleware.shared_data import SharedDataMiddleware

_HASHED = re.compile(r"^/assets/[^/]+/dist/.+\.[0-9A-F]{8}\.(js|css)$")
#: Uploaded files a browser would run in the site's name if it showed them.
_ACTIVE = re.compile(r"^/files/.*\.(x?html?|svg|xml)$", re.IGNORECASE)
_YEAR = 365 * 24 * 60 * 60
#: As Frappe's own nginx template sets them; what the application sets itself stays.
_SAFE_DEFAULTS = {
	"X-Frame-Options": "SAMEORIGIN",
	"X-Content-Type-Options": "nosniff",
	"Referrer-Policy": "same-origin, strict-origin-when-cross-origin",
}

frappe.app._site = os.environ["CS_SITE"]
_sites = os.path.abspath(os.environ["SITES_PATH"])


def _with_headers(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
	def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
		path = environ.get("PATH_INFO", "")
		if path.startswith("/socket.io/"):
			# There is no realtime server, but every page of the desk asks for it: not worth a rendered error page.
			start_response("404 Not Found", [("Content-Length", "0")])
			return []

		def start(status: str, items: list[tuple[str, str]], *rest: Any) -> Any:
			headers = Headers(items)
			for name, value in _SAFE_DEFAULTS.items():
				headers.setdefault(name, value)
			if status.startswith(("200", "304")):
				if _HASHED.match(path):
					# The name carries the content's hash: browsers may keep it for good.
					headers.remove("Expires")
					headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
				elif _ACTIVE.match(path):
					headers["Content-Disposition"] = "attachment"
			return start_response(status, headers.to_wsgi_list(), *rest)

		return application(environ, start)

	return serve


application = SharedDataMiddleware(
	frappe.app.application, {"/assets": os.path.join(_sites, "assets")}, cache_timeout=60 * 60
)
application = SharedDataMiddleware(
	application, {"/files": os.path.join(_sites, frappe.app._site, "public", "files")}, cache=False
)
application = _with_headers(application)
