"""How long the daemon takes to be ready, and what its process keeps in memory while it trades."""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from bench.clients import trading
from bench.figures import Reading
from bench.plan import Measure, Plan
from bench.tick_to_order import closed_loop

APART = 20_000_000  # ns between ticks


def measures(plan: Plan) -> Iterator[Measure]:
    """One daemon on all cores."""
    yield partial(_run, plan)


def _run(plan: Plan) -> Sequence[Reading]:
    began = time.monotonic()
    with trading("hftd", apart=False) as (venue, client):
        started = time.monotonic() - began
        closed_loop(venue, max(1, round(plan.rested * 1e9 / APART)), (APART, APART))
        pid = client.process.pid
        office = sum(_resident(int(child)) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return [
            Reading("start/ready", "s", started),
            Reading("memory/trading process", "MB", _resident(pid) / 1e6),
            Reading("memory/back office", "MB", office / 1e6),
        ]


def _resident(pid: int) -> int:
    """Resident memory in bytes (proc(5), status)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
