"""volume_modulo on a stage: prints become orders, and orders a position, until a limit says no."""

import os
from pathlib import Path

import polars as pl
import pytest

from hftd.tape import open_tape
from hftd.testing import Given, play, quote, trade

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "plugins" / "volume_modulo.py"
TAPE = ROOT.parent / "shared" / "data" / "us_equities" / "spy_trades_20131007.parquet"
OPENS = 1_381_152_600_000_000_000  # 2013-10-07 13:30 UTC
HALF_HOUR = 1_800_000_000_000


def test_seventeens_are_sold_and_thirty_ones_bought() -> None:
    """170 = 10 x 17, 62 = 2 x 31, 527 = 17 x 31."""
    day = play(MODEL, quote(), trade(size=170), trade(size=100), trade(size=62), trade(size=527))

    assert [(order.side, order.shares) for order in day.orders] == [("sell", 5), ("buy", 5), ("sell", 5)]
    assert day.position() == -5


def test_it_trades_until_the_position_is_as_large_as_it_may_be() -> None:
    day = play(MODEL, [trade(size=31)] * 5, shares=10, given=Given(risk={"max_position": 30}))

    assert len(day.orders) == 3
    assert {refusal.code for refusal in day.refusals} == {"position"}


@pytest.mark.data
@pytest.mark.skipif(not TAPE.exists() and os.environ.get("CI") != "true", reason="the market data folder is not here")
def test_a_recorded_half_hour_is_decided_as_polars_counts_it() -> None:
    sizes = pl.scan_parquet(TAPE).filter(pl.col("ts_ns").is_between(OPENS, OPENS + HALF_HOUR)).collect()["size"]
    sells = int((sizes % 17 == 0).sum())
    buys = int(((sizes % 17 != 0) & (sizes % 31 == 0)).sum())
    half_hour = (event for event in open_tape([TAPE]) if OPENS <= event.seen <= OPENS + HALF_HOUR)

    day = play(MODEL, half_hour, given=Given(opens=OPENS))

    sides = [wish.side for wish in day.wishes]
    assert (sides.count("sell"), sides.count("buy")) == (sells, buys)
    assert min(sells, buys) > 20
    assert len(day.orders) + len(day.refusals) == sells + buys
