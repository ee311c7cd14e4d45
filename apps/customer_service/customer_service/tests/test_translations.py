"""Everything that a user can see has its Chinese (G-2), and nothing in the file is left over."""

import csv
import json
import re

import pytest

from customer_service.tests import translatable
from customer_service.tests.translatable import APP

CSV = APP / "translations/zh.csv"
PLACEHOLDER = re.compile(r"\{\w*\}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")

SAME_IN_BOTH = frozenset()
"""Texts that Chinese writes as English does; they need no line in the file."""


def rows() -> list[list[str]]:
	with CSV.open(encoding="utf-8", newline="") as file:
		return list(csv.reader(file))


def chinese() -> dict[str, str]:
	return {row[0]: row[1] for row in rows()}


def test_every_text_has_its_chinese():
	known = chinese()
	missing = {
		text: sorted(files)
		for text, files in translatable.collect().items()
		if text not in known and text not in SAME_IN_BOTH
	}
	assert not missing, "\n".join(f"{text!r} in {', '.join(files)}" for text, files in sorted(missing.items()))


def test_every_translation_is_of_a_text_that_occurs():
	unused = set(chinese()) - set(translatable.collect())
	assert not unused, sorted(unused)


def test_every_translation_is_chinese():
	wrong = [source for source, text in chinese().items() if not CHINESE.search(text)]
	assert not wrong, wrong


def test_placeholders_are_the_same_in_both_languages():
	wrong = [
		(source, text)
		for source, text in chinese().items()
		if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(text))
	]
	assert not wrong, wrong


def test_file_is_sorted_and_has_each_text_once():
	keys = [(row[0], row[2]) for row in rows() if len(row) == 3]
	assert len(keys) == len(rows()), "every line is source, translation, context"
	assert keys == sorted(set(keys))


def test_frappe_reads_the_file():
	from frappe.translate import get_translation_dict_from_file

	assert get_translation_dict_from_file(str(CSV), "zh", "customer_service", throw=True) == chinese()


@pytest.mark.parametrize("path", sorted((APP / "presets").glob("*.json")), ids=lambda path: path.stem)
def test_every_name_in_a_preset_has_its_chinese(path):
	"""Departments, topics and classes are the site's records: the preset itself brings their Chinese."""
	content = json.loads(path.read_text(encoding="utf-8"))
	named = {
		record["name"]
		for record in content["records"]
		if record["doctype"] in ("Service Department", "Communication Topic", "Complaint Class", "Customer Class")
	}
	missing = named - set(content["translations"]["zh"])
	assert not missing, sorted(missing)


@pytest.mark.parametrize(
	"source, texts",
	[
		('__("A plain one")', ["A plain one"]),
		("__(\n\t'Over lines',\n\t[x])", ["Over lines"]),
		("__(`In backticks`)", ["In backticks"]),
		('{{ cs_label("Customer\'s Demand", form) }}', ["Customer's Demand"]),
		('{{ _("One") }} {{ _("Two", language) }}', ["One", "Two"]),
		('{% for line in ("Left", "Right") %}', ["Left", "Right"]),
		("frappe.__dict__('no') + my_('no') + __(variable)", []),
	],
)
def test_collector_finds_literals_in_scripts(source, texts):
	assert list(translatable.of_script(source)) == texts


@pytest.mark.parametrize(
	"source, texts",
	[
		('frappe.throw(_("One {0}").format(1))', ["One {0}"]),
		('_("First half, " "second half")', ["First half, second half"]),
		("_(name)", []),
		('{"label": "Shown", "fieldtype": "Data", "description": "Help"}', ["Shown", "Help"]),
	],
)
def test_collector_finds_literals_in_python(source, texts):
	assert list(translatable.of_python(source)) == texts
