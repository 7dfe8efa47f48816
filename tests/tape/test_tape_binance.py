"""Captures of Binance's streams: real ones, counted by a second reader, and hand-made ones."""

import gzip
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hftd.core.events import Bar, Quote, Trade
from hftd.errors import HftdError
from hftd.tape import open_tape
from hftd.tape.imports import binance, import_file

MS = 1_000_000
THOUSANDTHS = binance(Decimal("0.001"))


@pytest.fixture
def captures() -> Path:
    folder = Path(__file__).parents[2].parent / "shared" / "data" / "binance"
    if not folder.is_dir() and os.environ.get("CI") != "true":
        pytest.skip("the folder shared/data/binance beside the repository is missing")
    return folder


def messages(path: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """Time, stream and payload of every line, by the standard library."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    split = [line.split(" ", 1) for line in text.splitlines() if not line.startswith("wss")]
    loaded = [(time.rstrip(":"), json.loads(said)) for time, said in split]
    return [(time, said.get("stream", ""), said.get("data", said)) for time, said in loaded]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "lot", "factor"),
    [("usdm_btcusdt_20240808.gz", "0.001", 1_000), ("spot_btcusdt_20240808.gz", "0.00001", 100_000)],
)
def test_a_real_capture_comes_over_whole(captures: Path, tmp_path: Path, name: str, lot: str, factor: int) -> None:
    made = import_file(binance(Decimal(lot)), captures / name, tmp_path)
    expected: list[Trade | Quote] = []
    for time, stream, m in messages(captures / name):
        if stream.endswith("@trade"):
            size = round(float(m["q"]) * factor)
            expected.append(Trade(m["s"], float(m["p"]), size, m["T"] * MS, int(time), id=m["t"]))
        elif stream.endswith("@bookTicker"):
            sizes = [round(float(m[side]) * factor) for side in "BA"]
            ts = m["T"] * MS if "T" in m else int(time)
            expected.append(Quote(m["s"], float(m["b"]), sizes[0], float(m["a"]), sizes[1], ts, int(time)))
    assert list(open_tape([made.tape])) == expected
    assert made.report.faults == {}
    assert made.report.unwanted == made.report.rows - len(expected) > 1_000


@pytest.mark.data
def test_a_capture_of_sums_of_prints_and_of_minutes(captures: Path, tmp_path: Path) -> None:
    """aggTrade instead of trade, times in seconds with a fraction, and klines, of which the finished ones count."""
    path = captures / "usdm_multi_20210722.ws.txt"
    made = import_file(binance(Decimal(1)), path, tmp_path)
    theirs = messages(path)
    finished = [m for _, _, m in theirs if m["e"] == "kline" and m["k"]["x"]]
    assert made.rows == {
        "quotes": sum(m["e"] == "bookTicker" for _, _, m in theirs),
        "trades": sum(m["e"] == "aggTrade" for _, _, m in theirs),
        "bars": len(finished),
    }
    bars = [event for event in open_tape([made.tape]) if isinstance(event, Bar)]
    assert [(bar.symbol, bar.close, bar.trades) for bar in bars] == [
        (m["k"]["s"], float(m["k"]["c"]), m["k"]["n"]) for m in finished
    ]
    first = next(iter(open_tape([made.tape])))
    assert (first.symbol, first.seen) == ("SUSHIUSDT", 1_626_992_741_062_170_000)


def capture(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def said(time: object, **payload: object) -> str:
    return f"{time} {json.dumps(payload)}"


def test_prints_that_are_told_one_by_one_are_not_told_again_in_sums(tmp_path: Path) -> None:
    one = {"s": "BTCUSDT", "p": "10", "q": "0.002", "T": 5}
    path = capture(
        tmp_path / "a.txt", said(1, e="trade", t=1, **one), said(2, e="aggTrade", a=9, **one),
        said(3, e="aggTrade", a=8, **{**one, "s": "ETHUSDT"}), said(4, e="trade", t=2, **one),
    )  # fmt: skip
    made = import_file(THOUSANDTHS, path, tmp_path / "tapes")
    prints = [(each.symbol, each.id) for each in open_tape([made.tape])]
    assert prints == [("BTCUSDT", 1), ("ETHUSDT", 8), ("BTCUSDT", 2)]
    assert made.report.unwanted == 1


def test_what_makes_no_sense_is_left_out_counted_and_named(tmp_path: Path) -> None:
    good = {"e": "trade", "s": "BTCUSDT", "p": "10", "q": "0.002", "T": 5, "t": 1}
    book = {"e": "bookTicker", "s": "BTCUSDT", "b": "10", "B": "1", "a": "11", "A": "1", "T": 5}
    path = capture(
        tmp_path / "a.txt", said(10, **good), "not a message", "11 {", said("x", **good),
        said(12, **{**good, "p": "0"}), said(13, **{**good, "q": "0"}), said(14, **{**good, "p": "NaN"}),
        said(9, **good), said(-1, **good), said(15, **{**book, "b": "12"}),
        said(16, **{**good, "q": "Infinity"}), said(17, **book), said(18, e="trade"),
    )  # fmt: skip
    made = import_file(THOUSANDTHS, path, tmp_path / "tapes")
    assert [type(each) for each in open_tape([made.tape])] == [Trade, Quote]
    assert made.report.rows == 13
    assert made.report.faults == {
        "no time and JSON message": 6,
        "price not a number above zero": 3,
        "time missing or before the row above": 1,
        "bid above ask": 1,
    }


def test_an_amount_finer_than_the_lot_ends_it_with_advice(tmp_path: Path) -> None:
    path = capture(tmp_path / "a.txt", said(1, e="trade", s="BTCUSDT", p="10", q="0.00071", T=5, t=1))
    with pytest.raises(HftdError) as caught:
        import_file(THOUSANDTHS, path, tmp_path / "tapes")
    says = "row 1: 0.00071 is not a whole number of lots of 0.001, expected a finer --lot"
    assert str(caught.value) == f"{path}: {says}"
    assert list((tmp_path / "tapes").iterdir()) == []


def test_a_capture_cut_in_the_middle_of_a_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(said(1, e="trade", s="BTCUSDT", p="10", q="1", T=5, t=1).encode() * 50)
    (tmp_path / "a.gz").write_bytes(whole[:-10])
    with pytest.raises(HftdError, match="cannot be read: Compressed file ended"):
        import_file(THOUSANDTHS, tmp_path / "a.gz", tmp_path / "tapes")
