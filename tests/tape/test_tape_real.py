"""Real tapes of 2013-10-07 and -08."""

import os
from pathlib import Path

import polars as pl
import pytest

from hftd.core.conditions import sets_last
from hftd.core.events import Quote
from hftd.tape import open_tape

SECOND = 10**9
DAY = 86_400 * SECOND
NINE_THIRTY = 1381152600 * SECOND  # 2013-10-07 09:30 in New York, 13:30 UTC
SESSION = 23_400 * SECOND


@pytest.fixture
def equities():
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "us_equities"
    if not folder.is_dir() and os.environ.get("CI") != "true":
        pytest.skip("the folder shared/data/us_equities beside the repository is missing")
    return folder


@pytest.mark.data
@pytest.mark.parametrize(
    ("day", "rows", "counts"),
    [(0, 250_601, (241_504, 1_540, 572)), (1, 451_545, (440_353, 2_653, 949))],
    ids=["2013-10-07", "2013-10-08"],
)
def test_the_tape_of_spy_has_the_sizes_it_should(equities, day, rows, counts):
    tape = open_tape([equities / f"spy_trades_2013100{7 + day}.parquet"])
    opens = NINE_THIRTY + day * DAY
    sizes = [event.size for event in tape if opens <= event.ts < opens + SESSION]
    by_17 = sum(size % 17 == 0 for size in sizes)
    by_31 = sum(size % 31 == 0 and size % 17 != 0 for size in sizes)
    assert (len(sizes), by_17, by_31) == counts
    (file,) = tape.report.files
    assert (file.rows, file.events, file.faults) == (rows, rows, {})


@pytest.mark.data
def test_average_prices_printed_after_the_close_do_not_move_the_last_price(equities):
    """BAC was printed at 14.12 in blocks at an average price; nobody offered it so dear that day."""
    trades = list(open_tape([equities / "bac_trades_20131007.parquet"]))
    quotes = open_tape([equities / "bac_quotes_20131007.parquet"])
    dearest = max(quote.ask for quote in quotes)
    assert (max(trade.price for trade in trades), dearest) == (14.12, 14.02)
    assert max(trade.price for trade in trades if sets_last(trade.tape, trade.conditions)) <= dearest


@pytest.mark.data
def test_the_national_best_of_ibm_agrees_with_polars(equities):
    """Polars fills each side forward and takes the last row of each update, which is a bid and an ask of one time."""
    rows = pl.read_parquet(equities / "ibm_quotes_20131007.parquet").with_columns(pl.col("exchange").cast(pl.String))
    bid, ask, at = pl.col("bid") > 0, pl.col("ask") > 0, pl.col("ts_ns")
    told = rows.with_columns(
        half=bid & ask.shift(-1, fill_value=False) & (at.shift(-1) == at),
        bid_exchange=pl.when(bid).then(pl.col("exchange")).forward_fill().fill_null(""),
        ask_exchange=pl.when(ask).then(pl.col("exchange")).forward_fill().fill_null(""),
        **{name: pl.when(bid).then(pl.col(name)).forward_fill().fill_null(0) for name in ("bid", "bid_size")},
        **{name: pl.when(ask).then(pl.col(name)).forward_fill().fill_null(0) for name in ("ask", "ask_size")},
    ).filter(~pl.col("half"))
    crossed = told.filter(pl.col("bid") > pl.col("ask"), pl.col("ask") > 0)
    expected = told.filter((pl.col("bid") <= pl.col("ask")) | (pl.col("ask") == 0))
    tape = open_tape([equities / "ibm_quotes_20131007.parquet"])
    found = [(q.ts, q.bid, q.bid_size, q.ask, q.ask_size, q.bid_exchange, q.ask_exchange) for q in tape]
    columns = ("ts_ns", "bid", "bid_size", "ask", "ask_size", "bid_exchange", "ask_exchange")
    assert found == expected.select(columns).rows()
    assert tape.report.files[0].faults == {"bid above ask": len(crossed)}
    assert (len(found), len(crossed)) == (54_491, 43)


@pytest.mark.data
@pytest.mark.parametrize(("symbol", "share"), [("ibm", 0.96), ("bac", 0.99)])
def test_prints_of_the_session_lie_within_the_national_best(equities, symbol, share):
    """Were the rows each exchange's own best, the highest bid would be above the lowest ask nearly all day."""
    tape = open_tape([equities / f"{symbol}_{kind}_20131007.parquet" for kind in ("trades", "quotes")])
    best, within = None, []
    for event in tape:
        if isinstance(event, Quote):
            best = event
        elif best is not None and NINE_THIRTY <= event.ts < NINE_THIRTY + SESSION:
            within.append(best.bid <= event.price <= best.ask)
    assert sum(within) / len(within) > share
