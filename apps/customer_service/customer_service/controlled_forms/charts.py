"""Charts on paper: the desk draws a report's chart in the browser, a print gets the same figures as SVG made here (F-11).

Text is escaped and numbers are formatted here, so that nothing of a record can become part of the drawing.
"""

from math import ceil, floor, log10

from frappe.utils import cint, escape_html, flt

COLORS = ("#5b9bd5", "#e07b39", "#70ad47", "#a25ddc", "#d4b13f", "#4fb0ae", "#8c8c8c", "#c2507a")
WIDTH, HEIGHT = 1000, 330
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 34, 58
LONGEST = 16
"""Characters of a label under the axis."""


def svg(chart: dict | None) -> str:
	"""The chart of a report (Frappe's ``bar``, stacked or not, ``line`` and ``axis-mixed``) as an SVG element; empty for none."""
	if not chart or not chart["data"]["labels"]:
		return ""
	return _Drawing(chart).draw()


class _Drawing:
	def __init__(self, chart: dict):
		self.labels = [str(label) for label in chart["data"]["labels"]]
		self.series = chart["data"]["datasets"]
		self.kind = chart.get("type")
		self.is_stacked = bool(cint((chart.get("barOptions") or {}).get("stacked")))
		self.colors = [*(chart.get("colors") or ()), *COLORS[len(chart.get("colors") or ()) :], *COLORS]
		self.top, self.steps = self.scale()

	def is_line(self, series: dict) -> bool:
		return (series.get("chartType") or self.kind) == "line"

	def values(self, series: dict) -> list[float]:
		return [max(flt(value), 0) for value in series["values"]]

	def scale(self) -> tuple[float, int]:
		"""The top of the axis, and into how many steps it is parted: a round number each."""
		bars = [self.values(series) for series in self.series if not self.is_line(series)]
		sums = [sum(values) for values in zip(*bars, strict=True)] if self.is_stacked else []
		highest = max([value for series in self.series for value in self.values(series)] + sums + [1])
		size = 10 ** floor(log10(highest / 4)) if highest > 4 else 1
		step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor * 5 >= highest)
		steps = ceil(highest / step)
		return step * steps, steps

	def x(self, place: float) -> float:
		return LEFT + (WIDTH - LEFT - RIGHT) * place / len(self.labels)

	def y(self, value: float) -> float:
		return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.top

	def draw(self) -> str:
		parts = [*self.axis(), *self.names(), *self.bars(), *self.lines(), *self.legend()]
		return (
			f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img">'
			f"{''.join(parts)}</svg>"
		)

	def axis(self):
		for number in range(self.steps + 1):
			value = self.top * number / self.steps
			y = self.y(value)
			yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd" stroke-width="1"/>'
			yield _text(LEFT - 6, y + 4, f"{value:g}", "end")

	def names(self):
		every = ceil(len(self.labels) / 24)  # more would stand on top of each other
		for place, label in enumerate(self.labels):
			if place % every == 0:
				short = label if len(label) <= LONGEST else label[: LONGEST - 1] + "…"
				x, y = self.x(place + 0.5), HEIGHT - BOTTOM + 16
				yield _text(x, y, short, "middle" if len(self.labels) <= 8 else "end", len(self.labels) > 8)

	def bars(self):
		shown = [(place, series) for place, series in enumerate(self.series) if not self.is_line(series)]
		width = (self.x(1) - self.x(0)) * 0.7
		bases = [0.0] * len(self.labels)
		for number, (place, series) in enumerate(shown):
			each = width if self.is_stacked else width / len(shown)
			offset = 0 if self.is_stacked else each * number
			for at, value in enumerate(self.values(series)):
				base = bases[at] if self.is_stacked else 0
				x = self.x(at + 0.5) - width / 2 + offset
				height = self.y(base) - self.y(base + value)
				yield (
					f'<rect x="{x:.1f}" y="{self.y(base + value):.1f}" width="{each:.1f}" height="{height:.1f}"'
					f' fill="{_color(self.colors[place])}"/>'
				)
				bases[at] += value if self.is_stacked else 0

	def lines(self):
		for place, series in enumerate(self.series):
			if self.is_line(series):
				color = _color(self.colors[place])
				points = [(self.x(at + 0.5), self.y(value)) for at, value in enumerate(self.values(series))]
				path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
				yield f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>'
				yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{color}"/>' for x, y in points)

	def legend(self):
		x = LEFT
		for place, series in enumerate(self.series):
			name = str(series.get("name") or "")
			yield f'<rect x="{x:.1f}" y="8" width="11" height="11" fill="{_color(self.colors[place])}"/>'
			yield _text(x + 16, 18, name)
			x += 34 + sum(13 if ord(letter) > 0x2E80 else 7 for letter in name)


def _text(x: float, y: float, text: str, anchor: str = "start", is_turned: bool = False) -> str:
	turned = f' transform="rotate(-35 {x:.1f} {y:.1f})"' if is_turned else ""
	return (
		f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" fill="#333" text-anchor="{anchor}"{turned}>'
		f"{escape_html(text)}</text>"
	)


def _color(color: str) -> str:
	"""A colour of the form #rrggbb; anything else is grey."""
	return color if len(color) == 7 and color[0] == "#" and color[1:].isalnum() else "#8c8c8c"
