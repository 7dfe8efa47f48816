"""How much a price moves: by hand, and against pandas on a real day of SPY."""

import io
import os
import zipfile
from decimal import Decimal
from math import exp
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.book import Book
from hftd.core.events import Bust, Trade
from hftd.core.volatility import ENOUGH, Moves
from hftd.tape import open_tape

D = Decimal
MINUTE = 60 * 10**9
DATA = Path(__file__).parents[2].parent / "shared" / "data"
TAPE = DATA / "us_equities" / "spy_trades_20131008.parquet"
BARS = DATA / "bars" / "minute_spy" / "20131008_trade.zip"

real = [
    pytest.mark.data,
    pytest.mark.skipif(
        not DATA.exists() and os.environ.get("CI") != "true", reason="the market data folder is not here"
    ),
]


def by_pandas(closes: "pd.Series[float]") -> "pd.Series[float]":
    """A day's volatility after each minute: pandas' weighted mean of squared log returns, 390 minutes of it."""
    returns = np.log(closes).diff().dropna()
    return ((returns**2).ewm(alpha=1 - 0.94).mean() * 390) ** 0.5


def moved(closes: list[float]) -> Moves:
    made = Moves()
    for close in closes:
        made.add(close)
    return made


def test_too_few_returns_say_nothing() -> None:
    """Thirty prices are twenty-nine returns; one more is enough."""
    assert ENOUGH == 30
    assert moved([100.0, 101.0] * 15).of_a_day == D(0)
    assert moved([100.0, 101.0] * 15 + [100.0]).of_a_day > D(0)


def test_a_price_that_moves_by_the_same_every_minute() -> None:
    """A hundredth of a percent up each minute is 0.0001 x root of 390 = 0.001975 a day, whatever the weights."""
    assert D("0.001975") == moved([100 * exp(0.0001 * minute) for minute in range(40)]).of_a_day


def test_the_latest_minutes_count_most() -> None:
    """29 minutes without a move, then one of 1 %: its weight is 0.06 / (1 - 0.94^30) = 0.07111, so 5.2663 % a day."""
    assert abs(moved([100.0] * 30 + [100 * exp(0.01)]).of_a_day - D("0.052663")) <= D("0.000001")


def test_what_is_no_price_is_no_minute() -> None:
    """It changes nothing."""
    made = moved([100.0, 101.0])
    made.add(0.0)
    assert moved([100.0, 101.0]) == made


@given(st.lists(st.floats(1, 1000), min_size=2, max_size=60))
def test_any_prices_agree_with_pandas(closes: list[float]) -> None:
    """To the six places that are kept."""
    made = moved(closes)
    made.returns = ENOUGH
    assert abs(float(made.of_a_day) - by_pandas(pd.Series(closes)).iloc[-1]) < 1e-6


def line_after(*prints: tuple[int, float]) -> Book:
    """A book that took prints, each in its minute."""
    book = Book()
    book.watch("SPY")
    for number, (minute, price) in enumerate(prints):
        book.trade(Trade("SPY", price, 100, minute * MINUTE, minute * MINUTE, id=number))
    return book


def test_a_minute_is_its_last_price_and_ends_with_the_next_print() -> None:
    """Prints in the minutes 0, 0, 1, 5: the minute that has not ended is not counted, nor are quiet ones."""
    moves = line_after((0, 99.0), (0, 100.0), (1, 101.0), (5, 90.0)).lines["SPY"].moves
    assert moved([100.0, 101.0]) == moves
    assert [
        line_after((0, 99.0)).trade(Trade("SPY", 99.0, 100, at, at)) for at in (MINUTE - 1, MINUTE)
    ] == [False, True]  # fmt: skip


def test_a_print_that_sets_no_price_ends_no_minute() -> None:
    """Nor does one of a symbol nobody watches."""
    book = line_after((0, 99.0))
    assert not book.trade(Trade("SPY", 50.0, 100, MINUTE, MINUTE, ("W",), "C"))
    assert not book.trade(Trade("QQQ", 50.0, 100, MINUTE, MINUTE))


def test_a_print_that_was_cancelled_closes_no_minute() -> None:
    """Its minute is passed over."""
    book = line_after((0, 100.0), (1, 500.0))
    book.bust(Bust("SPY", 1, 500.0, 100, "C", 2 * MINUTE, 2 * MINUTE))
    book.trade(Trade("SPY", 101.0, 100, 2 * MINUTE, 2 * MINUTE))
    book.trade(Trade("SPY", 102.0, 100, 3 * MINUTE, 3 * MINUTE))
    assert moved([100.0, 101.0]) == book.lines["SPY"].moves


def test_what_happened_over_night_is_no_minute() -> None:
    """A new day begins with no price and no returns."""
    book = line_after(*((minute, 100.0 + minute % 2) for minute in range(40)))
    assert book.lines["SPY"].volatility > D(0)
    book.new_day()
    assert book.lines["SPY"].volatility == D(0)
    for minute in (1000, 1001, 1002):
        book.trade(Trade("SPY", 50.0 + minute % 2, 100, minute * MINUTE, minute * MINUTE))
    assert moved([50.0, 51.0]) == book.lines["SPY"].moves


def session_closes() -> "pd.Series[float]":
    """The last price of each minute of the regular session, read off the tape by Polars.

    Left out are prints whose flags say cash, next day, seller, derivatively priced, out of sequence, contingent,
    average or varied price, official open or close, prior reference, odd lot.
    """
    begin = 1381239000 * 10**9  # 2013-10-08 09:30 in New York
    silent = 0x2 | 0x4 | 0x8 | 0x200 | 0x4000 | 0x40000 | 0x100000 | 0x400000 | 0x1000000 | 0x2000000 | 0x4000000
    flags = pl.col("conditions").cast(pl.String).str.to_integer(base=16, strict=False).fill_null(0)
    frame = pl.read_parquet(TAPE).filter(
        pl.col("ts_ns").is_between(begin, begin + 390 * MINUTE, closed="left"), flags & (silent | 0x80000000) == 0
    )
    closes = frame.group_by((pl.col("ts_ns") - begin) // MINUTE, maintain_order=True).agg(pl.col("price").last())
    return pd.Series(closes.get_column("price").to_list())


class TestReal:
    """A real day of SPY."""

    pytestmark = real

    def test_the_tape_through_the_book_agrees_with_pandas_after_every_minute(self) -> None:
        """2013-10-08, 441,000 prints: what the book knows after each minute, and what pandas makes of its closes."""
        expected = by_pandas(session_closes()).tolist()
        book = Book()
        line = book.watch("SPY")
        found: list[float] = []
        begin = 1381239000 * 10**9
        for event in open_tape([TAPE]):
            if begin <= event.ts < begin + 390 * MINUTE and book.trade(event):  # type: ignore[arg-type]
                found.append(float(line.volatility))
        assert len(expected) == 389
        kept = [(mine, theirs) for mine, theirs in zip(found[2:], expected, strict=False) if mine]
        assert len(kept) == 388 - 29
        assert max(abs(mine - theirs) for mine, theirs in kept) < 1e-6

    def test_lean_s_minute_bars_agree_with_pandas(self) -> None:
        """Bars another program made of the same day: closes in 1e-4 dollars."""
        with zipfile.ZipFile(BARS) as archive:
            rows = pd.read_csv(io.BytesIO(archive.read(archive.namelist()[0])), header=None)
        closes = rows[rows[0].between(34_200_000, 57_599_999)][4] / 10_000
        expected = by_pandas(closes).iloc[-1]
        assert abs(float(moved(closes.tolist()).of_a_day) - expected) < 1e-6
        assert 0.001 < expected < 0.05
