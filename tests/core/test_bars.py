"""Minute and daily bars: by hand, against a plain recomputation, and against real bars of SPY on 2013-10-07."""

import os
import zipfile
from itertools import groupby
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.bars import BarBuilder
from hftd.core.events import Bar, Trade
from hftd.tape import open_tape

SECOND = 10**9
MINUTE = 60 * SECOND
MIDNIGHT = 1381118400 * SECOND  # 2013-10-07 00:00 in New York, 04:00 UTC
OPEN = MIDNIGHT + 570 * MINUTE


@pytest.fixture(scope="module")
def data():
    folder = Path(__file__).parents[2].parent / "shared" / "data"
    if not folder.is_dir() and os.environ.get("CI") != "true":
        pytest.skip("the folder shared/data beside the repository is missing")
    return folder


def trade(seconds, price, size, conditions="@", symbol="SPY"):
    at = OPEN + round(seconds * SECOND)
    return Trade(symbol, price, size, at, at, tuple(conditions), "Q", "C")


def bars(trades, until, span="minute"):
    builder = BarBuilder(MIDNIGHT, OPEN)
    made = [bar for each in trades for bar in builder.add(each)]
    return [bar for bar in made + builder.until(OPEN + until * SECOND) if bar.span == span]


def test_a_minute_of_regular_prints():
    (bar,) = bars([trade(1, 10.0, 100), trade(2, 12.0, 300), trade(3, 9.0, 100), trade(59, 11.0, 500)], 60)
    # (10*100 + 12*300 + 9*100 + 11*500) / 1000
    assert bar == Bar("SPY", 10.0, 12.0, 9.0, 11.0, 1000, OPEN, OPEN + MINUTE, "minute", 4, 11.0)


def test_the_clock_ends_a_minute_and_not_a_nanosecond_sooner():
    builder = BarBuilder(MIDNIGHT, OPEN)
    assert builder.add(trade(1, 10.0, 100)) == []
    assert builder.until(OPEN + MINUTE - 1) == []
    assert [bar.span for bar in builder.until(OPEN + MINUTE)] == ["minute", "day"]
    assert builder.until(OPEN + 2 * MINUTE) == []


def test_a_print_of_a_later_minute_ends_the_one_before():
    builder = BarBuilder(MIDNIGHT, OPEN)
    builder.add(trade(59.9, 10.0, 100))
    minute, day = builder.add(trade(60, 99.0, 700))
    assert (minute.span, minute.close, minute.volume, minute.seen) == ("minute", 10.0, 100, OPEN + MINUTE)
    assert (day.span, day.close, day.volume) == ("day", 10.0, 100)


def test_an_odd_lot_counts_as_volume_and_sets_no_price_and_no_vwap():
    (bar,) = bars([trade(1, 10.0, 100), trade(2, 50.0, 7, "@I")], 60)
    assert (bar.high, bar.close, bar.volume, bar.trades, bar.vwap) == (10.0, 10.0, 107, 2, 10.0)


def test_an_official_print_counts_for_nothing():
    (bar,) = bars([trade(1, 9.0, 5000, "Q"), trade(2, 10.0, 100)], 60)
    assert (bar.open, bar.low, bar.volume, bar.trades) == (10.0, 10.0, 100, 1)


def test_a_minute_without_a_qualifying_print_has_no_bar():
    assert bars([trade(1, 10.0, 50, "@I"), trade(2, 10.0, 9000, "M")], 60) == []
    assert bars([], 60) == []


def test_a_bar_needs_volume_as_well_as_a_price():
    assert bars([trade(1, 10.0, 0)], 60) == []


def test_late_prints_bring_an_updated_bar_after_half_a_minute():
    builder = BarBuilder(MIDNIGHT, OPEN)
    builder.add(trade(1, 10.0, 100))
    builder.until(OPEN + MINUTE)
    assert builder.add(trade(59, 12.0, 100)) == []
    assert builder.until(OPEN + 89 * SECOND) == []
    (updated,) = builder.until(OPEN + 90 * SECOND)
    assert updated == Bar("SPY", 10.0, 12.0, 10.0, 12.0, 200, OPEN, OPEN + 90 * SECOND, "updated", 2, 11.0)
    assert builder.until(OPEN + 91 * SECOND) == []


def test_a_print_older_than_the_last_minute_sent_counts_for_the_day_alone():
    builder = BarBuilder(MIDNIGHT, OPEN)
    for each in (trade(1, 10.0, 100), trade(61, 10.0, 100), trade(121, 10.0, 100), trade(2, 8.0, 100)):
        builder.add(each)
    spans = {bar.span: bar for bar in builder.until(OPEN + 10 * MINUTE)}
    assert (spans["minute"].volume, spans["minute"].low) == (100, 10.0)
    assert (spans["day"].volume, spans["day"].low) == (400, 8.0)
    assert "updated" not in spans


def test_the_day_grows_with_every_minute_from_the_open_on():
    before, *minutes = trade(-90, 5.0, 100, "@T"), trade(1, 10.0, 100), trade(61, 12.0, 300), trade(121, 11.0, 100)
    days = bars([before, *minutes], 180, "day")
    assert [(bar.open, bar.close, bar.volume, bar.ts) for bar in days] == [
        (10.0, 10.0, 200, MIDNIGHT), (10.0, 12.0, 500, MIDNIGHT), (10.0, 11.0, 600, MIDNIGHT),
    ]  # fmt: skip


def test_a_prior_reference_price_opens_the_day_only_as_its_first_price():
    first, then = trade(1, 9.0, 100, "P"), trade(2, 10.0, 100)
    (day,) = bars([first, then], 60, "day")
    assert (day.open, day.close) == (9.0, 10.0)
    (day,) = bars([then, first], 60, "day")
    assert (day.open, day.close, day.low) == (10.0, 10.0, 9.0)


def test_symbols_are_kept_apart():
    made = bars([trade(1, 10.0, 100), trade(2, 20.0, 300, symbol="IBM")], 60)
    assert [(bar.symbol, bar.open, bar.volume) for bar in made] == [("SPY", 10.0, 100), ("IBM", 20.0, 300)]


CONDITIONS = st.sampled_from(["@", "@I", "M", "@F"])
PRINTS = st.lists(st.tuples(st.integers(0, 600), st.integers(1, 10_000), st.integers(1, 999), CONDITIONS), max_size=60)


@given(PRINTS)
def test_bars_are_what_a_plain_grouping_by_minute_gives(prints):
    trades = [trade(at, cents / 100, size, letters) for at, cents, size, letters in sorted(prints, key=lambda p: p[0])]
    expected = []
    for start, group in groupby(trades, key=lambda t: t.ts // MINUTE * MINUTE):
        counted = [t for t in group if "M" not in t.conditions]
        priced = [t.price for t in counted if "I" not in t.conditions]
        if priced:
            expected.append((start, priced[0], max(priced), min(priced), priced[-1], sum(t.size for t in counted)))
    made = bars(trades, 3600)
    assert [(b.ts, b.open, b.high, b.low, b.close, b.volume) for b in made] == expected


@pytest.fixture(scope="module")
def spy(data):
    """Minute bars of the day by start, and the last daily bar."""
    builder = BarBuilder(MIDNIGHT, OPEN)
    made = []
    for each in open_tape([data / "us_equities" / "spy_trades_20131007.parquet"]):
        made += builder.add(each)
    made += builder.until(MIDNIGHT + 24 * 60 * MINUTE)
    return {bar.ts: bar for bar in made if bar.span == "minute"}, [bar for bar in made if bar.span == "day"][-1]


@pytest.mark.data
def test_a_real_day_agrees_with_polars_in_every_figure(data, spy):
    priceless, uncounted = 0x2 | 0x4 | 0x8 | 0x200 | 0x4000 | 0x40000 | 0x100000 | 0x5000000, 0x5000000
    rows = pl.read_parquet(data / "us_equities" / "spy_trades_20131007.parquet").with_columns(
        flags=pl.col("conditions").cast(pl.String).str.to_integer(base=16),
        minute=pl.col("ts_ns") // MINUTE * MINUTE,
    )
    counted = rows.filter((pl.col("flags") & uncounted) == 0)
    priced = (pl.col("flags") & priceless) == 0
    price, size = pl.col("price").filter(priced), pl.col("size").filter(priced)
    expected = counted.group_by("minute").agg(
        open=price.first(), high=price.max(), low=price.min(), close=price.last(), volume=pl.col("size").sum(),
        trades=pl.len(), vwap=(price * size).sum() / size.sum(),
    ).sort("minute")  # fmt: skip
    minutes = spy[0]
    assert list(minutes) == expected["minute"].to_list()
    for bar, row in zip(minutes.values(), expected.iter_rows(), strict=True):
        assert (bar.ts, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trades) == row[:7]
        assert bar.vwap == pytest.approx(row[7], abs=1e-9)


@pytest.mark.data
def test_a_real_day_agrees_with_published_minute_bars(data, spy):
    """Those bars have a few prints left out that the tape has, so some prices differ, nearly all by one cent."""
    published = {}
    with zipfile.ZipFile(data / "bars" / "minute_spy" / "20131007_trade.zip") as archive:
        for line in archive.read(archive.namelist()[0]).decode().split():
            ms, *prices, volume = map(int, line.split(","))
            published[MIDNIGHT + ms * 10**6] = (*prices, volume)
    minutes = spy[0]
    assert set(minutes) == set(published)
    assert len(minutes) == 828
    same_volume = sum(bar.volume == published[at][4] for at, bar in minutes.items())
    # The others are the minutes of the opening and the closing auction, which those bars count otherwise.
    assert same_volume == 825
    for place, name in enumerate(("open", "high", "low", "close")):
        apart = [abs(round(getattr(bar, name) * 10_000) - published[at][place]) for at, bar in minutes.items()]
        assert sum(cents == 0 for cents in apart) >= 785
        assert sum(cents <= 100 for cents in apart) >= 816


@pytest.mark.data
def test_a_real_day_has_the_published_high_low_and_close(data, spy):
    with zipfile.ZipFile(data / "bars" / "daily" / "spy.zip") as archive:
        lines = archive.read(archive.namelist()[0]).decode().split("\n")
    (line,) = [line for line in lines if line.startswith("20131007")]
    _, high, low, close, _ = (int(figure) for figure in line.split(",")[1:])
    day = spy[1]
    assert [round(price * 10_000) for price in (day.high, day.low, day.close)] == [high, low, close]
