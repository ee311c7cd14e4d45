"""Fishbone and 5-why of an improvement as SVG, made on the server: for the form and for prints alike (I-1).

Sizes are in pixels of the drawing, which is scaled to the width of a page. Text is measured by a rule of thumb: a Chinese character is
as wide as high, a Latin one about half; so no font need be opened, and a line may at most be a little shorter than its place.
"""

import re
import unicodedata
from dataclasses import dataclass, field

import frappe

from customer_service import compat
from customer_service.controlled_forms.layout import in_language
from customer_service.improvement import rounds

FONT = 14
LINE = 18
PAD = 8

PAGE_WIDTH_MM = 178
PAGE_HEIGHT_MM = 215
"""What an A4 page of a controlled form has room for; no drawing is torn over two pages."""

COLUMN = 268
TEXT_WIDTH = 196
SLANT = 44
LABEL_HEIGHT = 30
HEAD_WIDTH = 190
LEAST_BONE = 110

BOX_WIDTH = 150
BOX_GAP = 24
PER_ROW = 6
EMPTY_WHYS = 5

MOST_LINES = 8
"""The whole text stands in the table; the drawing shows as much as can be taken in."""

INK, GREY, RED, PAPER = "#222222", "#8a8a8a", "#b41e1e", "#f3f3f3"

TRACKS = (("Occurrence", "occurrence_cause", "Occurrence Cause"), ("Escape", "escape_cause", "Escape Cause"))

TOKEN = re.compile(r"\s+|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+|.")


@dataclass
class Drawing:
	"""Lines, boxes and texts of one picture, in the order in which they are painted."""

	title: str
	lines: list[dict] = field(default_factory=list)
	boxes: list[dict] = field(default_factory=list)
	arrows: list[str] = field(default_factory=list)
	texts: list[dict] = field(default_factory=list)
	width: float = 0
	height: float = 0

	def line(self, x1: float, y1: float, x2: float, y2: float, width: float = 1, colour: str = INK) -> None:
		self.lines.append({"x1": x1, "y1": y1, "x2": x2, "y2": y2, "width": width, "colour": colour})

	def box(self, x: float, y: float, width: float, height: float, colour: str = INK) -> None:
		self.boxes.append({"x": x, "y": y, "width": width, "height": height, "colour": colour})

	def arrow(self, x: float, y: float) -> None:
		"""An arrow head that points to the right, its tip at the place."""
		self.arrows.append(f"{x},{y} {x - 9},{y - 5} {x - 9},{y + 5}")

	def write(self, x: float, y: float, lines: list[str], colour: str = INK, bold: bool = False, middle: bool = False):
		"""Lines of text; `y` is the top of the first."""
		for number, line in enumerate(lines):
			self.texts.append(
				{
					"x": x,
					"y": y + number * LINE + FONT,
					"text": line,
					"colour": colour,
					"weight": "bold" if bold else "normal",
					"anchor": "middle" if middle else "start",
				}
			)

	def svg(self) -> str:
		"""The picture; every text is escaped."""
		scale = min(PAGE_WIDTH_MM / self.width, PAGE_HEIGHT_MM / self.height)
		return frappe.render_template(
			"customer_service/templates/improvement/drawing.html",
			{
				"drawing": self,
				"font": FONT,
				"face": compat.print_face().replace('"', "'"),
				"paper": PAPER,
				"width_mm": round(self.width * scale, 1),
				"height_mm": round(self.height * scale, 1),
			},
			safe_render=False,
		)


def text_width(text: str) -> float:
	"""How wide a text will be, roughly, in pixels."""
	return sum(FONT if unicodedata.east_asian_width(each) in "WFA" else FONT * _share(each) for each in text)


def _share(character: str) -> float:
	return 0.72 if character.isupper() or character in "mwMW@%" else 0.56


def wrap(text: str, width: float) -> list[str]:
	"""The text in lines of at most this width: between words, between Chinese characters, and within a word that is too long."""
	lines = []
	for paragraph in (text or "").strip().splitlines():
		line = ""
		for token in TOKEN.findall(paragraph):
			for part in [token] if text_width(token) <= width else token:
				if line and text_width(line + part) > width:
					lines.append(line.rstrip())
					line = ""
				line = (line + part).lstrip()
		lines.append(line.rstrip())
		if len(lines) > MOST_LINES:
			break
	lines = [line for line in lines if line]
	if len(lines) > MOST_LINES:
		lines = [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1][:-1] + "…"]
	return lines


def fishbone_of(doc, form=None) -> str:
	"""The fishbones of the present round, one for why it came about and one for why it got out, as SVG.

	:param form: what a layout got from `cs_form`; labels are in its languages, in the user's without one.
	"""
	causes = rounds.present(doc, "causes")
	drawn = []
	for track, _fieldname, title in TRACKS:
		rows = [row for row in causes if row.track == track]
		if track == "Escape" and not rows and causes:
			continue  # nobody has looked for it yet
		branches = [
			(label(name, form), [(row.cause, bool(row.is_root)) for row in rows if row.branch == name])
			for name in _branches(rows)
		]
		drawn.append(fishbone(label(title, form), doc.problem_what or "", branches).svg())
		if not causes:
			break
	return "\n".join(drawn)


def _branches(rows: list) -> list[str]:
	"""The active branches in their order, and those that are no longer active but have a cause."""
	active = frappe.get_all("Cause Branch", {"is_active": 1}, pluck="name", order_by="position asc, name asc")
	return list(dict.fromkeys([*active, *(row.branch for row in rows if row.branch)]))


def fishbone(title: str, effect: str, branches: list[tuple[str, list[tuple[str, bool]]]]) -> Drawing:
	"""A fishbone: causes in their branches, above and below the spine by turns, and the effect at its head.

	:param branches: (name, [(cause, whether it is a root cause), …]), in order.
	"""
	drawing = Drawing(title)
	wrapped = [
		(name, [(wrap(("★ " if is_root else "") + cause, TEXT_WIDTH), is_root) for cause, is_root in causes])
		for name, causes in branches
	]
	above = max([LEAST_BONE, *(_bone_height(causes) for _name, causes in wrapped[0::2])])
	below = max([LEAST_BONE, *(_bone_height(causes) for _name, causes in wrapped[1::2])])
	columns = max(1, (len(wrapped) + 1) // 2)
	head = wrap(effect, HEAD_WIDTH - 2 * PAD)
	head_height = max(3, len(head)) * LINE + 2 * PAD
	spine = PAD + LINE + max(above, head_height / 2)
	end = PAD + columns * COLUMN + 20
	drawing.width = end + HEAD_WIDTH + PAD
	drawing.height = spine + max(below, head_height / 2) + PAD
	drawing.write(PAD, PAD - 4, [title], bold=True)
	drawing.line(PAD, spine, end, spine, width=3)
	drawing.arrow(end, spine)
	drawing.box(end, spine - head_height / 2, HEAD_WIDTH, head_height)
	drawing.write(end + PAD, spine - len(head) * LINE / 2, head, bold=True)
	for number, (name, causes) in enumerate(wrapped):
		joint = PAD + (number // 2 + 1) * COLUMN - 6
		_draw_bone(drawing, joint, spine, above if number % 2 == 0 else -below, name, causes)
	return drawing


def _bone_height(causes: list) -> float:
	return LABEL_HEIGHT + sum(len(lines) * LINE + PAD for lines, _is_root in causes) + PAD


def _draw_bone(drawing: Drawing, joint: float, spine: float, height: float, name: str, causes: list) -> None:
	"""One branch: a slanting bone that meets the spine at `joint`; `height` is negative below the spine."""
	outer = spine - height
	tip = outer + LABEL_HEIGHT if height > 0 else outer - LABEL_HEIGHT
	start = joint - SLANT
	drawing.line(start, tip, joint, spine, width=2)
	drawing.box(start - 70, min(outer, tip), 140, LABEL_HEIGHT - 4)
	drawing.write(start, min(outer, tip) + 4, [_fitting(name, 132)], bold=True, middle=True)
	y = tip if height > 0 else spine + PAD
	for lines, is_root in causes:
		foot = y + len(lines) * LINE + 4
		bone = joint - SLANT * abs(foot - spine) / abs(tip - spine)
		drawing.write(bone - TEXT_WIDTH - 6, y + 1, lines, colour=RED if is_root else INK, bold=is_root)
		drawing.line(bone - TEXT_WIDTH - 6, foot, bone, foot, colour=RED if is_root else GREY)
		y = foot + PAD - 4


def _fitting(text: str, width: float) -> str:
	lines = wrap(text, width)
	return lines[0] + ("…" if len(lines) > 1 else "") if lines else ""


def whys_of(doc, form=None) -> str:
	"""The 5-why chains of the present round as SVG: why it came about, and why it got out. See `fishbone_of`."""
	rows = rounds.present(doc, "whys")
	drawn = []
	for track, fieldname, title in TRACKS:
		answers = [row.answer for row in sorted(rows, key=lambda row: (row.why_no or 0, row.idx)) if row.track == track]
		why, root = label("Why", form), doc.get(fieldname) or ""
		drawn.append(
			chain(label(title, form), doc.problem_what or "", answers, why, root, label("Problem", form)).svg()
		)
	return "\n".join(drawn)


def chain(title: str, problem: str, answers: list[str], why: str, root: str, start: str) -> Drawing:
	"""A chain of boxes from the problem through its whys to the cause; empty boxes where nothing has been answered."""
	boxes = [(start, problem)]
	boxes += [(f"{why} {number}", answer) for number, answer in enumerate(answers or [""] * EMPTY_WHYS, start=1)]
	boxes.append((title, root))
	drawing = Drawing(title)
	drawing.write(PAD, PAD - 4, [title], bold=True)
	drawing.width = 2 * PAD + PER_ROW * BOX_WIDTH + (PER_ROW - 1) * BOX_GAP
	y = PAD + LINE + 2
	for first in range(0, len(boxes), PER_ROW):
		row = [
			(wrap(head, BOX_WIDTH - 2 * PAD), wrap(text, BOX_WIDTH - 2 * PAD))
			for head, text in boxes[first : first + PER_ROW]
		]
		height = max(len(head) + max(2, len(text)) for head, text in row) * LINE + 2 * PAD
		for place, (head, text) in enumerate(row):
			x = PAD + place * (BOX_WIDTH + BOX_GAP)
			is_last = first + place == len(boxes) - 1
			colour = RED if is_last else INK
			drawing.box(x, y, BOX_WIDTH, height, colour=colour)
			drawing.write(x + PAD, y + PAD - 2, head, colour=RED if is_last else GREY)
			drawing.write(x + PAD, y + PAD + len(head) * LINE, text, colour=colour, bold=is_last)
			if not is_last and place < PER_ROW - 1:
				drawing.line(x + BOX_WIDTH, y + height / 2, x + BOX_WIDTH + BOX_GAP, y + height / 2, width=1.5)
				drawing.arrow(x + BOX_WIDTH + BOX_GAP - 1, y + height / 2)
		y += height + 14
	drawing.height = y
	return drawing


def label(text: str, form=None) -> str:
	"""A text in the languages of a form, not yet escaped."""
	languages = form.languages if form else (frappe.local.lang,)
	return " ".join(dict.fromkeys(in_language(language, text) for language in languages))
