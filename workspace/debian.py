"""Debian packages the workspace needs. Standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess

from workspace.commands import run_logged
from workspace.console import WorkspaceError

#: package: why
PACKAGES = {
	"python3-venv": "makes env/",
	"mariadb-server-core": "database; the core only: `mariadb-server` would start an instance for the whole system",
	"mariadb-client": "backup and restore",
	"redis-tools": "cache and queue; `redis-server` holds a link to one of its programs, and a system service",
	"chromium": "browser tests and pictures",
	"fonts-noto-cjk": "Chinese on screen",
	"fonts-wqy-zenhei": "Chinese in print (TrueType: small and quick to embed)",
	"fonts-dejavu-core": "Latin in print",
	"libpango-1.0-0": "WeasyPrint",
	"libpangoft2-1.0-0": "WeasyPrint",
	"libharfbuzz-subset0": "WeasyPrint: subsets fonts fifty times quicker than Python does",
	"poppler-utils": "tests read printed PDFs with pdftotext",
	"git": "the bench command",
}

#: Programs and what holds them: enough to judge a machine that is not Debian or where we may not install.
PROGRAMS = {
	"mariadbd": "mariadb-server-core",
	"mariadb-install-db": "mariadb-server-core",
	"redis-check-rdb": "redis-tools",
	"node": "nodejs (20 or newer)",
	"npm": "npm",
	"git": "git",
}


def missing_packages() -> list[str]:
	"""Those of PACKAGES that dpkg does not know as installed."""
	listing = subprocess.run(
		["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *PACKAGES],
		capture_output=True,
		text=True,
		check=False,
	).stdout
	installed = {line.split()[0] for line in listing.splitlines() if line.endswith(" installed")}
	return [package for package in PACKAGES if package not in installed]


def missing_programs() -> list[str]:
	"""Packages of the programs that are not found. /usr/sbin is looked into even if it is not on the PATH."""
	path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
	return sorted({package for program, package in PROGRAMS.items() if not shutil.which(program, path=path)})


def install_missing() -> None:
	"""Install what is missing, or say which packages an administrator must install."""
	packages = missing_packages() if shutil.which("dpkg-query") else []
	if packages and os.geteuid() == 0 and shutil.which("apt-get"):
		environment = {"DEBIAN_FRONTEND": "noninteractive"}
		_end_interrupted_install(environment)
		run_logged(["apt-get", "update"], "apt-update", env=environment, fetches=True)
		run_logged(
			["apt-get", "install", "--yes", "--no-install-recommends", *packages],
			"apt-install",
			env=environment,
			fetches=True,
		)
	programs = missing_programs()
	if programs:
		raise WorkspaceError(f"please install: {', '.join(programs)}")


def _end_interrupted_install(environment: dict[str, str]) -> None:
	"""An apt-get that was killed leaves packages half configured; apt refuses to go on before this."""
	run_logged(["dpkg", "--configure", "-a"], "dpkg-configure", env=environment)
