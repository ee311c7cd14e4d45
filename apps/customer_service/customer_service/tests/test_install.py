"""Install, migrate twice, uninstall, install again: the schema is the same each time, and nothing of ours is left between (L11).

The site without the app takes most of a minute to make and is Frappe's alone: its database is kept for the next run.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SITE = "schema.localhost"
DATABASE = "cs_schema"
KEPT = "cs_schema_without_app"


class Bench:
	"""Frappe's commands on a site of this test's own."""

	def __init__(self):
		self.root = Path(os.environ["CS_BENCH"])
		self.common = json.loads((self.root / "sites/common_site_config.json").read_text())
		self.passwords = json.loads((self.root / "passwords.json").read_text())

	def run(self, *arguments: str) -> str:
		command = [sys.executable, "-m", "frappe.utils.bench_helper", "frappe", *arguments]
		done = subprocess.run(command, cwd=self.root / "sites", capture_output=True, text=True, timeout=400)
		assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
		return done.stdout

	def on_site(self, *arguments: str) -> str:
		return self.run("--site", SITE, *arguments)

	def new_site(self) -> None:
		"""A site with Frappe alone: as it was kept by an earlier run with the same Frappe, else made."""
		mark = self.root / "sites" / SITE / "kept.txt"
		frappe_source = os.environ.get("CS_FRAPPE", "unknown")
		if mark.exists() and mark.read_text() == frappe_source != "unknown":
			self.copy_database(KEPT, DATABASE)
			self.on_site("clear-cache")
			return
		mark.unlink(missing_ok=True)
		self.make_site()
		self.copy_database(DATABASE, KEPT)
		mark.write_text(frappe_source)

	def make_site(self) -> None:
		root = self.passwords["database_root"]
		self.run(
			*("new-site", SITE, "--force", "--no-mariadb-socket", "--db-name", DATABASE, "--db-password", root),
			*("--db-host", "127.0.0.1", "--db-port", str(self.common["db_port"])),
			*("--db-root-username", "root", "--db-root-password", root, "--admin-password", root),
		)

	def copy_database(self, source: str, target: str) -> None:
		"""Every table and sequence; the target is made anew. The database user's rights stay."""
		password = self.passwords["database_root"]
		words = ["--host=127.0.0.1", f"--port={self.common['db_port']}", "--user=root"]
		self.query(f"drop database if exists {target}", "")
		self.query(f"create database {target} character set utf8mb4 collate utf8mb4_unicode_ci", "")
		environment = {**os.environ, "MYSQL_PWD": password}
		dump = subprocess.Popen(["mariadb-dump", *words, source], env=environment, stdout=subprocess.PIPE)
		subprocess.run(["mariadb", *words, target], env=environment, stdin=dump.stdout, check=True, timeout=400)
		assert dump.wait(60) == 0

	def query(self, statement: str, database: str = DATABASE) -> list[tuple]:
		import pymysql

		connection = pymysql.connect(
			host="127.0.0.1",
			port=int(self.common["db_port"]),
			user="root",
			password=self.passwords["database_root"],
			database=database or None,
		)
		with connection, connection.cursor() as cursor:
			cursor.execute(statement)
			return list(cursor.fetchall())

	def schema(self) -> set[tuple]:
		"""Every column and index of every table."""
		columns = self.query(
			"select table_name, column_name, column_type, is_nullable, column_default from information_schema.columns"
			f" where table_schema = '{DATABASE}'"
		)
		indexes = self.query(
			"select table_name, index_name, seq_in_index, column_name, non_unique from information_schema.statistics"
			f" where table_schema = '{DATABASE}'"
		)
		return {*columns, *indexes}

	def records(self) -> dict[str, int]:
		"""How many records of Frappe's DocTypes there are that an app could leave behind."""
		tables = ("Role", "Workflow", "Workflow State", "Workflow Action Master", "Server Script", "Web Form")
		tables += ("Print Format", "Notification", "Number Card", "Workspace", "Custom Field", "Module Def", "DocType")
		return {table: self.query(f"select count(*) from `tab{table}`")[0][0] for table in tables}


@pytest.mark.timeout(900)
def test_install_migrate_uninstall_install_leave_the_same_schema():
	bench = Bench()
	bench.new_site()
	bare, bare_records = bench.schema(), bench.records()

	bench.on_site("install-app", "customer_service")
	installed, installed_records = bench.schema(), bench.records()
	assert any(row[0] == "tabComplaint" for row in installed)

	for _time in range(2):
		bench.on_site("migrate", "--skip-search-index")
		assert bench.schema() ^ installed == set()
		assert bench.records() == installed_records

	bench.on_site("uninstall-app", "customer_service", "--yes", "--no-backup")
	assert bench.schema() ^ bare == set()
	assert bench.records() == bare_records

	bench.on_site("install-app", "customer_service")
	assert bench.schema() ^ installed == set()
	assert bench.records() == installed_records
