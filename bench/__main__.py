"""`python -m bench`: measure, print a table, write build/bench.json; `--report` makes the page of it."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import msgspec
from msgspec.structs import replace

from bench import compiled, ingest, machine, nautilus, pieces, readers, recorded, replay, risk, start, tick_to_order
from bench.clients import ROOT
from bench.figures import Reading, ratios, rows
from bench.page import page
from bench.plan import QUICK, Measure, Plan
from bench.report import Figures, table

PARTS = {
    "tick": tick_to_order, "ingest": ingest, "replay": replay, "compiled": compiled, "start": start,
    "pieces": pieces, "risk": risk, "readers": readers,
}  # fmt: skip
APART = {"nautilus": nautilus}
"""What is measured only when it is asked for: it installs half a gigabyte."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run what is asked for; 0."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once, with tiny counts: whether it works")
    parser.add_argument("--runs", type=int, help="runs of each (5)")
    parser.add_argument("--only", choices=PARTS | APART, action="append", help="this part; may be given again")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "bench.json", help="where the figures go")
    parser.add_argument("--report", action="store_true", help="measure nothing: docs/benchmarks.rst from the figures")
    arguments = parser.parse_args(argv)
    if arguments.report:
        figures = msgspec.json.decode(arguments.out.read_bytes(), type=Figures)
        (ROOT / "docs" / "benchmarks.rst").write_text(page(figures))
        return 0
    plan = QUICK if arguments.quick else Plan()
    figures = measure(replace(plan, runs=arguments.runs or plan.runs), arguments.only or list(PARTS))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(msgspec.json.format(msgspec.json.encode(figures)))
    print(table(figures))
    print(arguments.out)
    return 0


def measure(plan: Plan, parts: Sequence[str]) -> Figures:
    """Every part, ``plan.runs`` times, in another order each time."""
    described = {**machine.describe(), "recorded": plan.recorded and recorded.DAY.exists()}
    if not described["awake"]:
        plan = replace(plan, waits=tuple(wait for wait in plan.waits if wait != "awake"))
    every: list[Measure] = [each for part in parts for each in (PARTS | APART)[part].measures(plan)]
    readings: list[Reading] = []
    random = Random(17)
    for _ in range(plan.runs):
        random.shuffle(every)
        for run in every:
            readings += run()
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    measured = rows(readings)
    return Figures(described, plan, measured, ratios(measured))


if __name__ == "__main__":
    sys.exit(main())
