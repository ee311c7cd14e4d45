"""Drawings of a survey's result on paper: means with their intervals, importance against performance (E-5).

Text is escaped and numbers are formatted here, so that nothing of a record can become part of the drawing.
"""

import unicodedata

from frappe.utils import escape_html, flt

WIDTH, LINE, LEFT, RIGHT = 1000, 30, 300, 60
SQUARE, MARGIN = 420, 46

WIDE = ("W", "F")
"""East Asian widths of characters that take twice as much."""

BAR, LOW, INK, GREY = "#5b9bd5", "#c0392b", "#333333", "#bbbbbb"

LINE_LENGTH, LEGEND_LENGTH = 42, 46
"""In half widths of a Chinese character, which is about what a Latin letter takes."""


def means(rows: list[dict]) -> str:
	"""A bar for each item in percent of its most points, with its interval and a mark at its limit; red below the limit.

	:param rows: ``label``, ``mean``, ``low``, ``high``, ``limit`` in percent (None for none), ``is_low``. Empty for no rows.
	"""
	if not rows:
		return ""
	parts = [_axis(len(rows))]
	for at, row in enumerate(rows):
		y = LINE * at + 10
		middle = y + LINE / 2 - 4
		parts.append(_label(middle, row["label"]))
		parts.append(_rect(LEFT, y, _x(row["mean"]) - LEFT, LINE - 10, LOW if row["is_low"] else BAR))
		if row.get("low") is not None:
			low, high = _x(row["low"]), _x(row["high"])
			parts += [
				_line(low, middle, high, middle),
				_line(low, y + 4, low, y + 16),
				_line(high, y + 4, high, y + 16),
			]
		if row.get("limit"):
			parts.append(_line(_x(row["limit"]), y - 2, _x(row["limit"]), y + LINE - 8, LOW, 2))
		parts.append(_text(WIDTH - RIGHT + 6, middle + 4, f"{row['mean']:.1f}"))
	return _svg(WIDTH, LINE * len(rows) + 34, parts)


def importance(rows: list[dict], across: str, up: str) -> str:
	"""Each item by its mean in percent (across) and its importance (up): below on the left is what calls for action first.

	:param rows: ``label``, ``mean``, ``importance`` (-1 to 1). :param across: name of that axis; up: of the other.
	"""
	if not rows:
		return ""
	size = SQUARE - 2 * MARGIN
	middle = sum(row["mean"] for row in rows) / len(rows)
	x, y = (lambda value: MARGIN + 560 * _part(value, 100)), (lambda value: MARGIN + size * (1 - _part(value + 1, 2)))
	parts = [
		_line(MARGIN, MARGIN + size, MARGIN + 560, MARGIN + size),
		_line(MARGIN, MARGIN, MARGIN, MARGIN + size),
		_line(MARGIN, y(0), MARGIN + 560, y(0), GREY),
		_line(x(middle), MARGIN, x(middle), MARGIN + size, GREY),
		_text(MARGIN + 560, MARGIN + size + 30, across, "end"),
		_text(MARGIN, MARGIN - 14, up),
	]
	for value in (0, 50, 100):
		parts.append(_text(x(value), MARGIN + size + 16, str(value), "middle"))
	for value in (-1, 0, 1):
		parts.append(_text(MARGIN - 6, y(value) + 4, str(value), "end"))
	for number, row in enumerate(rows, start=1):
		parts.append(f'<circle cx="{x(row["mean"]):.1f}" cy="{y(row["importance"]):.1f}" r="4" fill="{BAR}"/>')
		parts.append(_text(x(row["mean"]) + 6, y(row["importance"]) - 5, str(number)))
		parts.append(_text(MARGIN + 590, MARGIN + 20 * number, f"{number}  {_fit(row['label'], LEGEND_LENGTH)}"))
	return _svg(WIDTH, max(SQUARE, MARGIN + 20 * len(rows) + 20), parts)


def _axis(count: int) -> str:
	bottom = LINE * count + 8
	marks = [
		_line(_x(at), 4, _x(at), bottom, GREY) + _text(_x(at), bottom + 16, str(at), "middle")
		for at in range(0, 101, 20)
	]
	return "".join(marks)


def _x(percent: float) -> float:
	return LEFT + (WIDTH - LEFT - RIGHT) * _part(percent, 100)


def _part(value, whole: float) -> float:
	return min(max(flt(value) / whole, 0), 1)


def _label(middle: float, text: str) -> str:
	"""The words left of a bar: in one line, or in two smaller ones, shortened at their end."""
	if _length(text) <= LINE_LENGTH - 6:
		return _text(LEFT - 8, middle + 4, text, "end")
	first = _wrapped(text)
	second = _fit(text[len(first) :].strip(), LINE_LENGTH)
	return _text(LEFT - 8, middle - 2, first.strip(), "end", 12) + _text(LEFT - 8, middle + 11, second, "end", 12)


def _wrapped(text: str) -> str:
	"""As much of a text as goes into a line, to the end of a word if one ends there."""
	shown, rest = _cut(text, LINE_LENGTH)
	place = shown.rfind(" ")
	is_within_word = rest and unicodedata.east_asian_width(rest[0]) not in WIDE and not rest.startswith(" ")
	return shown[: place + 1] if is_within_word and place > 0 else shown


def _fit(text: str, most: int) -> str:
	"""A text, shortened at its end if it is longer."""
	return text if _length(text) <= most else _cut(text, most - 1)[0].rstrip() + "…"


def _cut(text: str, most: int) -> tuple[str, str]:
	length = 0
	for at, character in enumerate(text):
		length += _length(character)
		if length > most:
			return text[:at], text[at:]
	return text, ""


def _length(text: str) -> int:
	return sum(2 if unicodedata.east_asian_width(each) in WIDE else 1 for each in text)


def _rect(x: float, y: float, width: float, height: float, color: str) -> str:
	return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" fill="{color}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, color: str = INK, width: int = 1) -> str:
	return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 14) -> str:
	short = text if len(text) <= 60 else text[:59] + "…"
	return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{INK}" text-anchor="{anchor}">{escape_html(short)}</text>'


def _svg(width: int, height: float, parts: list[str]) -> str:
	return (
		f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:.0f}" width="100%" role="img">'
		f"{''.join(parts)}</svg>"
	)
