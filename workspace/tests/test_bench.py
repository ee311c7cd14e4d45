"""A bench's ports, passwords and configuration."""

import json
import socket
import stat
from pathlib import Path

import pytest

from workspace import bench as bench_module
from workspace.bench import TEST_BENCH, Bench, is_free, update_json
from workspace.console import WorkspaceError
from workspace.processes import refuse_busy_port


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
	monkeypatch.setattr(bench_module, "VAR", tmp_path / "var")
	return Bench("toy", tmp_path / "bench", "toy.localhost", has_scheduler=False, for_tests=False)


def test_ports_are_kept_until_somebody_else_has_one(toy: Bench):
	toy.choose_ports()
	first = dict(toy.settings["ports"])
	toy.choose_ports()
	assert toy.settings["ports"] == first
	with socket.socket() as other:
		other.bind(("127.0.0.1", first["mariadb"]))
		other.listen()
		toy.choose_ports()
	assert toy.settings["ports"]["mariadb"] != first["mariadb"]
	assert toy.settings["ports"]["redis_queue"] == first["redis_queue"]
	assert json.loads(toy.settings_file.read_text()) == toy.settings


def test_a_busy_web_port_is_one_line(toy: Bench):
	with socket.socket() as other:
		other.bind(("127.0.0.1", 0))
		other.listen()
		port = other.getsockname()[1]
		assert not is_free("127.0.0.1", port)
		toy.settings["web"] = {"host": "127.0.0.1", "port": port}
		with pytest.raises(WorkspaceError) as caught:
			refuse_busy_port(toy)
	assert str(caught.value) == f"port {port} on 127.0.0.1 is in use; choose another with --port"
	refuse_busy_port(toy)


def test_passwords_are_generated_kept_and_private(toy: Bench):
	passwords = toy.passwords
	assert len(set(passwords.values())) == len(passwords)
	assert min(map(len, passwords.values())) >= 12
	assert stat.S_IMODE(toy.passwords_file.stat().st_mode) == 0o600
	again = Bench("toy", toy.root, toy.site, has_scheduler=False, for_tests=False)
	assert again.passwords == passwords


def test_a_bench_made_for_two_machines_never_shares_passwords(toy: Bench, tmp_path: Path):
	other = Bench("other", tmp_path / "other", "o.localhost", has_scheduler=False, for_tests=False)
	assert not set(toy.passwords.values()) & set(other.passwords.values())


def test_configuring_keeps_what_a_user_added(toy: Bench):
	toy.settings["web"] = {"host": "127.0.0.1", "port": 8123}
	toy.choose_ports()
	config = toy.sites / "common_site_config.json"
	update_json(config, {"mail_server": "mail.example.com"})
	toy.configure()
	values = json.loads(config.read_text())
	assert values["mail_server"] == "mail.example.com"
	assert values["db_port"] == toy.port("mariadb")
	assert values["disable_async"] is False
	assert values["server_script_enabled"] is True
	assert "developer_mode" not in values
	assert stat.S_IMODE(config.stat().st_mode) == 0o600


def test_update_json_survives_a_half_written_file(tmp_path: Path):
	file = tmp_path / "config.json"
	file.write_text('{"db_na')
	update_json(file, {"a": 1})
	assert json.loads(file.read_text()) == {"a": 1}


def test_the_tests_bench_may_send_mail():
	"""Tests of notices would pass without a mail if the site were mute."""
	for folder in (TEST_BENCH.sites, TEST_BENCH.site_folder):
		for name in ("common_site_config.json", "site_config.json"):
			if (folder / name).exists():
				assert not json.loads((folder / name).read_text()).get("mute_emails")
