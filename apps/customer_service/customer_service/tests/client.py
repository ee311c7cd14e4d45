"""A client of the site's web server, as any program outside would be one."""

import json

import requests


class Refused(AssertionError):
	"""The server answered with an error; `status` and `messages` tell which."""

	def __init__(self, response: requests.Response):
		self.status = response.status_code
		self.messages = _messages(response)
		super().__init__(f"{self.status}: {self.messages or response.text[:300]}")


def _messages(response: requests.Response) -> str:
	try:
		body = response.json()
	except ValueError:
		return ""
	found = [json.loads(text).get("message", "") for text in json.loads(body.get("_server_messages") or "[]")]
	return " ".join(found) or body.get("exception") or body.get("exc_type") or ""


class Client:
	"""Frappe's REST API as one user; every method raises `Refused` for an error status."""

	def __init__(self, url: str, user: str | None = None, password: str | None = None):
		self.url = url.rstrip("/")
		self.session = requests.Session()
		if user:
			self.call("login", usr=user, pwd=password)

	def close(self) -> None:
		self.session.close()

	def request(self, method: str, path: str, **kwargs) -> requests.Response:
		response = self.session.request(method, f"{self.url}{path}", timeout=60, **kwargs)
		if response.status_code >= 400:
			raise Refused(response)
		return response

	def call(self, method: str, /, **values):
		"""POST to a whitelisted method; returns its message."""
		return self.request("POST", f"/api/method/{method}", json=values).json().get("message")

	def read(self, method: str, /, **values) -> requests.Response:
		"""GET a whitelisted method; returns the whole response."""
		return self.request("GET", f"/api/method/{method}", params=values)

	def insert(self, doctype: str, **values) -> dict:
		return self.request("POST", f"/api/resource/{doctype}", json=values).json()["data"]

	def get(self, doctype: str, name: str) -> dict:
		return self.request("GET", f"/api/resource/{doctype}/{name}").json()["data"]

	def update(self, doctype: str, name: str, **values) -> dict:
		return self.request("PUT", f"/api/resource/{doctype}/{name}", json=values).json()["data"]

	def delete(self, doctype: str, name: str) -> None:
		self.request("DELETE", f"/api/resource/{doctype}/{name}")

	def list(self, doctype: str, filters: list | None = None, fields: tuple[str, ...] = ("name",)) -> list[dict]:
		params = {"filters": json.dumps(filters or []), "fields": json.dumps(list(fields)), "limit_page_length": 0}
		return self.request("GET", f"/api/resource/{doctype}", params=params).json()["data"]

	def workflow(self, doctype: str, name: str, action: str) -> dict:
		"""Take a step of the record's workflow."""
		doc = self.get(doctype, name)
		return self.call("frappe.model.workflow.apply_workflow", doc={**doc, "doctype": doctype}, action=action)

	def pdf(self, doctype: str, name: str, **values) -> bytes:
		"""The record as the desk's PDF button gives it."""
		method = "frappe.utils.print_format.download_pdf"
		return self.read(method, doctype=doctype, name=name, **values).content
