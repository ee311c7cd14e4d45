"""A private MariaDB: own data folder, loopback only, never the system's instance."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from workspace.bench import LOOPBACK, Bench
from workspace.commands import run_logged
from workspace.console import WorkspaceError
from workspace.steps import write_atomically

_SBIN = ":/usr/sbin:/usr/local/sbin"

#: Small enough for a laptop; `innodb_flush_log_at_trx_commit` keeps its safe default for people's data.
#: The tests' server may hold a benchmark's large register in memory, which it takes as it needs it.
_OPTIONS = """\
[mariadbd]
datadir = {data}
socket = {data}.sock
pid-file = {data}.pid
tmpdir = {tmp}
bind-address = {host}
port = {port}
skip-name-resolve
skip-log-bin
character-set-server = utf8mb4
collation-server = utf8mb4_unicode_ci
skip-character-set-client-handshake
init-file = {init}
innodb-buffer-pool-size = {memory}
innodb-log-file-size = 64M
max-allowed-packet = 64M
innodb-read-only-compressed = OFF
performance-schema = OFF
{extra}
"""

#: Run at every start, so that a data folder whose making was interrupted here is put right.
#: The anonymous user would shadow a site's user on localhost.
_INIT = (
	"DELETE FROM mysql.global_priv WHERE User = '';\n"
	"FLUSH PRIVILEGES;\n"
	"DROP DATABASE IF EXISTS test;\n"
	"CREATE OR REPLACE USER root@'{host}' IDENTIFIED BY '{password}';\n"
	"GRANT ALL PRIVILEGES ON *.* TO root@'{host}' WITH GRANT OPTION;\n"
	"ALTER USER root@localhost IDENTIFIED BY '{password}';\n"
)


def program(name: str) -> str:
	"""Path of a MariaDB program, which Debian may keep in /usr/sbin."""
	found = shutil.which(name, path=os.environ.get("PATH", "") + _SBIN)
	if not found:
		raise WorkspaceError(f"{name} is missing; please install mariadb-server-core")
	return found


def data_folder(bench: Bench) -> Path:
	return bench.data / "mariadb"


def option_file(bench: Bench) -> Path:
	return bench.data / "mariadb.cnf"


def make_data_folder(bench: Bench) -> None:
	"""Make the system tables beside their place and rename: half a data folder is never used."""
	data = data_folder(bench)
	if data.exists():
		return
	temporary = data.with_name("mariadb.tmp")
	shutil.rmtree(temporary, ignore_errors=True)
	command = [
		program("mariadb-install-db"),
		"--no-defaults",
		f"--datadir={temporary}",
		"--skip-test-db",
		"--auth-root-authentication-method=normal",
	]
	if os.geteuid() == 0:
		command.append("--user=root")
	run_logged(command, f"mariadb-install-{bench.name}")
	temporary.rename(data)


def configure(bench: Bench) -> None:
	init = bench.data / "mariadb-init.sql"
	password = bench.passwords["database_root"]
	write_atomically(init, _INIT.format(host=LOOPBACK, password=password), mode=0o600)
	memory, extra = "256M", ""
	if bench.for_tests:
		# Tests' data need not survive a power cut.
		memory = "2G"
		extra = "innodb-flush-log-at-trx-commit = 0\nsync-binlog = 0\ninnodb-doublewrite = OFF"
	# A server that starts deletes the temporary tables that it finds: in a folder shared with others those that they work with.
	tmp = bench.data / "mariadb-tmp"
	tmp.mkdir(exist_ok=True)
	text = _OPTIONS.format(
		data=data_folder(bench),
		tmp=tmp,
		host=LOOPBACK,
		port=bench.port("mariadb"),
		init=init,
		memory=memory,
		extra=extra,
	)
	write_atomically(option_file(bench), text)


def command(bench: Bench) -> list[str]:
	words = [program("mariadbd"), f"--defaults-file={option_file(bench)}"]
	if os.geteuid() == 0:
		words.append("--user=root")
	return words
