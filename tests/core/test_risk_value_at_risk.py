"""Value at risk: by hand at the limit and beyond, against numpy on a real hour of SPY, and over a restart."""

import os
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from hftd.core.engine import Engine
from hftd.core.events import SessionPhase, Trade, VenuePosition
from hftd.core.intents import Intent, buy, sell
from hftd.core.orders import Order
from hftd.core.risk.limits import Limits
from hftd.core.risk.value_at_risk import value_at_risk
from hftd.core.seat import Seat
from hftd.core.state import State, open_account

D = Decimal
MINUTE = 60 * 10**9
DATA = Path(__file__).parents[2].parent / "shared" / "data"


def state(held: int = 0, volatility: str = "0.01", price: float = 100.0) -> State:
    """``held`` SPY at 100 dollars with a known volatility; nothing is known of QQQ but its price of 50."""
    made = State()
    for symbol, last in (("SPY", price), ("QQQ", 50.0)):
        made.book.watch(symbol)
        made.book.trade(Trade(symbol, last, 100, 1, 1))
    made.book.lines["SPY"].volatility = D(volatility)
    made.ledger.adopt(VenuePosition("SPY", D(held), D(100)))
    return made


def refused(limit: str, wish: Intent, made: State) -> str | None:
    return value_at_risk(Limits(max_value_at_risk=D(limit), fallback_volatility=0.02))(wish, made)


@pytest.mark.parametrize(
    ("held", "wish", "limit", "expected"),
    [
        (0, buy("SPY", 10), "23.26", None),
        (0, buy("SPY", 10), "23.25", "value at risk would be $23.26, allowed $23.25"),
        (0, sell("SPY", 10), "23.25", "value at risk would be $23.26, allowed $23.25"),
        (90, buy("SPY", 10), "232.60", None),
        (90, buy("SPY", 10), "232.59", "value at risk would be $232.60, allowed $232.59"),
        (90, sell("SPY", 90), "1", None),
        (90, sell("SPY", 180), "209.34", None),
        (90, sell("SPY", 181), "209.34", "value at risk would be $211.67, allowed $209.34"),
        (0, buy("QQQ", 10), "23.26", None),
        (0, buy("QQQ", 10), "23.25", "value at risk would be $23.26, allowed $23.25"),
        (10, buy("QQQ", 10), "46.52", None),
        (10, buy("QQQ", 10), "46.51", "value at risk would be $46.52, allowed $46.51"),
        (-10, buy("QQQ", 10), "46.51", "value at risk would be $46.52, allowed $46.51"),
    ],
)
def test_value_at_risk(held: int, wish: Intent, limit: str, expected: str | None) -> None:
    """10 SPY at 100 and 1 % a day: 2.326 x 1000 x 0.01 = 23.26. QQQ at 50 counts with the 2 % of the settings."""
    assert expected == refused(limit, wish, state(held))


def test_orders_on_their_way_count_as_filled() -> None:
    """5 on their way and 5 more are 10."""
    made = state()
    made.send(Order("o", "m", "SPY", "buy", D(5), None, "day", 1))
    assert refused("23.26", buy("SPY", 5), made) is None
    assert refused("23.25", buy("SPY", 5), made) is not None


def test_a_price_that_moves_more_costs_more() -> None:
    """Twice the volatility, twice the value at risk."""
    assert refused("46.52", buy("SPY", 10), state(volatility="0.02")) is None
    assert refused("46.51", buy("SPY", 10), state(volatility="0.02")) is not None


@pytest.mark.data
@pytest.mark.skipif(
    not DATA.exists() and os.environ.get("CI") != "true", reason="the market data folder is not here"
)  # fmt: skip
def test_a_real_hour_agrees_with_numpy() -> None:
    """2013-10-08 from 10:00 to 11:00 in New York: the limit numpy finds is the one that is held, to a dollar."""
    begin = 1381240800 * 10**9
    frame = pl.read_parquet(DATA / "us_equities" / "spy_trades_20131008.parquet").filter(
        pl.col("ts_ns").is_between(begin, begin + 60 * MINUTE, closed="left"),
        pl.col("conditions").cast(pl.String).is_in(["1", "20", "20000020", "20000001"]),
    )
    made = State()
    made.book.watch("SPY")
    for ts, price in frame.select("ts_ns", "price").iter_rows():
        made.book.trade(Trade("SPY", price, 100, ts, ts))
    last = frame.get_column("price").to_list()[-1]
    made.book.trade(Trade("SPY", last, 100, begin + 60 * MINUTE, begin + 60 * MINUTE))

    closes = frame.group_by((pl.col("ts_ns") - begin) // MINUTE, maintain_order=True).agg(pl.col("price").last())
    returns = np.diff(np.log(closes.get_column("price").to_numpy()))
    volatility = np.sqrt(390 * np.average(returns**2, weights=0.94 ** np.arange(len(returns))[::-1]))
    expected = 2.326 * 500 * last * volatility

    assert len(returns) == 59
    assert refused(f"{expected + 1:.2f}", buy("SPY", 500), made) is None
    assert refused(f"{expected - 1:.2f}", buy("SPY", 500), made) is not None


class Deaf:
    """A model that does nothing."""

    def on_trade(self, _: Trade) -> None:
        """Pass."""


def test_the_volatility_survives_a_restart() -> None:
    """It is made of the day's prints, which are heard again."""
    live, again = (Engine(open_account(D(1)), [Seat("m", Deaf(), ["SPY"])], (), flatten=False) for _ in range(2))
    again.recalling = True
    for made in (live, again):
        made.step(SessionPhase("open", "2026-10-19", 1, 0, "r"))
        for minute in range(40):
            made.step(Trade("SPY", 100.0 + minute % 3, 100, minute * MINUTE + 1, minute * MINUTE + 1))
    line = live.state.book.lines["SPY"]
    assert line.volatility > D(0)
    assert line == again.state.book.lines["SPY"]
