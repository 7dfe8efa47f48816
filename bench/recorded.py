"""The tape that is replayed: a recorded day where one is there, else a made-up one."""

import csv
from itertools import islice
from pathlib import Path

from bench.clients import ROOT
from bench.ticks import START
from hftd.core.events import Trade
from hftd.tape.generate import SECOND, generate

DAY = ROOT.parent / "shared" / "data" / "us_equities" / "spy_trades_20131007.parquet"


def tape(folder: Path, rows: int, *, recorded: bool) -> Path:
    """A tape file; a made-up one is written to ``folder`` with so many prints, at ten a second on average."""
    if recorded and DAY.exists():
        return DAY
    path = folder / "tape.csv"
    events = generate(START, START + rows * SECOND // 5, {"SPY": 562.17}, 17, 10.0)
    prints = islice((event for event in events if isinstance(event, Trade)), rows)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("ts_ns", "symbol", "price", "size", "exchange", "conditions", "tape"))
        out.writerows((p.ts, p.symbol, p.price, p.size, p.exchange, "".join(p.conditions), p.tape) for p in prints)
    return path
