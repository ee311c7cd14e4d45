"""The 8D report, the fishbone and the 5-why diagram (I-1, J-1): in both languages, with any number of causes, text never markup."""

import io
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import frappe
import pytest
from pypdf import PdfReader

from customer_service.controlled_forms import printing
from customer_service.improvement import drawings
from customer_service.tests.factories import make_improvement, make_improvement_action

BRANCHES = ["Man", "Machine", "Material", "Method", "Measurement", "Environment"]
LONG_CHINESE = "模具冷却水路堵塞导致局部温度过高表面产生流痕且未按规定周期清理而操作人员培训不足" * 3
LONG_WORD = "Oberflächenbeschaffenheitsprüfungsprotokoll" * 4
SVG = "{http://www.w3.org/2000/svg}"


def text_of(content: bytes) -> str:
	done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
	return done.stdout.decode()


def causes(count: int, text: str = "Cause {}") -> list[tuple[str, list]]:
	"""So many causes, spread over six branches; the first is a root cause."""
	found = [(name, []) for name in BRANCHES]
	for number in range(count):
		found[number % 6][1].append((text.format(number), number == 0))
	return found


def parsed(drawing) -> ElementTree.Element:
	return ElementTree.fromstring(drawing.svg())


def words(svg: ElementTree.Element) -> list[str]:
	return [each.text or "" for each in svg.iter(f"{SVG}text")]


@pytest.mark.parametrize("text", ["Cause {}", LONG_CHINESE + "{}", LONG_WORD + "{}", "", "原因\n第二行 {}"])
@pytest.mark.parametrize("count", [0, 1, 6, 30])
def test_fishbone_holds_any_number_of_causes(count, text):
	"""Nothing lies outside of the picture, no two texts of a side lie on each other, and it fits on a page."""
	drawing = drawings.fishbone("Occurrence Cause", LONG_CHINESE, causes(count, text))
	svg = parsed(drawing)
	assert float(svg.get("width")[:-2]) <= drawings.PAGE_WIDTH_MM
	assert float(svg.get("height")[:-2]) <= drawings.PAGE_HEIGHT_MM
	assert set(BRANCHES) <= set(words(svg))
	for each in drawing.texts:
		width = drawings.text_width(each["text"])
		left = each["x"] - (width / 2 if each["anchor"] == "middle" else 0)
		assert left >= 0 and left + width <= drawing.width + 1, each
		assert drawings.FONT <= each["y"] <= drawing.height, each
	for box in drawing.boxes:
		assert box["x"] >= 0 and box["y"] >= 0
		assert box["x"] + box["width"] <= drawing.width and box["y"] + box["height"] <= drawing.height
	assert_apart(drawing.texts)
	if count == 30 and text == "Cause {}":
		shown = {each.removeprefix("★ ") for each in words(svg)}
		assert {f"Cause {number}" for number in range(30)} <= shown
	if count and text:
		assert any(each.startswith("★") for each in words(svg))


def assert_apart(texts: list[dict]) -> None:
	"""No two lines of text that share a place across are nearer to each other than a line is high."""
	placed = []
	for each in texts:
		width = drawings.text_width(each["text"])
		left = each["x"] - (width / 2 if each["anchor"] == "middle" else 0)
		for other_left, other_right, y, text in placed:
			if left < other_right and other_left < left + width:
				assert abs(each["y"] - y) >= drawings.FONT - 1, (each["text"], text)
		placed.append((left, left + width, each["y"], each["text"]))


@pytest.mark.parametrize("count", [0, 1, 5, 30])
def test_chain_of_whys_holds_any_number(count):
	answers = [f"Because {number} {LONG_CHINESE[:40]}" for number in range(count)]
	drawing = drawings.chain("Escape Cause", LONG_WORD, answers, "Why", LONG_CHINESE, "Problem")
	svg = parsed(drawing)
	assert len(drawing.boxes) == (count or drawings.EMPTY_WHYS) + 2
	assert f"Why {count or drawings.EMPTY_WHYS}" in words(svg)
	for box in drawing.boxes:
		assert box["x"] + box["width"] <= drawing.width and box["y"] + box["height"] <= drawing.height
	assert_apart(drawing.texts)


@pytest.mark.parametrize(
	"text, expected",
	[
		("", []),
		("两个字", ["两个字"]),
		("外壳表面有划痕", ["外壳表面", "有划痕"]),
		("not wide", ["not", "wide"]),
		("Donaudampf", ["Donaud", "ampf"]),
		("a\n\nb", ["a", "b"]),
	],
)
def test_text_is_wrapped_between_words_and_chinese_characters(text, expected):
	assert drawings.wrap(text, 4 * drawings.FONT) == expected


def test_very_long_text_is_cut_with_a_sign():
	lines = drawings.wrap(LONG_CHINESE * 20, 150)
	assert len(lines) == drawings.MOST_LINES
	assert lines[-1].endswith("…")


def test_what_people_typed_is_never_markup():
	evil = "</text><script>alert(1)</script> & \"x\" 'y'"
	for drawing in (
		drawings.fishbone(evil, evil, [(evil, [(evil, True)])]),
		drawings.chain(evil, evil, [evil], evil, evil, evil),
	):
		svg = drawing.svg()
		assert "<script" not in svg
		ElementTree.fromstring(svg)


def sample(**values):
	doc = make_improvement(
		title="外壳划伤 Scratched housings",
		problem_what="外壳有划痕，共五百件。",
		occurrence_cause="托盘没有衬垫",
		escape_cause="Outgoing inspection does not look at the face",
		causes=[
			{
				"track": "Occurrence",
				"branch": "Method",
				"cause": "托盘无衬垫",
				"is_root": 1,
				"verified_how": "二十个托盘试验",
			},
			{
				"track": "Escape",
				"branch": "Measurement",
				"cause": "No check of faces",
				"is_root": 1,
				"verified_how": "Read",
			},
		],
		whys=[{"track": "Occurrence", "answer": "外壳相互摩擦"}, {"track": "Occurrence", "answer": "托盘没有衬垫"}],
		deployments=[{"area": "Product", "where_else": "Cover C-2", "applies": "Yes", "action": "Same trays"}],
		**values,
	)
	make_improvement_action(doc.name, action_type="Containment", description="封存库存")
	make_improvement_action(doc.name)
	return frappe.get_doc("Improvement", doc.name)


@pytest.mark.parametrize(
	"language, has, has_not",
	[
		(
			"zh",
			["纠正预防措施报告", "D4 原因分析", "发生原因", "方法", "围堵"],
			["Corrective and Preventive", "D4 Causes"],
		),
		("en", ["8D Report", "D4 Causes", "Occurrence Cause", "Measurement"], ["纠正预防措施报告", "发生原因"]),
		("both", ["纠正预防措施报告", "8D Report", "D4 原因分析 D4 Causes", "测量 Measurement"], []),
	],
)
def test_8d_report_in_each_language(language, has, has_not):
	doc = sample()
	text = text_of(printing.render_pdf("Improvement", doc.name, language=language))
	typed = [
		"外壳有划痕",
		"托盘无衬垫",
		"No check of faces",
		"封存库存",
		"Line the trays with foam",
		"Cover C-2",
		"二十个托盘试验",
	]
	numbers = [row.name for row in doc.actions_of()]
	for expected in (doc.name, "CR-8D", "A/0", *typed, *numbers, *has):
		assert expected in text, expected
	for unexpected in has_not:
		assert unexpected not in text, unexpected


@pytest.mark.parametrize("count", [0, 1, 6, 30])
def test_report_prints_with_any_number_of_causes(count):
	rows = [
		{"track": "Occurrence", "branch": BRANCHES[number % 6], "cause": f"原因{number:02d}号 {LONG_CHINESE[:30]}"}
		for number in range(count)
	]
	doc = make_improvement(causes=rows)
	content = printing.render_pdf("Improvement", doc.name, language="zh")
	text = text_of(content)
	for number in range(count):
		assert text.count(f"原因{number:02d}号") == 2, number  # once drawn, once in the table
	pages = len(PdfReader(io.BytesIO(content)).pages)
	assert re.search(rf"1 ?/ ?{pages}", text)


def test_second_round_prints_its_own_drawing_and_the_first_in_the_table():
	doc = sample()
	doc.append(
		"rounds",
		{
			"round": 1,
			"occurrence_cause": "First thought",
			"effectiveness_note": "Again",
			"effectiveness_result": "Not Effective",
		},
	)
	doc.round = 2
	text = text_of(printing.html_to_pdf(printing.render_html(doc, language="en")))
	for expected in ("Earlier Rounds", "First thought", "Again"):
		assert expected in text
	assert text.count("No check of faces") == 1  # in the table of all rounds, no longer in the drawing


def test_empty_form_has_room_to_write():
	text = text_of(printing.render_blank("CR-8D", "both"))
	for expected in ("纠正预防措施报告", "D1 小组 D1 Team", "为什么 Why 5", "人员 Man", "____"):
		assert expected in text, expected


def test_form_gets_drawings_and_actions_from_the_server():
	doc = sample()
	doc.run_method("onload")
	assert doc.get_onload("fishbone").count("<svg") == 2
	assert doc.get_onload("whys").count("<svg") == 2
	assert all(row.name in doc.get_onload("actions_html") for row in doc.actions_of())
	frappe.db.set_value("Improvement Action", doc.actions_of()[0].name, "description", "<img src=x onerror=alert(1)>")
	doc.run_method("onload")
	assert "<img" not in doc.get_onload("actions_html")
