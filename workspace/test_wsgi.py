"""The web application of the tests' benches: `workspace.wsgi`, but that a test may say what time it is.

A request with the header `X-Test-Time: 2026-03-02 09:00:00` (site time zone) is dealt with as at that moment, so that a story of many
days is told in a browser within minutes. Only these benches know the header; where people work the application is another.
"""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe.utils import get_datetime

from customer_service.organisation import clock
from workspace.wsgi import application

__all__ = ["application"]

_HEADER = "X-Test-Time"
_present = clock.now


def _now() -> datetime:
	request = getattr(frappe.local, "request", None)
	said = request.headers.get(_HEADER) if request else None
	return get_datetime(said) if said else _present()


clock.now = _now
