"""The same moment in several processes: each a process of its own with a connection of its own, forked from one that has loaded the app.

Run as a program: ``forked.py SITES SITE`` reads jobs as JSON from its input and prints one answer a job, in their order.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

LEAD = 1.0
"""Seconds until all begin; each has connected by then."""


def at_once(jobs: list[dict]) -> list[str]:
	"""Call endpoints at one moment, each in its process, committed like a request.

	:param jobs: ``user``, ``method`` (dotted path), ``values``. :returns: ``ok: …`` or the name of the refusal, one a job.
	"""
	sites = Path(os.environ["CS_BENCH"]) / "sites"
	command = [sys.executable, __file__, str(sites), os.environ["CS_SITE"]]
	done = subprocess.run(command, input=json.dumps(jobs), capture_output=True, text=True, timeout=180, check=False)
	assert done.returncode == 0, done.stderr
	return json.loads(done.stdout)


def main() -> None:
	import frappe

	os.chdir(sys.argv[1])
	jobs = json.load(sys.stdin)
	frappe.init(site=sys.argv[2])
	frappe.connect()
	for job in jobs:
		frappe.get_attr(job["method"])
		frappe.get_meta("Contract Review")
	frappe.destroy()
	start = time.time() + LEAD
	answers = []
	for job in jobs:
		reading, writing = os.pipe()
		if not os.fork():
			os.write(writing, _work(job, start).encode()[:4000])
			os._exit(0)
		os.close(writing)
		answers.append(reading)
	print(json.dumps([_read(each) for each in answers]))


def _work(job: dict, start: float) -> str:
	import frappe

	try:
		frappe.init(site=sys.argv[2])
		frappe.connect()
		frappe.set_user(job["user"])
		method = frappe.get_attr(job["method"])
		frappe.get_all("DocType", limit=1)  # a request has read something by then: the session, the user
		time.sleep(max(start - time.time(), 0))
		answer = method(**job["values"])
		frappe.db.commit()
		return f"ok: {answer}"
	except Exception as error:
		return type(error).__name__


def _read(reading: int) -> str:
	with os.fdopen(reading) as pipe:
		return pipe.read()


if __name__ == "__main__":
	main()
