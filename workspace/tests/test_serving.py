"""What the tests' bench serves, and to whom."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import requests
from playwright.sync_api import Response, sync_playwright

from workspace.bench import BENCHES
from workspace.paths import ROOT
from workspace.processes import MARKER, end_orphans, ours

URL = os.environ.get("CS_URL", "")
BENCH = BENCHES[os.environ.get("CS_BENCH_NAME", "test")]
pytestmark = pytest.mark.skipif(not URL, reason="needs the bench that ./test starts")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "cs.localhost", "no.such.site"])
def test_the_site_is_served_under_any_name(host: str):
	answer = requests.get(f"{URL}/api/method/ping", headers={"Host": host}, timeout=30)
	assert (answer.status_code, answer.json()) == (200, {"message": "pong"})


def test_links_in_mails_come_from_the_configured_address():
	config = json.loads((BENCH.site_folder / "site_config.json").read_text())
	assert config["host_name"] == URL


def bundles() -> dict[str, str]:
	return json.loads((BENCH.sites / "assets" / "assets.json").read_text())


def test_every_bundle_is_served_and_may_be_kept_for_good():
	assert {"desk.bundle.js", "desk.bundle.css", "rtl_desk.bundle.css", "form_builder.bundle.js"} <= bundles().keys()
	for url in bundles().values():
		answer = requests.head(URL + url, timeout=30)
		assert answer.status_code == 200, url
		assert "immutable" in answer.headers["Cache-Control"], url


def test_what_is_not_named_by_its_content_is_asked_for_again():
	answer = requests.head(f"{URL}/assets/frappe/images/frappe-favicon.svg", timeout=30)
	assert answer.status_code == 200
	assert "immutable" not in answer.headers["Cache-Control"]


def test_public_files_are_served_and_private_ones_and_settings_are_not():
	public = BENCH.site_folder / "public" / "files" / "served.txt"
	private = BENCH.site_folder / "private" / "files" / "kept.txt"
	try:
		for file in (public, private):
			file.write_text("secret-text")
		served = requests.get(f"{URL}/files/served.txt", timeout=30)
		assert (served.text, served.headers["X-Content-Type-Options"]) == ("secret-text", "nosniff")
		forbidden = [
			"/private/files/kept.txt",
			"/files/../../private/files/kept.txt",
			"/files/%2e%2e/%2e%2e/private/files/kept.txt",
			"/files//etc/passwd",
			"/files/%2fetc/passwd",
			"/files/%2e%2e/%2e%2e/site_config.json",
			"/assets/../common_site_config.json",
			"/assets/%2e%2e/common_site_config.json",
		]
		for path in forbidden:
			request = requests.Request("GET", URL).prepare()
			request.url = URL + path
			answer = requests.Session().send(request, timeout=30)
			assert answer.status_code in (403, 404), path
			leaked = [word for word in ("secret-text", "db_password", "redis://", "root:x:") if word in answer.text]
			assert leaked == [], path
	finally:
		public.unlink(missing_ok=True)
		private.unlink(missing_ok=True)


@pytest.mark.parametrize("name", ["page.html", "image.SVG"])
def test_uploads_that_could_run_in_the_sites_name_are_downloaded(name: str):
	file = BENCH.site_folder / "public" / "files" / name
	file.write_text("<script>alert(1)</script>")
	try:
		answer = requests.get(f"{URL}/files/{name}", timeout=30)
	finally:
		file.unlink()
	assert answer.headers["Content-Disposition"] == "attachment"


def test_nothing_listens_beyond_this_machine():
	listening = [
		connection.laddr.ip
		for process in ours(BENCH)
		for connection in process.connections()
		if connection.status == psutil.CONN_LISTEN
	]
	assert len(listening) >= 4, "MariaDB, two Redis servers and the web server"
	assert set(listening) == {"127.0.0.1"}


def test_redis_wants_its_password():
	import redis

	with pytest.raises(redis.AuthenticationError):
		redis.Redis(port=BENCH.port("redis_queue")).ping()


def test_ending_orphans_ends_ours_and_no_other(tmp_path: Path):
	"""A bench of another folder has another mark: its processes stay."""
	other = type(BENCH)("other", tmp_path, "o.localhost", has_scheduler=False, for_tests=False)
	plain = {name: value for name, value in os.environ.items() if name != MARKER}
	marked = subprocess.Popen(["sleep", "60"], env={**plain, MARKER: str(tmp_path)})
	stranger = subprocess.Popen(["sleep", "60"], env={**plain, MARKER: str(tmp_path / "elsewhere")})
	try:
		time.sleep(0.2)
		end_orphans(other)
		assert not psutil.pid_exists(marked.pid)
		assert stranger.poll() is None
	finally:
		for process in (marked, stranger):
			process.kill()
			process.wait()
	assert requests.get(f"{URL}/api/method/ping", timeout=30).status_code == 200


def test_the_bench_command_works_in_the_folder():
	done = subprocess.run(
		[str(ROOT / "env" / "bin" / "bench"), "--site", BENCH.site, "list-apps"],
		cwd=BENCH.root,
		env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
		capture_output=True,
		text=True,
		timeout=60,
		check=False,
	)
	assert done.returncode == 0, done.stderr
	assert "customer_service" in done.stdout


def is_failure(answer: Response) -> bool:
	"""There is no realtime server; the desk asks for it and does without."""
	return answer.status >= 400 and "/socket.io/" not in answer.url


def test_the_first_login_lands_on_the_desk():
	"""No setup wizard, no missing script or style."""
	# Playwright's loop wants a thread of its own: other browser tests may hold this one's.
	with ThreadPoolExecutor(1) as thread:
		assert thread.submit(log_in_with_a_new_browser).result() == []


def log_in_with_a_new_browser() -> list[str]:
	"""Log in as Administrator and wait for the desk; returns what went wrong on the page."""
	failures: list[str] = []
	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
		page = browser.new_page()
		page.on("pageerror", lambda error: failures.append(str(error)))
		page.on("response", lambda answer: failures.append(answer.url) if is_failure(answer) else None)
		page.goto(f"{URL}/login")
		page.fill("#login_email", "Administrator")
		page.fill("#login_password", os.environ["CS_ADMIN_PASSWORD"])
		page.click(".form-login .btn-login")
		page.wait_for_url("**/app/**", timeout=60_000)
		page.wait_for_selector(".layout-main-section .ce-block", timeout=60_000)
		assert "setup-wizard" not in page.url
		browser.close()
	return failures
