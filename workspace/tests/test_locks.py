"""What is installed is what the locks say, and the locks say it without naming a registry."""

import json
import re
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from workspace.paths import ASSETS, LOCKS, NODE_MODULES, VAR

PYTHON_LOCKS = sorted(LOCKS.glob("*.txt"))


def canonical(name: str) -> str:
	return re.sub(r"[-_.]+", "-", name).lower()


def requirements(path: Path) -> dict[str, tuple[str, str]]:
	"""name: (version, the rest of the entry)."""
	joined = path.read_text().replace("\\\n", " ")
	entries = [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]
	found = {}
	for entry in entries:
		match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)(.*)", entry)
		assert match, f"{path.name}: not pinned: {entry[:60]}"
		found[canonical(match[1])] = (match[2], match[3])
	return found


@pytest.mark.parametrize("path", PYTHON_LOCKS, ids=lambda path: path.name)
def test_every_python_requirement_is_pinned_with_hashes(path: Path):
	unhashed = [name for name, (_version, rest) in requirements(path).items() if "--hash=sha256:" not in rest]
	assert unhashed == []


@pytest.mark.parametrize("path", [*PYTHON_LOCKS, ASSETS / "package-lock.json"], ids=lambda path: path.name)
def test_no_lock_names_a_registry(path: Path):
	text = path.read_text()
	assert not re.search(r"--(extra-)?index-url|--find-links|\"resolved\"", text)
	# npm's entries name where to fund a package; nothing else may be an address.
	addresses = [line for line in text.splitlines() if "://" in line and '"url": ' not in line]
	assert addresses == []


def test_every_npm_package_has_a_checksum():
	packages = json.loads((ASSETS / "package-lock.json").read_text())["packages"]
	assert len(packages) > 100
	assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []


def test_installed_python_packages_are_the_locked_versions():
	locked = requirements(LOCKS / "python.txt") | requirements(LOCKS / "sources.txt")
	wrong = {}
	for name, (wanted, rest) in locked.items():
		try:
			found = version(name)
		except PackageNotFoundError:
			found = None
		if found != wanted and not (found is None and ";" in rest):
			wrong[name] = (wanted, found)
	assert wrong == {}


def test_installed_npm_packages_are_the_locked_versions():
	packages = json.loads((ASSETS / "package-lock.json").read_text())["packages"]
	wrong = {}
	for path, entry in packages.items():
		manifest = NODE_MODULES.parent / path / "package.json"
		if path and not entry.get("optional") and not entry.get("peer"):
			found = json.loads(manifest.read_text())["version"] if manifest.exists() else None
			if found != entry["version"]:
				wrong[path] = (entry["version"], found)
	assert wrong == {}


def test_everything_frappe_requires_is_locked():
	wheel = next((VAR / "downloads").glob("*.whl"))
	with zipfile.ZipFile(wheel) as archive:
		metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
		required = re.findall(r"^Requires-Dist: ([A-Za-z0-9._-]+)", archive.read(metadata).decode(), re.MULTILINE)
	locked = requirements(LOCKS / "python.txt") | requirements(LOCKS / "sources.txt")
	assert len(required) > 50
	assert [name for name in required if canonical(name) not in locked] == []


def test_bleach_cleans_styles_with_the_newer_tinycss2():
	"""bleach asks for an older tinycss2 than WeasyPrint; the lock overrides it, so its use is proved here."""
	import bleach
	from bleach.css_sanitizer import CSSSanitizer

	cleaned = bleach.clean(
		'<p style="color: red; position: fixed; background: url(x)">a</p>',
		tags={"p"},
		attributes={"p": ["style"]},
		css_sanitizer=CSSSanitizer(allowed_css_properties=["color"]),
	)
	assert cleaned == '<p style="color: red;">a</p>'
