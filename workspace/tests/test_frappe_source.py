"""Frappe's source is Frappe's: every name put back, and the one that is imported."""

import importlib.util
import zipfile
from pathlib import Path

import frappe
import pytest

from workspace import frappe_source
from workspace.console import WorkspaceError
from workspace.paths import APPS


def test_no_replaced_name_is_left_in_any_file_or_path():
	left = []
	for path in (APPS / "frappe" / "frappe").rglob("*"):
		if "node_modules" in path.parts or "dist" in path.parts:
			continue
		renamed = "crisco" in path.name.lower() or "brik_helper" in path.name
		if renamed or (path.is_file() and b"crisco" in path.read_bytes().lower()):
			left.append(str(path))
	assert left == []


def test_import_frappe_is_the_workspace_copy_and_whole():
	assert Path(frappe.__file__).is_relative_to(APPS / "frappe")
	assert frappe.__version__.startswith("15.")
	assert importlib.util.find_spec("frappe.utils.bench_helper"), "the renamed file"
	files = sum(1 for _ in (APPS / "frappe" / "frappe").rglob("*.py"))
	assert files > 1000, "the unfolded source is not whole"


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
	path = tmp_path / "criscostack-1.0.0-py3-none-any.whl"
	with zipfile.ZipFile(path, "w") as archive:
		archive.writestr("criscostack/utils/brik_helper.py", "import criscostack  # CriscoStack, CriscoERP")
		archive.writestr("criscostack/public/logo.png", b"\xff\xd8criscostack")
		archive.writestr("criscostack-1.0.0.dist-info/METADATA", "Name: criscostack")
	return path


def test_unfold_puts_names_back_in_texts_and_paths_but_not_in_binaries(wheel: Path, tmp_path: Path):
	frappe_source.unfold(wheel, tmp_path / "out")
	files = {str(file.relative_to(tmp_path / "out")) for file in (tmp_path / "out").rglob("*") if file.is_file()}
	assert files == {"frappe/utils/bench_helper.py", "frappe/public/logo.png"}
	helper = tmp_path / "out" / "frappe/utils/bench_helper.py"
	assert helper.read_text() == "import frappe  # Frappe, ERPNext"
	assert (tmp_path / "out" / "frappe/public/logo.png").read_bytes() == b"\xff\xd8criscostack"


def test_unfold_refuses_a_member_outside_the_folder(wheel: Path, tmp_path: Path):
	with zipfile.ZipFile(wheel, "a") as archive:
		archive.writestr("criscostack/../../../outside.py", "x")
	with pytest.raises(WorkspaceError, match="outside"):
		frappe_source.unfold(wheel, tmp_path / "out")
	assert not (tmp_path.parent / "outside.py").exists()
