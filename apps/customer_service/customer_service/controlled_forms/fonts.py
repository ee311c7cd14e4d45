"""Whether this machine can print Chinese at all: without a face for it the renderer draws empty boxes and says nothing."""

import re
import shutil
import subprocess
from functools import lru_cache

import frappe
from frappe import _

from customer_service.exceptions import PrintRefusedError

CHINESE = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")


def require_for(text: str) -> None:
	"""Refuse to print Chinese without a face that has it.

	:raises PrintRefusedError: saying what to install.
	"""
	if CHINESE.search(text) and not has_chinese():
		frappe.throw(
			_("No font with Chinese characters is installed on the server. Install one, such as Noto Sans CJK."),
			PrintRefusedError,
		)


@lru_cache(maxsize=1)
def has_chinese() -> bool:
	"""Whether fontconfig knows a face with simplified Chinese; taken for granted where it cannot be asked."""
	if not shutil.which("fc-list"):
		return True
	done = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, timeout=60, check=False)
	return done.returncode != 0 or bool(done.stdout.strip())
