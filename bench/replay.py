"""Events a second through the whole engine: risk, orders, fills, ledger, and a model in plain Python.

`python -m bench.replay TAPE memory|file` plays the tape once in a fresh process and prints the events and seconds.
"""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.clients import ROOT
from bench.figures import Reading
from bench.plan import Measure, Plan
from bench.recorded import tape
from hftd.config.schema import Config
from hftd.core.engine import Engine
from hftd.core.events import Quote, Trade
from hftd.core.matching import Exchange
from hftd.core.risk.chain import chain
from hftd.core.state import open_account
from hftd.lab.replay.replay import Replay
from hftd.plugin import host
from hftd.plugin.blueprint import blueprints
from hftd.runtime.models.troupe import seat_models
from hftd.runtime.office.day_table import make_schedule
from hftd.tape import open_tape
from hftd.venues.exchange_calendar import trading_days
from hftd.venues.shipped import SHIPPED

CASH = Decimal(100_000)


def measures(plan: Plan) -> Iterator[Measure]:
    """From memory, and reading the file on the way."""
    for source in ("memory", "file"):
        yield partial(_run, plan, source)


def _run(plan: Plan, source: str) -> Sequence[Reading]:
    with TemporaryDirectory(prefix="hftd-bench-") as folder:
        path = tape(Path(folder), plan.rows, recorded=plan.recorded)
        command = [sys.executable, "-m", "bench.replay", str(path), source]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    return [Reading(f"replay/{source}/rate", "events/s", said["events"] / said["seconds"])]


def play(path: Path, source: str) -> dict[str, float]:
    """Play a tape once with the default limits; ``events`` it had, ``orders`` they made, and the ``seconds`` taken."""
    events: Iterable[Trade | Quote] = open_tape([path])
    first = next(iter(open_tape([path])))
    replay = _replay(datetime.fromtimestamp(first.seen / 1e9, UTC).date())
    if source == "memory":
        events = list(events)
    gc.collect()
    gc.freeze()
    began = time.perf_counter()
    replay.run(events)
    seconds = time.perf_counter() - began
    counts = replay.counts()
    number = sum(counts[name] for name in ("trades", "quotes", "outside"))
    return {"events": number, "orders": counts["orders"], "fills": counts["fills"], "seconds": seconds}


def _replay(day: date) -> Replay:
    config = Config()
    plugins = host.load(ROOT / "plugins", SHIPPED)
    plans = [plan for plan in blueprints(config, plugins, ROOT / "hftd.toml") if plan.name == "volume_modulo"]
    state = open_account(CASH)
    checks = chain({name: part.factory for name, part in plugins.parts("checks").items()}, config.risk)
    engine = Engine(state, seat_models(state, tuple(plans)), checks, flatten=False)
    days = trading_days(day - timedelta(days=1), day + timedelta(days=7))
    return Replay(engine, Exchange(CASH), make_schedule(days, config.session))


if __name__ == "__main__":
    print(json.dumps(play(Path(sys.argv[1]), sys.argv[2])))
