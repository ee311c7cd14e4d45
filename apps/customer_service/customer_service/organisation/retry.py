"""Trying again after a conflict with another transaction (L4). Frappe answers a web request with an error instead."""

import random
import time
from collections.abc import Callable
from functools import wraps

import frappe
from pymysql.constants import ER

ATTEMPTS = 3

CONFLICTS = (ER.LOCK_DEADLOCK, ER.LOCK_WAIT_TIMEOUT, ER.CHECKREAD)


def is_conflict(error: Exception) -> bool:
	"""Whether another transaction was in the way: deadlock, lock wait timeout, or a row changed since it was read."""
	if isinstance(error, frappe.QueryDeadlockError | frappe.QueryTimeoutError):
		return True
	return bool(error.args) and error.args[0] in CONFLICTS


def after_conflict(function: Callable) -> Callable:
	"""Decorate a function that may be run again as a whole: nothing was committed before it, and it commits nothing."""

	@wraps(function)
	def attempt(*args, **kwargs):
		for left in reversed(range(ATTEMPTS)):
			try:
				return function(*args, **kwargs)
			except Exception as error:
				if not left or not is_conflict(error):
					raise
				frappe.db.rollback()
				time.sleep(random.uniform(0.02, 0.2))  # so that the same two do not meet again

	return attempt
