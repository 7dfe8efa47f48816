"""Files of other programs that are damaged anywhere: rows are named and counted, or one line says what is wrong."""

import gzip
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hftd.errors import HftdError
from hftd.tape import open_tape
from hftd.tape.imports import Opener, binance, import_file, lean, plain
from hftd.tape.moments import Unit, moments
from hftd.tape.text import Reading

UTC = ZoneInfo("UTC")
OPEN = 1_381_152_600_000_000_000
BINANCE = binance(Decimal("0.001"))
TRADES = b"symbol,ts_ns,price,size,id\n" + b"".join(
    b"SPY,%d,%d.25,%d,%d\n" % (OPEN + number, 160 + number, 100, number) for number in range(6)
)
QUOTES = b"symbol,ts_ns,bid,bid_size,ask,ask_size\n" + b"".join(
    b"SPY,%d,160.0%d,100,160.1%d,300\n" % (OPEN + number, number, number) for number in range(6)
)
# What programs write where something went wrong, and bytes of no meaning.
NONSENSE = st.sampled_from(
    [b"nan", b"-1", b"inf", b"1e999999999", b"9" * 25, b"9" * 5_000, b"null", b"", b",", b"\n", b'"', b"\0", b"1_0"]
)


def prints(*amounts: object, kind: str = "trade", seen: object = OPEN) -> bytes:
    """A capture of so many prints, and of one good one."""
    made = []
    for number, id_ in enumerate((*amounts, 7)):
        told = {"e": kind, "s": "BTCUSDT", "p": "100", "q": "0.001", "T": 1_381_152_600_000, "t": 1, "a": 1}
        told["t" if kind == "trade" else "a"] = id_
        made.append(f"{seen if number < len(amounts) else OPEN} {json.dumps(told)}\n")
    return "".join(made).encode()


def zipped(data: bytes) -> bytes:
    """As Lean stores a day of minutes; the same bytes each time."""
    made = io.BytesIO()
    with ZipFile(made, "w") as archive:
        entry = ZipInfo("20131007_spy_minute_trade.csv", (2013, 10, 7, 0, 0, 0))
        archive.writestr(entry, data, ZIP_DEFLATED)
    return made.getvalue()


MINUTES = zipped(b"".join(b"%d,1602500,160%d500,1602400,1602500,%d\n" % (60_000 * n, n + 3, n) for n in range(9)))


def taken(opener: Opener, path: Path, data: bytes) -> int:
    """How many faults an import counts; -1 where it ends in one line. Every row is an event or has its fault."""
    path.write_bytes(data)
    made = None
    try:
        made = import_file(opener, path, path.parent / "tapes")
    except HftdError as error:
        said = str(error).replace(str(path.parent), "")
    else:
        said = "; ".join(made.report.examples.values())
    assert said.isprintable()
    assert len(said) < 900
    if made is None:
        return -1
    report = made.report
    assert report.rows == report.events + report.unwanted + sum(report.faults.values())
    assert len(list(open_tape([made.tape]))) == report.events
    for each in made.tape.iterdir():
        each.unlink()
    made.tape.rmdir()
    return sum(report.faults.values())


def broken(data: bytes) -> Iterator[bytes]:
    """``data`` with each of its bytes in turn another one, and cut off before it."""
    for place in range(len(data)):
        yield data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]
        yield data[:place]


def test_a_zip_broken_anywhere_is_one_line_or_counted(tmp_path: Path) -> None:
    path = tmp_path / "20131007_trade.zip"
    assert taken(lean, path, MINUTES) == 0

    assert {taken(lean, path, each) for each in broken(MINUTES)} <= {-1, 0, 1}


def test_a_gzip_broken_anywhere_is_one_line_or_counted(tmp_path: Path) -> None:
    path = tmp_path / "capture.gz"
    whole = gzip.compress(prints(*range(5)), mtime=0)
    assert taken(BINANCE, path, whole) == 0

    assert -1 in {taken(BINANCE, path, each) for each in broken(whole)}


@pytest.mark.parametrize("table", [TRADES, QUOTES])
@given(place=st.floats(0, 1), cut=st.integers(0, 30), put=NONSENSE)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
def test_nonsense_put_anywhere_is_counted(tmp_path: Path, table: bytes, place: float, cut: int, put: bytes) -> None:
    at = int(place * len(table))
    taken(plain(Reading()), tmp_path / "t.csv", table[:at] + put + table[at + cut :])


@pytest.mark.parametrize("field", ["ts_ns", "size"])
@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_a_number_no_tape_has_room_for_is_a_row_of_nonsense(tmp_path: Path, field: str, number: int) -> None:
    row = {"ts_ns": OPEN + 1, "size": 100, field: number}
    data = f"symbol,ts_ns,price,size\nSPY,{OPEN},160,100\nSPY,{row['ts_ns']},160,{row['size']}\n"

    assert taken(plain(Reading()), tmp_path / "t.csv", data.encode()) == 1


@pytest.mark.parametrize(
    "data",
    [
        prints(2**70), prints("seven"), prints(None), prints([1], kind="aggTrade"), prints("x", kind="aggTrade"),
        prints(2**63, kind="aggTrade"), prints(1, seen=2**64), prints(1, seen="1.e9999999"),
        prints(5).replace(b"1381152600000,", b"99999999999999999,", 1),
    ],
)  # fmt: skip
def test_a_print_no_tape_has_room_for_is_counted(tmp_path: Path, data: bytes) -> None:
    assert taken(BINANCE, tmp_path / "capture.txt", data) == 1


@pytest.mark.parametrize("unit", ["ns", "us", "ms", "s"])
def test_a_time_of_a_million_digits_is_not_worked_out(unit: Unit) -> None:
    """It would take for ever, and all memory there is."""
    texts = ["1e999999999", "9.9e99999", "-1e999999999", "1e-999999999"]
    assert moments(texts, unit, UTC) == [-1, -1, -1, 0]


def test_a_year_no_tape_has_room_for_is_unknown() -> None:
    """64 bits of nanoseconds end in the year 2262."""
    assert moments(["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"], "iso", UTC) == [-1, -1]


def test_a_parquet_tape_broken_in_its_names_and_words_is_one_line(tmp_path: Path) -> None:
    """What Parquet calls text need not be; hftd's own tape, with each byte of its tail in turn another one."""
    (tmp_path / "t.csv").write_bytes(TRADES)
    tape = import_file(plain(Reading()), tmp_path / "t.csv", tmp_path).tape
    (file,) = tape.glob("*.parquet")
    whole = file.read_bytes()
    lines = set()
    for place in range(len(whole) - 3_000, len(whole) - 8, 3):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xA5]) + whole[place + 1 :])
        try:
            assert len(list(open_tape([tape]))) <= 6
        except HftdError as error:
            lines.add(str(error))

    assert all(line.startswith(f"{file}: ") and "\n" not in line for line in lines)
    assert any("codec can't decode" in line for line in lines)
