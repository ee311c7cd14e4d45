"""A real IMAP server (pymap) for tests of incoming mail, and mails as the world sends them."""

import base64
import imaplib
import socket
import subprocess
import sys
import time
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path

import frappe

MAILBOX = "service@company.example.com"
PASSWORD = "Test-only-mailbox"  # of a server that lives as long as the test


class MailServer:
	"""The server process and what a test does with it."""

	def __init__(self):
		with socket.socket() as free:
			free.bind(("127.0.0.1", 0))
			self.port = free.getsockname()[1]
		program = Path(sys.executable).with_name("pymap")
		arguments = ["--host", "127.0.0.1", "--port", str(self.port), "--no-tls", "--no-service", "admin", "dict"]
		arguments += ["--demo-user", MAILBOX, "--demo-password", PASSWORD]
		self.process = subprocess.Popen(
			[str(program), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
		)
		self._wait()

	def _wait(self) -> None:
		for _attempt in range(100):
			try:
				with self._login():
					return
			except OSError:
				time.sleep(0.1)
		raise AssertionError("the mail server does not answer")

	def _login(self) -> imaplib.IMAP4:
		box = imaplib.IMAP4("127.0.0.1", self.port)
		box.login(MAILBOX, PASSWORD)
		return box

	def deliver(self, *mails: bytes | EmailMessage) -> None:
		"""Put raw mails into the mailbox, unread."""
		with self._login() as box:
			for mail in mails:
				raw = mail if isinstance(mail, bytes) else bytes(mail)
				answer, _data = box.append("INBOX", None, None, raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
				assert answer == "OK"

	def stop(self) -> None:
		self.process.terminate()
		self.process.wait(10)


def make_account(port: int, append_to: str = "Complaint", **values):
	"""The Email Account that reads the mailbox."""
	return frappe.get_doc(
		{
			"doctype": "Email Account",
			"email_account_name": "Test Mailbox",
			"email_id": MAILBOX,
			"password": PASSWORD,
			"enable_incoming": 1,
			"use_imap": 1,
			"email_server": "127.0.0.1",
			"incoming_port": str(port),
			"email_sync_option": "UNSEEN",
			"imap_folder": [{"folder_name": "INBOX", "append_to": append_to}],
			**values,
		}
	).insert(ignore_permissions=True)


def mail(text: str = "Half of it is broken.", **headers) -> EmailMessage:
	"""A plain mail; headers by name with _ for -."""
	message = EmailMessage()
	given = {name.replace("_", "-"): value for name, value in headers.items()}
	standard = {
		"From": "Li Example <li@customer.example.com>",
		"To": MAILBOX,
		"Subject": "Broken goods",
		"Message-ID": make_msgid(domain="customer.example.com"),
		"Date": formatdate(),
	}
	for name, value in (standard | given).items():
		if value is not None:
			message[name] = value
	message.set_content(text)
	return message


def raw(*lines: str, charset: str = "ascii") -> bytes:
	"""A mail byte by byte, for what Python's own library would not write."""
	return "\r\n".join(lines).encode(charset)


def encoded(text: str, charset: str) -> str:
	"""An encoded word of a header."""
	return (
		f"=?{charset}?B?{base64.b64encode(text.encode('gb18030' if charset.startswith('gb') else charset)).decode()}?="
	)


def pull() -> None:
	"""What Frappe's scheduler does: read every account now."""
	from frappe.email.doctype.email_account.email_account import pull as frappe_pull

	frappe.db.commit()
	frappe_pull(now=True)
