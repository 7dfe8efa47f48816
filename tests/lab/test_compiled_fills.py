"""Where orders of compiled decisions fill, and what that makes: by hand, and against the whole backtest."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from hftd.config.schema import Config
from hftd.core.engine import Engine
from hftd.core.events import Quote, Trade
from hftd.core.matching import Exchange
from hftd.core.risk import gate
from hftd.core.session import Day, Schedule
from hftd.core.state import open_account
from hftd.lab.compiled.columns import of_events
from hftd.lab.compiled.decide import Decisions
from hftd.lab.compiled.fills import Fills, fills, walk
from hftd.lab.compiled.model import compile_model
from hftd.lab.compiled.outcome import sums
from hftd.lab.compiled.reading import read
from hftd.lab.compiled.reel import Reel
from hftd.lab.compiled.sessions import Stretch, stretches
from hftd.lab.compiled.wishes import BUY, SELL, TARGET
from hftd.lab.replay.replay import Replay
from hftd.plugin import host
from hftd.plugin.blueprint import Blueprint, blueprints
from hftd.runtime.models.troupe import seat_models
from hftd.runtime.office.day_table import make_schedule
from hftd.tape import open_tape
from hftd.venues.exchange_calendar import trading_days

pytest.importorskip("numba")

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "us_equities"
RICH = Decimal(10**12)


@pytest.fixture(scope="module")
def plans() -> Iterator[dict[str, Blueprint]]:
    plugins = host.load(ROOT / "plugins", entries=())
    yield {plan.name: plan for plan in blueprints(Config(), plugins, ROOT / "hftd.toml")}
    plugins.forget()


@lru_cache(maxsize=1)
def days() -> tuple[Day, ...]:
    return trading_days(date(2013, 10, 4), date(2013, 10, 14))


def schedule() -> Schedule:
    return make_schedule(days(), Config().session)


def filled(
    plan: Blueprint, tape: Sequence[Trade | Quote], wishes: Sequence[tuple[int, int, float]], last: int = 90
) -> tuple[int, list[tuple[float, float]]]:
    """Orders, and signed shares and prices of fills, of wishes at places of a tape in a session that closes at 90."""
    compiled = replace(compile_model(plan), handlers=("on_trade", "on_quote"))
    places, codes, shares = zip(*wishes, strict=True)
    decisions = Decisions(np.array(places), np.array(codes, np.int8), np.array(shares, float), 0, {})
    made = fills(compiled, of_events("SPY", tape), [Stretch(0, last, 100)], decisions)
    return made.orders, list(zip(made.shares.tolist(), made.prices.tolist(), strict=True))


def trade(at: int, price: float, *conditions: str) -> Trade:
    return Trade("SPY", price, 100, at, at, conditions)


def quote(at: int, bid: float, ask: float) -> Quote:
    return Quote("SPY", bid, 1, ask, 1, at, at)


def test_an_order_fills_at_the_next_print_that_may_set_the_price(plans):
    tape = [trade(1, 10.0), trade(2, 99.0, "I"), trade(3, 10.5), trade(4, 11.0)]  # an odd lot sets nothing
    assert filled(plans["volume_modulo"], tape, [(0, BUY, 5)]) == (1, [(5.0, 10.5)])


def test_an_order_fills_at_once_at_the_far_side_of_the_quote(plans):
    tape = [quote(1, 9.9, 10.1), trade(2, 10.0), trade(3, 12.0)]
    assert filled(plans["volume_modulo"], tape, [(1, BUY, 5), (1, SELL, 3)]) == (2, [(5.0, 10.1), (-3.0, 9.9)])


def test_where_nobody_quotes_the_far_side_the_next_print_or_quote_decides(plans):
    tape = [quote(1, 9.9, 0.0), trade(2, 10.0), quote(3, 9.9, 10.2), trade(4, 10.3)]
    assert filled(plans["volume_modulo"], tape, [(1, BUY, 5)]) == (1, [(5.0, 10.2)])
    assert filled(plans["volume_modulo"], tape, [(0, BUY, 5)]) == (1, [(5.0, 10.0)])


def test_a_target_counts_what_is_on_its_way(plans):
    tape = [trade(1, 10.0), trade(2, 10.0), trade(3, 11.0), trade(4, 12.0)]
    wishes = [(0, TARGET, 7), (0, TARGET, 7), (1, SELL, 2), (2, TARGET, -3), (2, TARGET, -3)]
    assert filled(plans["volume_modulo"], tape, wishes) == (4, [(7.0, 10.0), (-2.0, 11.0), (-8.0, 12.0)])


def test_what_the_closing_finds_unfilled_is_withdrawn_and_nothing_is_sent_after(plans):
    tape = [trade(80, 10.0), trade(90, 10.5), trade(95, 11.0)]
    assert filled(plans["volume_modulo"], tape, [(0, BUY, 5), (1, BUY, 5)]) == (1, [])


def test_profit_drawdown_and_turnover_are_added_up(plans):
    # By hand: 10 bought at 10 and sold at 13 make 30, 10 bought at 12 are worth 9 each in the end, 30 less.
    columns = replace(of_events("SPY", [trade(1, 10.0)]), last=9.0)
    done = Fills(3, 0, np.array([10.0, -10.0, 10.0]), np.array([10.0, 13.0, 12.0]))
    made = sums(columns, [Stretch(0, 90, 100)], Decisions(*(np.empty(0, np.int64) for _ in range(3)), 0, {}), done)
    assert (made.position, made.pnl, made.drawdown, made.turnover) == (10.0, 0.0, 30.0, 350.0)


def test_machine_code_walks_as_python_does(plans, monkeypatch):
    tape = [quote(n, 9.0 + n % 3, 10.0 + n % 4) if n % 5 == 0 else trade(n, 10.0 + n % 7) for n in range(1, 80)]
    wishes = [(n, 1 + n % 3, float(n % 11)) for n in range(70)]
    fast = filled(plans["volume_modulo"], tape, wishes)
    monkeypatch.setattr("hftd.lab.compiled.fills._walk", lambda: walk)
    assert filled(plans["volume_modulo"], tape, wishes) == fast
    assert fast[0] > 20


class Generous:
    """Funds that mind nothing. The simulated venue's own would not sell short what closes a position on its way."""

    def check(self, *_: object) -> None:
        """Let every order in."""

    def closes(self, _: object) -> bool:
        """None holds any buying power back."""
        return True


def plain(plan: Blueprint, files: Sequence[Path]) -> Replay:
    """The whole backtest with no risk check but the session's, orders let in whatever they ask and filled whole."""
    state, exchange = open_account(RICH), Exchange(RICH, partial_fills=False)
    exchange.funds = Generous()
    checks = [("session", gate.session(Config().risk))]
    replay = Replay(Engine(state, seat_models(state, (plan,)), checks, flatten=False), exchange, schedule())
    replay.run(open_tape(files))
    return replay


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "symbol", "files", "decided"),
    [
        ("volume_modulo", "SPY", ("spy_trades_20131007",), (572, 1540, 0)),
        ("quote_imbalance", "IBM", ("ibm_trades_20131007", "ibm_quotes_20131007"), (0, 0, 145)),
    ],
)
def test_a_recorded_day_ends_as_the_backtest_ends_it(plans, name, symbol, files, decided):
    """The counts of 17s and 31s are those of the tape itself; orders, fills, position and dollars the backtest's."""
    if not DATA.is_dir():
        pytest.skip("the folder shared/data/us_equities beside the repository is missing")
    paths = [DATA / f"{file}.parquet" for file in files]
    plan = replace(plans[name], options=replace(plans[name].options, symbol=symbol))
    played = Reel(read(paths, symbol), schedule, paths).play(plan)
    made = played.outcome
    assert (made.buys, made.sells, made.targets) == decided
    assert (played.checked.difference, played.checked.decisions > 20) == ("", True)

    replay = plain(plan, paths)
    state, counts = replay.engine.state, replay.counts()
    assert (made.heard, made.outside) == (counts["trades"] + counts["quotes"], counts["outside"])
    assert (made.orders, made.fills) == (counts["orders"], counts["fills"])
    assert made.position == state.ledger.shares(symbol)
    worth = state.ledger.cash + state.ledger.shares(symbol) * Decimal(str(state.price(symbol))) - RICH
    assert made.pnl == pytest.approx(float(worth), abs=0.005)


def test_stretches_are_the_hours_models_listen_and_trade():
    first, *_ = stretches(schedule())
    second = 1_000_000_000
    # 2013-10-04 09:30 in New York is 13:30 UTC; orders stop five seconds before 16:00.
    assert first == Stretch(1380893400 * second, 1380916795 * second, 1380916800 * second, "2013-10-04")
