"""A real day through the daemon at full speed, with a kill and other models after it: an audit decides it all again."""

import os
from pathlib import Path

import polars as pl
import pytest

from crashproof.decided import CHAOS, prove

DATA = Path(__file__).parents[3] / "shared" / "data" / "us_equities"
OPEN = 1_381_152_600_000_000_000  # 2013-10-07 09:30 in New York, which was UTC-4

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not DATA.exists() and os.environ.get("CI") != "true", reason="the market data folder is not here"
    ),
]


def test_every_decision_of_both_lives_is_decided_again(tmp_path: Path) -> None:
    tape = tmp_path / "tape.parquet"
    day = pl.read_parquet(DATA / "spy_trades_20131007.parquet")
    day.filter(pl.col("ts_ns") >= OPEN).head(12_000).write_parquet(tape)
    (tmp_path / "home").mkdir()

    audit = prove(tmp_path / "home", [tape], "SPY", kills=1, between=40, speed="max", chaos=CHAOS, seed=7)
    made = audit.run()

    assert made.differences == ()
    assert made.lives == 2
    assert made.events > 10_000
    assert made.decisions > 80
