"""The table at the end: how often the daemon died where, and what was wrong afterwards."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from crashproof.audit import ABOUT, ITEMS
from crashproof.boundaries import BOUNDARIES
from crashproof.deaths import INSTANT
from crashproof.trial import Outcome

SHOWN = 20  # findings of a venue told in words


def line(outcome: Outcome) -> str:
    """One venue in one line, and what was wrong in more."""
    done = f"{outcome.lives} lives, {outcome.orders:,} orders, {outcome.seconds:.0f} s"
    told = [f"\n    {each.item}: {each.text}" for each in outcome.findings[:SHOWN]]
    return f"venue {Path(outcome.folder).name}: {done}, {len(outcome.findings)} findings{''.join(told)}"


def table(outcomes: Sequence[Outcome], seconds: float) -> str:
    """Kills by boundary, what was lived through, and every item of the claim with its count."""
    kills: Counter[str] = sum((outcome.kills for outcome in outcomes), Counter())
    abouts = {INSTANT: "killed from outside, wherever it was"} | {name: b.about for name, b in BOUNDARIES.items()}
    lines = [f"{name:16} {kills[name]:7,}  {about}" for name, about in abouts.items() if kills[name]]
    lines.append("")
    figures = {
        "kills": kills.total(),
        "lives": sum(outcome.lives for outcome in outcomes),
        "cancel-all": sum(outcome.tidied for outcome in outcomes),
        "venues": len(outcomes),
        "orders": sum(outcome.orders for outcome in outcomes),
        "fills": sum(outcome.fills for outcome in outcomes),
        "records": sum(outcome.records for outcome in outcomes),
    }
    lines += [f"{name:16} {figure:7,}" for name, figure in figures.items()]
    lines += [f"{'seconds':16} {seconds:7,.0f}", ""]
    wrong = Counter(finding.item for outcome in outcomes for finding in outcome.findings)
    lines += [f"{item:16} {wrong[item]:7,}  {ABOUT[item]}" for item in ITEMS]
    return "\n".join(lines)
