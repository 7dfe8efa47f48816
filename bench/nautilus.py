"""The same tape and the same rule through nautilus_trader: what each decided and filled, and how long it took.

nautilus_trader needs older packages than hftd has, so it gets an environment of its own, made at the first run.
`python -m bench.nautilus TAPE LATENCY one|all` plays a tape through hftd as `bench/nautilus_play.py` does.
"""

import csv
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.clients import ROOT
from bench.figures import Reading
from bench.plan import Measure, Plan
from bench.recorded import DAY, START
from hftd import Model, Options, Trade, buy, hookimpl, sell
from hftd.config.schema import Config
from hftd.core.conditions import sets_last
from hftd.core.matching import Slippage, Terms
from hftd.core.risk.limits import Limits
from hftd.core.session import Day, Phase
from hftd.lab.replay.assumptions import Assumptions
from hftd.lab.replay.backtest import backtest
from hftd.lab.replay.latency import Fixed
from hftd.plugin import host
from hftd.plugin.blueprint import blueprints
from hftd.tape import open_tape
from hftd.tape.generate import SECOND, generate

VERSION = "1.221.0"
"""The newest that runs on Python 3.11."""
HOME = ROOT / "build" / "nautilus"
CASH = Decimal(10_000_000)
SESSION = 23_400 * SECOND
MOST = 10**9


class Rule(Model):
    """Sell when a print's size divides by 17, else buy when it divides by 31; with ``one``, an order at a time."""

    class Options(Options):
        symbol: str = "SPY"
        one: bool = False

    def on_trade(self, trade: Trade) -> object:
        if self.options.one and self.view.orders():
            return None
        if trade.size % 17 == 0:
            return sell(trade.symbol, 5)
        if trade.size % 31 == 0:
            return buy(trade.symbol, 5)
        return None


class Rules:
    """The plugin that holds the rule."""

    @hookimpl
    def register_models(self) -> dict[str, type[Model]]:
        return {"rule": Rule}


def measures(plan: Plan) -> Iterator[Measure]:
    """Both, with orders as often as the rule says."""
    for name in ("hftd", "nautilus_trader"):
        yield partial(_run, plan, name)


def _run(plan: Plan, name: str) -> Sequence[Reading]:
    with TemporaryDirectory(prefix="hftd-bench-") as folder:
        tape = prints(Path(folder), plan.rows, recorded=plan.recorded)
        said = played(name, tape, 1, one=False)
    return [
        Reading(f"nautilus/{name}/rate", "events/s", said["events"] / said["seconds"]),
        Reading(f"nautilus/{name}/orders", "", len(said["decided"])),
    ]


def played(name: str, tape: Path, latency: int, *, one: bool) -> dict[str, Any]:
    """What ``hftd`` or ``nautilus_trader`` makes of a tape in a fresh process; ``latency`` of an order in ns."""
    words = [str(tape), str(latency), "one" if one else "all"]
    if name == "hftd":
        command = [sys.executable, "-m", "bench.nautilus", *words]
    else:
        command = [str(environment()), str(ROOT / "bench" / "nautilus_play.py"), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def environment() -> Path:
    """The Python that has nautilus_trader; made where it is not there."""
    python = HOME / "bin" / "python"
    if not python.exists():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, HOME], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", python, f"nautilus_trader=={VERSION}"], check=True)
    return python


def prints(folder: Path, rows: int, *, recorded: bool) -> Path:
    """A tape of a session's prints that may set a price: nautilus_trader knows no sale conditions."""
    if recorded and DAY.exists():
        events: Iterator[Any] = iter(open_tape([DAY]))
        start = 1_381_152_600 * SECOND
    else:
        events, start = generate(START, START + rows * SECOND // 5, {"SPY": 562.17}, 17, 10.0), START
    wanted = (
        each for each in events
        if isinstance(each, Trade) and start <= each.ts < start + SESSION - 10 * SECOND and each.size
        and sets_last(each.tape, each.conditions, True)
    )  # fmt: skip
    path = folder / "prints.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("ts_ns", "symbol", "price", "size"))
        out.writerows((each.ts, each.symbol, each.price, each.size) for each in islice(wanted, rows))
    return path


def play(tape: Path, latency: int, *, one: bool) -> dict[str, Any]:
    """The tape through hftd: market orders fill at the next print there is when they arrive."""
    events = list(open_tape([tape]))
    limits = Limits(
        max_position=Decimal(MOST), max_gross=Decimal(MOST), max_net=Decimal(MOST), max_value_at_risk=Decimal(MOST),
        max_daily_loss=Decimal(MOST), max_drawdown=Decimal(MOST), max_open_orders=MOST, orders_per_second=MOST,
        same_order_per_second=MOST, orders_per_minute=MOST, orders_per_day=MOST,
    )  # fmt: skip
    plugins = host.load(None, entries=())
    plugins.add(Rules(), "rules", __file__, "")
    config = Config(risk=limits, models={"rule": {"one": one}})
    day = Day("2013-10-07", (Phase("regular", events[0].ts - 1, events[0].ts + SESSION),))
    gc.collect()
    gc.freeze()
    began = time.process_time()
    done = backtest(
        config, plugins, blueprints(config, plugins, tape), events, cash=CASH, days=(day,),
        assumptions=Assumptions(Fixed(latency), Terms(slippage=Slippage("print"), sizes=True)),
    )  # fmt: skip
    seconds = time.process_time() - began
    fills = [each.fill for each in done.fills]
    # To be shown every event would cost a sixth of the time; only an order at the very end finds no print to fill at.
    decided = list({each.fill.order: (each.decided, each.fill.side) for each in done.fills}.values())
    ended = done.replay.engine.state.blotter.done.values()
    decided += [(each.order.at, each.order.side) for each in ended if not each.filled]
    return {
        "events": len(events), "seconds": seconds, "decided": decided, "refused": done.facts["refusals"],
        "filled": [(each.ts, each.side, int(each.shares), f"{each.price:.2f}") for each in fills],
        "position": done.facts["position"],
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(play(Path(sys.argv[1]), int(sys.argv[2]), one=sys.argv[3] == "one")))
