"""A real day, played by the simulated venue through the live daemon, and by replay: the same decisions."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from hftd.config.load import folder, load
from hftd.core.effects import Effect, Refuse, Submit
from hftd.core.engine import Engine
from hftd.core.events import Event, Fill
from hftd.core.intents import Intent
from hftd.core.matching import Exchange
from hftd.core.state import open_account
from hftd.lab.replay.replay import Replay
from hftd.plugin import host
from hftd.plugin.blueprint import blueprints
from hftd.runtime.models.troupe import seat_models
from hftd.runtime.office.day_table import make_schedule
from hftd.runtime.past.journal import read
from hftd.tape import open_tape
from hftd.venues.exchange_calendar import trading_days

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "us_equities"

# Counted with Polars on the tape's regular session: size % 17 == 0, else size % 31 == 0.
DAYS = {"20131007": (241_504, 1_540, 572), "20131008": (440_353, 2_653, 949)}

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not DATA.exists() and os.environ.get("CI") != "true", reason="the market data folder is not here"
    ),
]


def settings(folder: Path, model: str = "volume_modulo", symbol: str = "SPY") -> Path:
    """A settings file beside a plugins folder that holds one model."""
    plugins = folder / "plugins"
    plugins.mkdir(mode=0o755)
    (plugins / f"{model}.py").write_text((ROOT / "plugins" / f"{model}.py").read_text())
    file = folder / "hftd.toml"
    file.write_text(f'[session]\nwhen_closed = "exit"\n[models.{model}]\nsymbol = "{symbol}"\n')
    return file


def decided(effect: object) -> tuple[int, str] | None:
    """When an intent was decided on, and its side; None for effects that are none."""
    match effect:
        case Submit(order):
            return order.at, order.side
        case Refuse(_, Intent() as wish):
            return effect.at, wish.side
    return None


def live_decisions(file: Path, tape: Path) -> tuple[list[tuple[int, str]], str]:
    """Every intent in the journal of a daemon that traded the tape; and what it said at the end."""
    options = f"--tape {tape} --speed max"
    done = subprocess.run(
        [sys.executable, "-m", "hftd", "run", "--config", str(file), "--with-sim", options, "--for", "500s"],
        capture_output=True, text=True, timeout=550, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (day,) = (file.parent / "state" / "with-sim" / "journal").iterdir()
    return [decision for record in read(day) if (decision := decided(record.content))], done.stdout


class Watch:
    """Keeps what a replay decided and what was filled."""

    def __init__(self) -> None:
        self.decisions: list[tuple[int, str]] = []
        self.fills: list[Fill] = []

    def __call__(self, event: Event, effects: Sequence[Effect]) -> None:
        if isinstance(event, Fill):
            self.fills.append(event)
        self.decisions += [decision for effect in effects if (decision := decided(effect))]


def replayed(file: Path, *tapes: Path) -> Watch:
    config = load(file)
    plugins = host.load(folder(config, file))
    state = open_account(Decimal(100_000))
    checks = [(name, part.factory(config.risk)) for name, part in plugins.parts("checks").items()]
    seats = seat_models(state, blueprints(config, plugins, file))
    engine = Engine(state, seats, checks, flatten=False)
    schedule = make_schedule(trading_days(date(2013, 10, 4), date(2013, 10, 11)), config.session)
    watch = Watch()
    Replay(engine, Exchange(Decimal(100_000)), schedule, watch).run(open_tape(tapes))
    return watch


@pytest.mark.parametrize("day", DAYS)
def test_a_real_day_gives_the_same_decisions_live_and_replayed(day: str, tmp_path: Path) -> None:
    trades, sells, buys = DAYS[day]
    tape = DATA / f"spy_trades_{day}.parquet"
    file = settings(tmp_path)

    live, said = live_decisions(file, tape)

    assert [side for _, side in live].count("sell") == sells
    assert [side for _, side in live].count("buy") == buys
    assert f"{trades:,} trades" in said
    assert live == replayed(file, tape).decisions


@pytest.mark.parametrize("day", DAYS)
def test_the_replay_command_counts_a_real_day(day: str, tmp_path: Path) -> None:
    trades, sells, buys = DAYS[day]
    file = settings(tmp_path)

    done = subprocess.run(
        [sys.executable, "-m", "hftd", "replay", str(DATA / f"spy_trades_{day}.parquet"),
         "--config", str(file), "--model", "volume_modulo", "--json"],
        capture_output=True, text=True, timeout=500, check=True,
    )  # fmt: skip

    facts = json.loads(done.stdout)
    assert (facts["events"], facts["sell_intents"], facts["buy_intents"]) == (trades, sells, buys)
    assert facts["orders"] + facts["refused"] == sells + buys
    assert abs(facts["position"]) <= 1_000  # the shipped limit
    assert facts["bad_rows"] == 0


@pytest.mark.parametrize("symbol", ["IBM", "BAC"])
def test_market_orders_never_fill_outside_the_quote(symbol: str, tmp_path: Path) -> None:
    """The quotes that were in force are read off the tape with Polars, not by hftd."""
    quotes = DATA / f"{symbol.lower()}_quotes_20131007.parquet"
    trades = DATA / f"{symbol.lower()}_trades_20131007.parquet"
    sides = pl.read_parquet(quotes).select(
        "ts_ns",
        bid=pl.when(pl.col("bid") > 0).then("bid").forward_fill(),
        ask=pl.when(pl.col("ask") > 0).then("ask").forward_fill(),
    )
    times, bids, asks = (sides[name].to_numpy() for name in ("ts_ns", "bid", "ask"))

    fills = replayed(settings(tmp_path, symbol=symbol), trades, quotes).fills

    assert len(fills) > 100
    for fill in fills:
        # The quote before this nanosecond, and every one within it: the tape knows no finer order.
        first, last = times.searchsorted(fill.ts, "left") - 1, times.searchsorted(fill.ts, "right")
        allowed = zip(bids[first:last], asks[first:last], strict=True)
        assert any(bid <= float(fill.price) <= ask for bid, ask in allowed), fill
