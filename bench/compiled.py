"""Compiled replay: events a second of decisions, fills and figures together, beside a loop written by hand.

`python -m bench.compiled TAPE EVENTS` plays the tape, repeated until it has that many events, in a fresh process.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numba
import numpy as np
from msgspec.structs import replace

from bench.clients import ROOT
from bench.figures import Reading
from bench.plan import Measure, Plan
from bench.recorded import tape
from hftd.config.schema import Config
from hftd.lab.compiled.columns import Columns, Trades
from hftd.lab.compiled.model import compile_model
from hftd.lab.compiled.outcome import Outcome, play
from hftd.lab.compiled.reading import read
from hftd.lab.compiled.sessions import Stretch, stretches
from hftd.plugin import host
from hftd.plugin.blueprint import blueprints
from hftd.runtime.office.day_table import make_schedule
from hftd.venues.exchange_calendar import trading_days

DAY = 86_400_000_000_000
PASSES = 5  # of a process: their median counts


def measures(plan: Plan) -> Iterator[Measure]:
    """One process, which measures all."""
    yield partial(_run, plan)


def _run(plan: Plan) -> Sequence[Reading]:
    with TemporaryDirectory(prefix="hftd-bench-") as folder:
        path = tape(Path(folder), plan.rows, recorded=plan.recorded)
        command = [sys.executable, "-m", "bench.compiled", str(path), str(plan.tiled)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    return [
        Reading("compiled/hftd/rate", "events/s", said["events"] / said["seconds"]),
        Reading("compiled/by hand/rate", "events/s", said["events"] / said["by hand"]),
        Reading("compiled/hftd/machine code", "s", said["machine code"]),
    ]


def measure(path: Path, events: int) -> dict[str, Any]:
    """Seconds of one pass each way, once the machine code is made, and of making it."""
    columns, sessions = _tiled(read([path], "SPY"), events)
    plans = blueprints(Config(), host.load(ROOT / "plugins"), ROOT / "hftd.toml")
    plan = next(plan for plan in plans if plan.name == "volume_modulo")
    began = time.perf_counter()
    compiled = compile_model(plan)
    play(compiled, columns, ())
    ready = time.perf_counter()
    by_hand = _by_hand(columns, sessions)
    by_hand()
    _same(play(compiled, columns, sessions), by_hand())
    return {
        "events": len(columns),
        "machine code": ready - began,
        "seconds": _median(partial(play, compiled, columns, sessions)),
        "by hand": _median(by_hand),
    }


def _tiled(once: Columns, events: int) -> tuple[Columns, list[Stretch]]:
    """The tape again and again, a day later each time, until it has so many events; and its sessions."""
    day = datetime.fromtimestamp(int(once.trades.at[0]) / 1e9, UTC).date()
    found = stretches(make_schedule(trading_days(day, day + timedelta(days=1)), Config().session))
    sessions, times = list(found)[:1], ceil(events / len(once))
    at = np.concatenate([once.trades.at + number * DAY for number in range(times)])
    trades = Trades(at, at, *(np.tile(each, times) for each in (once.trades.price, once.trades.size, once.trades.sets)))
    columns = replace(once, trades=trades, is_quote=np.tile(once.is_quote, times))
    return columns, [
        Stretch(*(moment + number * DAY for moment in (each.start, each.last, each.end)))
        for number in range(times)
        for each in sessions
    ]


def _by_hand(columns: Columns, sessions: Sequence[Stretch]) -> Callable[[], tuple[int, float, float]]:
    at = columns.trades.at
    spans = np.array([[np.searchsorted(at, edge) for edge in (s.start, s.last, s.end)] for s in sessions])

    @numba.njit
    def loop(price: Any, size: Any, sets: Any, spans: Any, last: float) -> tuple[int, float, float]:
        decided, held, cash = 0, 0.0, 0.0
        for number in range(len(spans)):
            first, until, end = spans[number]
            wanted = 0.0
            for i in range(first, end):
                if i == until:
                    wanted = 0.0
                if wanted != 0.0 and sets[i]:
                    held += wanted
                    cash -= wanted * price[i]
                    wanted = 0.0
                if size[i] < 1:
                    continue
                signed = -5.0 if size[i] % 17 == 0 else 5.0 if size[i] % 31 == 0 else 0.0
                if signed != 0.0:
                    decided += 1
                    if i < until:
                        wanted += signed
        return decided, held, cash + held * last

    trades = columns.trades
    return partial(loop, trades.price, trades.size, trades.sets, spans, columns.last)


def _same(ours: Outcome, by_hand: tuple[int, float, float]) -> None:
    assert (ours.buys + ours.sells, ours.position) == by_hand[:2], (ours, by_hand)
    assert abs(ours.pnl - by_hand[2]) < 0.01, (ours, by_hand)


def _median(run: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(PASSES):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return sorted(seconds)[PASSES // 2]


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]))))
