"""``hftd tape``, as it is called."""

import csv
import json
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hftd.cli.main import main
from hftd.core.effects import Refuse, Submit
from hftd.core.events import Quote, SessionPhase, Trade
from hftd.core.intents import buy
from hftd.core.orders import Order
from hftd.runtime.past.journal import FORMAT, Begin, Journal
from hftd.tape import open_tape
from hftd.tape.recording import Recording

OPEN = 1_795_185_000_000_000_000  # 2026-11-20T14:30:00Z
SECOND = 1_000_000_000


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings and nothing else, where the command is given."""
    (tmp_path / "hftd.toml").write_text("")
    (tmp_path / "plugins").mkdir(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    return tmp_path


def hftd(*words: object) -> int:
    return main(["tape", *map(str, words), "--config", "hftd.toml"])


def record(folder: Path) -> None:
    with Recording(folder) as tape:
        tape.add([
            Trade("SPY", 100.0, 10, OPEN, OPEN), Quote("SPY", 99.0, 1, 101.0, 2, OPEN, OPEN + 1),
            Trade("IBM", 200.0, 5, OPEN + SECOND, OPEN + SECOND),
        ])  # fmt: skip
        tape.close({})


def journal(folder: Path, phase: str = "asleep") -> Path:
    """A day of the simulated venue, which keeps the time."""
    written = Journal(folder, Begin(FORMAT, "2026-11-20", "abc123", "0.1.0"))
    print_ = {"T": "t", "S": "SPY", "i": 1, "x": "V", "p": 100.5, "s": 34, "c": ["@"], "z": "B",
              "t": "2026-11-20T14:30:00.25Z"}  # fmt: skip
    written.frame("market data", OPEN, json.dumps([print_]).encode())
    written.event(SessionPhase(phase, "2026-11-20", OPEN + SECOND))  # type: ignore[arg-type]
    written.close()
    return folder


# ---- ls and check ----------------------------------------------------------------------------------------------------


def test_ls_says_what_there_is(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(home / "state" / "tapes" / "day")
    assert hftd("ls") == 0
    heading, quotes, trades = capsys.readouterr().out.splitlines()
    assert heading.split() == ["tape", "kind", "rows", "from", "(UTC)", "to", "(UTC)", "size", "symbols"]
    assert quotes.split()[:3] == ["state/tapes/day/quotes.parquet", "quotes", "1"]
    words = trades.split()
    assert words[:3] == ["state/tapes/day/trades.parquet", "trades", "2"]
    assert words[3:7] == ["2026-11-20", "14:30:00", "2026-11-20", "14:30:01"]
    assert words[-2:] == ["IBM,", "SPY"]


def test_ls_tells_programs_too_and_knows_files_of_others(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A CSV file that is read for it, and a Parquet file of another program, of two row groups."""
    (home / "a.csv").write_text("ts_ns,symbol,price,size\n7,A,1,1\n9,B,1,1\n")
    columns = {"ts_ns": [5, 6, 8], "symbol": ["C", "C", "D"], "price": [1.0] * 3, "size": [1] * 3}
    pq.write_table(pa.table(columns), home / "b.parquet", row_group_size=2)
    (home / "notes.csv").write_text("no,tape\n")
    assert hftd("ls", ".", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    size = (home / "b.parquet").stat().st_size
    names = ("path", "kind", "symbols", "rows", "first", "last", "bytes")
    assert [[each[name] for name in names] for each in facts] == [
        ["a.csv", "trades", ["A", "B"], 2, 7, 9, 40], ["b.parquet", "trades", ["C", "D"], 3, 5, 8, size],
    ]  # fmt: skip


def test_ls_of_nothing_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hftd("ls") == 0
    assert capsys.readouterr().out == "no tapes in state/tapes\n"


def test_ls_of_what_is_no_tape_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert hftd("ls", "hftd.toml") == 1
    assert capsys.readouterr().err.startswith("hftd: hftd.toml: columns none; a tape has ts_ns, symbol")


def test_check_is_content_with_a_sound_tape(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(home / "day")
    assert main(["tape", "check", "day"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "day/quotes.parquet: 1 rows of quotes, 1 events, no bad rows",
        "day/trades.parquet: 2 rows of trades, 2 events, no bad rows",
    ]


def test_check_counts_and_names_bad_rows(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "a.csv").write_text("ts_ns,symbol,price,size\n7,A,1,1\n8,A,-1,1\n9,A,0,1\n3,A,1,1\n")
    assert main(["tape", "check", "a.csv"]) == 1
    said = capsys.readouterr()
    assert said.out == "a.csv: 4 rows of trades, 1 events, 3 bad rows\n"
    assert said.err.splitlines() == [
        "hftd: a.csv: price not a number above zero: 2 left out, 4 rows read"
        " (first: row 2: ts_ns 8, symbol A, price -1.0, size 1)",
        "hftd: a.csv: time missing or before the row above: 1 left out, 4 rows read"
        " (first: row 4: ts_ns 3, symbol A, price 1.0, size 1)",
    ]
    assert main(["tape", "check", "a.csv", "--json"]) == 1
    (file,) = json.loads(capsys.readouterr().out)
    assert file["faults"] == {"price not a number above zero": 2, "time missing or before the row above": 1}


def test_check_of_a_folder_without_tapes_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tape", "check", "plugins"]) == 1
    assert capsys.readouterr().err == "hftd: plugins: no tape in it, expected files ending in .parquet or .csv\n"


# ---- import and export -----------------------------------------------------------------------------------------------


def test_a_csv_of_another_program_is_imported_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own names, New York's own time, one symbol; a price is missing."""
    (home / "prints.csv").write_text(
        "time,px,qty,venue\n2026-11-20 09:30:00.000000001,100.5,10,N\n2026-11-20 09:30:01,,5,N\n"
    )
    words = ("import", "csv", "prints.csv", "--rename", "ts_ns=time", "--rename", "price=px", "--rename", "size=qty",
             "--rename", "exchange=venue", "--time", "iso", "--zone", "America/New_York",
             "--symbol", "spy")  # fmt: skip
    assert hftd(*words) == 0
    said = capsys.readouterr()
    assert said.out == "state/tapes/prints: 1 trades\n"
    assert "price not a number above zero: 1 left out, 2 rows read (first: row 2: ts_ns 1795185001000000000" in said.err
    assert list(open_tape([home / "state/tapes/prints"])) == [Trade("SPY", 100.5, 10, OPEN + 1, OPEN + 1, (), "N")]
    assert hftd(*words) == 0
    assert capsys.readouterr().out == "state/tapes/prints: is there already\n"


def test_lean_and_binance_are_imported_where_they_are_wanted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with ZipFile(home / "20131007_trade.zip", "w") as archive:
        archive.writestr("20131007_spy_minute_trade.csv", "34200000,1671500,1671600,1671400,1671500,500\n")
    book = {"e": "bookTicker", "s": "BTCUSDT", "b": "10", "B": "0.5", "a": "11", "A": "1", "T": 5}
    (home / "capture.txt").write_text(f"7000000 {json.dumps(book)}\n8000000 {json.dumps({'e': 'depthUpdate'})}\n")
    assert hftd("import", "lean", "20131007_trade.zip", "--into", "mine") == 0
    assert hftd("import", "binance", "capture.txt", "--lot", "0.5", "--into", "mine") == 0
    assert capsys.readouterr().out.splitlines() == [
        "mine/20131007_spy_minute_trade: 1 bars", "mine/capture: 1 quotes, 1 other rows left out",
    ]  # fmt: skip
    assert list(open_tape([home / "mine/capture"])) == [Quote("BTCUSDT", 10.0, 1, 11.0, 2, 5_000_000, 7_000_000)]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("import", "csv", "none.csv"), 1, "none.csv: not a readable CSV or Parquet file: No such file or directory"),
        (("import", "csv", "hftd.toml"), 1, "hftd.toml: columns none; a tape has"),
        (("import", "csv", "empty.csv"), 1, "empty.csv: no event in its 0 rows"),
        (("import", "alpaca", "A", "--from", "2026-11-20", "--to", "2026-11-20"), 78, "--to: found a time that is not"),
        (("export", "none", "out.csv"), 1, "none: cannot be read: No such file or directory"),
        (("record", "plugins"), 1, "plugins: no journal in this folder"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, says: str
) -> None:
    (home / "empty.csv").write_text("ts_ns,symbol,price,size\n")
    assert hftd(*words) == status
    said = capsys.readouterr().err
    assert said.startswith(f"hftd: {says}")
    assert said.count("\n") == 1


def test_history_that_is_still_to_come_is_not_fetched(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would be taken for the whole of it ever after."""
    (home / "hftd.toml").write_text('[venue]\nname = "alpaca"\n')
    assert hftd("import", "alpaca", "SPY", "--from", "2026-01-05", "--to", "2999-01-04") == 78
    assert "a time still to come" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [("import", "csv", "a.csv", "--rename", "price"), ("import", "csv", "a.csv", "--zone", "Mars/Olympus"),
     ("import", "binance", "a.txt", "--lot", "0"), ("import", "alpaca", "SPY", "--from", "noon"), ("import",), ()],
)  # fmt: skip
def test_wrong_words_are_status_2(home: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["tape", *words])
    assert caught.value.code == 2
    assert "hftd tape" in capsys.readouterr().err


def test_an_export_is_what_was_asked_for(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(home / "day")
    assert hftd("export", "day", "out.csv", "--symbols", "ibm", "--from", "2026-11-20T14:30:01") == 0
    assert capsys.readouterr().out == "out.csv: 1 trades\n"
    with (home / "out.csv").open(newline="") as file:
        assert [(row["symbol"], row["price"]) for row in csv.DictReader(file)] == [("IBM", "200.0")]
    assert hftd("export", "day", "out.csv") == 1
    assert capsys.readouterr().err == "hftd: out.csv: is there already, expected a new file\n"


# ---- record ----------------------------------------------------------------------------------------------------------


def test_record_seals_the_days_that_are_over_and_only_those(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second one is still being written; nobody knows what day it is but the journal."""
    journal(home / "state/journal/2026-11-20")
    journal(home / "state/journal/2999-01-04", phase="open")
    assert hftd("record") == 0
    assert capsys.readouterr().out == "state/tapes/2026-11-20: 1 events of 2026-11-20\n"
    moment = OPEN + SECOND // 4
    expected = [Trade("SPY", 100.5, 34, moment, moment, ("@",), "V", "B", 1)]
    assert list(open_tape([home / "state/tapes/2026-11-20"])) == expected
    assert hftd("record", "state/journal/2026-11-20", "--into", "mine") == 0
    assert list(open_tape([home / "mine/2026-11-20"])) == expected


def test_where_no_day_is_over_record_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tape", "record", "--config", str(home / "hftd.toml")]) == 0
    assert capsys.readouterr().out.endswith("/state/journal: no journal of a day that is over\n")


def test_a_day_that_cannot_be_sealed_does_not_keep_the_others_from_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal(home / "state/journal/2026-11-19")
    (home / "state/journal/2026-11-19/000001.journal").write_bytes(b"\0" * 100)
    journal(home / "state/journal/2026-11-20")
    assert hftd("record") == 1
    said = capsys.readouterr()
    assert said.out == "state/tapes/2026-11-20: 1 events of 2026-11-20\n"
    assert said.err.count("\n") == 1
    assert "2026-11-19" in said.err


def test_what_the_daemon_did_is_exported_from_its_journal(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day = Journal(home / "day", Begin(FORMAT, "2026-11-20", "abc123", "0.1.0"))
    order = Order("20261120-abc123-000001", "m", "SPY", "buy", Decimal("5"), Decimal("100.25"), "day", OPEN)
    day.effects([Submit(order), Refuse("m", buy("IBM", 7), "pace", "too many, too fast", OPEN + 1)])
    print_ = {"stream": "trade_updates", "data": {
        "event": "fill", "execution_id": "e1", "price": "100.2", "qty": "5", "position_qty": "5",
        "timestamp": "2026-11-20T14:30:02Z", "order": {
            "id": "v1", "client_order_id": order.id, "symbol": "SPY", "side": "buy", "qty": "5", "filled_qty": "5",
            "filled_avg_price": "100.2", "status": "filled"}}}  # fmt: skip
    day.frame("order updates", OPEN + 3 * SECOND, json.dumps(print_).encode())
    day.close()
    assert hftd("export", "day", "orders.parquet", "--kind", "orders") == 0
    (sent,) = duckdb.connect().execute("SELECT id, side, shares, \"limit\", at_ns FROM 'orders.parquet'").fetchall()
    assert sent == (order.id, "buy", 5, Decimal("100.25"), OPEN)
    assert hftd("export", "day", "fills.csv", "--kind", "fills") == 0
    with (home / "fills.csv").open(newline="") as file:
        (fill,) = csv.DictReader(file)
    assert (fill["order"], fill["execution"], fill["shares"], fill["price"]) == (order.id, "e1", "5", "100.2")
    assert fill["seen_ns"] == str(OPEN + 3 * SECOND)
    assert hftd("export", "day", "refusals.csv", "--kind", "refusals", "--symbols", "IBM") == 0
    assert hftd("export", "day", "none.csv", "--kind", "refusals", "--symbols", "SPY") == 0
    with (home / "refusals.csv").open(newline="") as file:
        assert [(row["code"], row["reason"], row["shares"]) for row in csv.DictReader(file)] == [
            ("pace", "too many, too fast", "7"),
        ]  # fmt: skip
    assert capsys.readouterr().out.splitlines() == [
        "orders.parquet: 1 orders", "fills.csv: 1 fills", "refusals.csv: 1 refusals", "none.csv: 0 refusals",
    ]  # fmt: skip
    record(home / "tape")
    assert hftd("export", "tape", "more.csv", "--kind", "orders") == 1
    assert capsys.readouterr().err == "hftd: tape: a tape has no orders, expected a day's journal\n"


def test_a_journal_is_exported_without_being_sealed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal(home / "2026-11-20")
    assert hftd("export", "2026-11-20", "out.parquet") == 0
    assert capsys.readouterr().out == "out.parquet: 1 trades\n"
    assert pq.read_table(home / "out.parquet").column("price").to_pylist() == [100.5]
