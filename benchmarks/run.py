"""Runs the benchmarks and writes results.json and the table in README.md.

	./run benchmarks            all of them
	./run benchmarks B5 B9      some
	./run benchmarks B1 --verbose    with the lists of SQL statements

Needs the tests' bench (CS_BENCH, CS_SITE); the command above starts it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import signal
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import frappe  # noqa: E402

from benchmarks import protocol, registers  # noqa: E402

MODULES = {
	"B1": "benchmarks.b1_complaint_insert",
	"B3": "benchmarks.b3_import",
	"B4": "benchmarks.b4_sweep",
	"B5": "benchmarks.b5_deadline",
	"B6": "benchmarks.b6_survey",
	"B7": "benchmarks.b7_reports",
	"B7S": "benchmarks.b7_surveys",
	"B8": "benchmarks.b8_list",
	"B9": "benchmarks.b9_pdf",
	"B10": "benchmarks.b10_opinion",
	"B11": "benchmarks.b11_order",
	"B12": "benchmarks.b12_survey_processes",
	"B13": "benchmarks.b13_property",
	"B14": "benchmarks.b14_invitations",
	"GROWTH": "benchmarks.growth",
}
RESULTS, README = HERE / "results.json", HERE / "README.md"
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


def main() -> int:
	arguments = parse()
	signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up, as after Ctrl-C
	if arguments.quick:
		protocol.QUICK = True
	connect()
	try:
		results = []
		for number, key in enumerate(arguments.ids, 1):
			print(f"[{number}/{len(arguments.ids)}] {key}", flush=True)
			begun = time.monotonic()
			found = []
			for result in importlib.import_module(MODULES[key]).run(verbose=arguments.verbose):
				found.append(result)
				if not arguments.quick:
					write(found, key)  # what was measured stays, whatever happens to the rest
			results += found
			print(f"  {time.monotonic() - begun:.0f} s", flush=True)
	finally:
		registers.restore()
		frappe.db.rollback()
		frappe.destroy()
	if arguments.quick:
		print("\n" + table([result.as_dict() for result in results]))
		return 0
	print("\n" + table(json.loads(RESULTS.read_text(encoding="utf-8"))))
	return 0


def parse() -> argparse.Namespace:
	parser = argparse.ArgumentParser(prog="./run benchmarks", description="Compare the app's speed with a plain way.")
	parser.add_argument(
		"ids", nargs="*", metavar="id", type=str.upper, help=f"some of {', '.join(MODULES)}; all if none"
	)
	parser.add_argument("-v", "--verbose", action="store_true", help="print the SQL statements that are counted")
	parser.add_argument("--quick", action="store_true", help="a few small rounds to see that they work; writes nothing")
	arguments = parser.parse_args()
	unknown = [key for key in arguments.ids if key not in MODULES]
	if unknown:
		parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(MODULES)}")
	missing = [name for name in ("CS_BENCH", "CS_SITE") if not os.environ.get(name)]
	if missing:
		parser.error(f"{' and '.join(missing)} not set; start me by ./run benchmarks")
	arguments.ids = arguments.ids or list(MODULES)
	return arguments


def connect() -> None:
	"""Into the test site as Administrator, with the profile and the people that the tests use."""
	os.chdir(Path(os.environ["CS_BENCH"]) / "sites")
	frappe.init(site=os.environ["CS_SITE"])
	frappe.connect()
	frappe.set_user("Administrator")
	from customer_service.organisation import presets
	from customer_service.tests import factories

	registers.restore()  # a run that was killed may have left the site without its own tables
	presets.load("P1")
	factories.make_people()
	frappe.db.commit()


def write(results: list, key: str) -> list[dict]:
	"""Put the new results of one benchmark in the place of its old ones; returns all."""
	known = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
	kept = [row for row in known if row["id"].split()[0].upper() != key]
	rounded = [
		{key: round(value, 5) if isinstance(value, float) else value for key, value in result.as_dict().items()}
		for result in results
	]
	everything = sorted([*kept, *rounded], key=_place)
	RESULTS.write_text(json.dumps(everything, indent="\t", ensure_ascii=False) + "\n", encoding="utf-8")
	text = README.read_text(encoding="utf-8")
	before, _begin, rest = text.partition(BEGIN)
	_old, _end, after = rest.partition(END)
	README.write_text(f"{before}{BEGIN}\n\n{table(everything)}\n{END}{after}", encoding="utf-8")
	return everything


def _place(row: dict) -> tuple:
	"""The B's by their number, what has a letter behind it after those without, then the others."""
	key = row["id"].split()[0]
	number = key[1:].rstrip("S")
	return (0, int(number), key) if number.isdigit() else (1, key)


def table(rows: list[dict]) -> str:
	lines = ["| # | ours / theirs | ratio | 95 % interval | control | goal | met | note |", "| --- |" + " --- |" * 7]
	for row in rows:
		lines.append(
			f"| {row['id']} | {row['what']} | {figure(row['ratio'])} | {figure(row['low'])}–{figure(row['high'])} "
			f"| {row['control']:.3f} | {row['goal']} | {'yes' if row['met'] else '**no**'} | {row['note']} |"
		)
	return "\n".join(lines) + "\n"


def figure(ratio: float) -> str:
	"""A ratio as people compare it with its goal: 1.07, or 1/52."""
	return f"{ratio:.2f}" if ratio >= 0.5 else f"1/{1 / ratio:.3g}"


if __name__ == "__main__":
	sys.exit(main())
