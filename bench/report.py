"""All that was measured, and how it looks on a terminal."""

from typing import Any

from msgspec import Struct

from bench.figures import Ratio, Row
from bench.plan import Plan


class Figures(Struct, frozen=True):
    """All that ``build/bench.json`` holds."""

    machine: dict[str, Any]
    plan: Plan
    rows: list[Row]
    ratios: list[Ratio]


def figure(value: float) -> str:
    """Three digits that mean something; thousands set apart."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(figures: Figures) -> str:
    """Rows and ratios as text."""
    lines = [f"{'':44}{'median':>12}{'min':>12}{'max':>12}"]
    for row in figures.rows:
        numbers = "".join(f"{figure(value):>12}" for value in (row.median, row.min, row.max))
        lines.append(f"{row.name:44}{numbers}  {row.unit}")
    lines.append("")
    lines += [f"{ratio.name:56}{ratio.value:>12.2f}" for ratio in figures.ratios]
    return "\n".join(lines)
