"""Sealing: a day's journal becomes a tape that says what the daemon was told, whoever is killed in between."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hftd.config.schema import Venue
from hftd.core.effects import Alert
from hftd.core.events import Bar, Event, FeedUp, Gap, Quote, SessionPhase, Status, Trade
from hftd.errors import HftdError
from hftd.lab.tapes import seal as seal_module
from hftd.lab.tapes.seal import journals, market, over, seal
from hftd.plugin.keys import Keys
from hftd.runtime.past.journal import FORMAT, Begin, Journal
from hftd.tape import open_tape
from hftd.tape.facts import facts
from hftd.venues.alpaca.market_data import MarketData
from hftd.venues.alpaca.updates import Updates

DAY = "2026-11-20"
OPEN = 1_795_185_000_000_000_000  # 2026-11-20T14:30:00Z
SECOND = 1_000_000_000


def live(venue: Venue) -> tuple[MarketData | Updates, ...]:
    """Feeds of a venue that does not keep the time: events are seen by the daemon's clock."""
    return MarketData("ws://x/v2/iex", Keys("", ""), venue.encoding), Updates("ws://x/stream", Keys("", ""))


def stamp(second: int) -> str:
    return f"2026-11-20T14:{30 + second // 60:02d}:{second % 60:02d}.5Z"


def trade(second: int) -> dict[str, object]:
    return {"T": "t", "S": "SPY", "i": second, "x": "V", "p": 100.0 + second, "s": 10, "c": ["@", "I"], "z": "B",
            "t": stamp(second)}  # fmt: skip


def quote(second: int) -> dict[str, object]:
    return {"T": "q", "S": "SPY", "bx": "V", "bp": 99.0, "bs": 1, "ax": "Q", "ap": 101.0, "as": 2, "c": ["R"],
            "z": "B", "t": stamp(second)}  # fmt: skip


BAR = {"T": "b", "S": "SPY", "o": 100.0, "h": 102.0, "l": 99.0, "c": 101.0, "v": 20, "n": 2, "vw": 100.5,
       "t": "2026-11-20T14:30:00Z"}  # fmt: skip
HALT = {"T": "s", "S": "SPY", "sc": "H", "sm": "Halt", "rc": "T1", "rm": "News", "z": "C", "t": stamp(3)}


def journal(folder: Path, *frames: list[dict[str, object]], phase: str = "asleep") -> Path:
    """A day with one frame each second after the open, seen a tenth of a second late, among other records."""
    written = Journal(folder, Begin(FORMAT, DAY, "abc123", "0.1.0"))
    written.event(SessionPhase("open", DAY, OPEN, 0, "abc123"))
    written.frame("market data", OPEN, b'[{"T":"success","msg":"connected"}]')
    written.frame("trade updates", OPEN, b'{"stream":"listening","data":{"streams":["trade_updates"]}}')
    written.event(FeedUp("market data", OPEN))
    for second, messages in enumerate(frames):
        written.frame("market data", seen(second), json.dumps(messages).encode())
        written.effects([Alert("info", "something was decided")])
    written.event(SessionPhase(phase, DAY, OPEN + 3600 * SECOND, 0, "abc123"))
    written.close()
    return folder


def seen(second: int) -> int:
    return OPEN + second * SECOND + SECOND // 10


def test_a_sealed_day_says_what_the_daemon_was_told_when_it_was_told(tmp_path: Path) -> None:
    """A frame of three messages is three events of one moment, in their order."""
    day = journal(tmp_path / "journal" / DAY, [quote(0)], [trade(1), quote(1), trade(1)], [BAR], [HALT])
    made = seal(day, tmp_path / "tapes" / DAY, live)
    half = SECOND // 2
    expected: list[Event] = [
        Quote("SPY", 99.0, 1, 101.0, 2, OPEN + half, seen(0), ("R",), "V", "Q", "B"),
        Trade("SPY", 101.0, 10, OPEN + SECOND + half, seen(1), ("@", "I"), "V", "B", 1),
        Quote("SPY", 99.0, 1, 101.0, 2, OPEN + SECOND + half, seen(1), ("R",), "V", "Q", "B"),
        Trade("SPY", 101.0, 10, OPEN + SECOND + half, seen(1), ("@", "I"), "V", "B", 1),
        Bar("SPY", 100.0, 102.0, 99.0, 101.0, 20, OPEN, seen(2), "minute", 2, 100.5),
        Status("SPY", True, "H", "T1", OPEN + 3 * SECOND + half, seen(3), "News"),
    ]
    tape = open_tape([made.tape])
    assert list(tape) == expected
    assert (made.events, made.note.oddities, made.kept, tape.report.faults) == (6, 0, False, 0)


def test_a_gap_stands_where_the_daemon_was_told_of_it(tmp_path: Path) -> None:
    """It came from no frame, with the minute that could be had."""
    minute = Bar("SPY", 100.0, 102.0, 99.0, 101.0, 20, OPEN, OPEN + 60 * SECOND, "minute", 2, 100.5)
    gap = Gap("market data", OPEN, OPEN + SECOND, seen(0), (minute,))
    written = Journal(tmp_path / DAY, Begin(FORMAT, DAY, "abc123", "0.1.0"))
    written.frame("market data", seen(0), json.dumps([trade(0)]).encode())
    written.event(gap)
    written.frame("market data", seen(0), json.dumps([quote(0)]).encode())
    written.close()
    told = list(open_tape([seal(tmp_path / DAY, tmp_path / "tape", live).tape]))
    assert told[1] == gap
    assert [type(event) for event in told] == [Trade, Gap, Quote]


def test_where_the_venue_keeps_the_time_events_are_seen_when_they_happen(tmp_path: Path) -> None:
    day = journal(tmp_path / DAY, [trade(1)])
    feeds = [MarketData("ws://x", Keys("", ""), "json", keeps_time=True)]
    ((_, event),) = market(day, feeds)
    assert isinstance(event, Trade)
    assert (event.ts, event.seen) == (OPEN + 3 * SECOND // 2,) * 2


def test_what_made_no_sense_is_counted(tmp_path: Path) -> None:
    day = journal(tmp_path / DAY, [trade(1), {**trade(1), "p": -1}, {"T": "q"}])
    assert seal(day, tmp_path / "tape", live).note.oddities == 2


def test_a_sealed_day_is_left_alone_until_its_journal_has_grown(tmp_path: Path) -> None:
    day, tape = journal(tmp_path / DAY, [trade(1)]), tmp_path / "tapes" / DAY
    seal(day, tape, live)
    before = (tape / "trades.parquet").stat().st_ino
    assert seal(day, tape, live).kept
    assert (tape / "trades.parquet").stat().st_ino == before
    more = Journal(day, Begin(FORMAT, DAY, "abc123", "0.1.0"), number=8)
    more.frame("market data", seen(60), json.dumps([trade(60)]).encode())
    more.close()
    assert not seal(day, tape, live).kept
    assert facts(tape / "trades.parquet").rows == 2


def test_a_journal_cut_in_the_middle_of_a_record_gives_what_was_whole(tmp_path: Path) -> None:
    day = journal(tmp_path / DAY, [trade(1)], [trade(2)], [trade(3)])
    file = day / "000001.journal"
    file.write_bytes(file.read_bytes()[:-150])
    assert seal(day, tmp_path / "tape", live).events == 2


@pytest.mark.parametrize("frames", [[], [[{"T": "success", "msg": "authenticated"}]]])
def test_a_day_without_market_data_makes_no_tape(tmp_path: Path, frames: list[list[dict[str, object]]]) -> None:
    day = journal(tmp_path / DAY, *frames)
    with pytest.raises(HftdError) as caught:
        seal(day, tmp_path / "tapes" / DAY, live)
    assert str(caught.value) == f"{day}: no market data in it"
    assert list((tmp_path / "tapes").iterdir()) == []


def test_a_folder_without_a_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HftdError, match="no journal in this folder, expected files such as 000001"):
        seal(tmp_path, tmp_path / "tape", live)


# ---- broken off ------------------------------------------------------------------------------------------------------


class Broken(Exception):
    """The power went."""


def test_what_was_sealed_before_a_failure_is_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts of two events: the failure comes in the third part."""
    monkeypatch.setattr(seal_module, "PART", 2)
    day, tape = journal(tmp_path / DAY, *([trade(second)] for second in range(7))), tmp_path / "tapes" / DAY

    def failing(_: Path, feeds: object) -> Iterator[object]:
        for count, event in enumerate(market(day, feeds)):  # type: ignore[arg-type]
            if count == 5:
                raise Broken
            yield event

    with monkeypatch.context() as once:
        once.setattr(seal_module, "market", failing)
        with pytest.raises(Broken):
            seal(day, tape, live)
    assert not tape.exists()
    parts = tape.with_name(f".{DAY}.parts")
    written = {part: (part / "trades.parquet").stat().st_mtime_ns for part in parts.glob("00*")}
    assert len(written) == 2

    kept: dict[Path, int] = {}
    join = seal_module.Parts.finish

    def spying(self: seal_module.Parts, notes: dict[str, str]) -> None:
        kept.update({part: (part / "trades.parquet").stat().st_mtime_ns for part in parts.glob("00*")})
        join(self, notes)

    monkeypatch.setattr(seal_module.Parts, "finish", spying)
    seal(day, tape, live)
    assert {part: kept[part] for part in written} == written
    assert len(kept) == 4
    assert [event.id for event in open_tape([tape])] == list(range(7))
    assert [path.name for path in (tmp_path / "tapes").iterdir()] == [DAY]


SEALING = """
import sys
from pathlib import Path
from hftd.lab.tapes import seal
from test_seal import live
seal.PART = 50
add = seal.Parts.add
def telling(self, *what, **more):
    add(self, *what, **more)
    print("part", flush=True)
seal.Parts.add = telling
seal.seal(Path(sys.argv[1]), Path(sys.argv[2]), live)
"""


def test_a_killed_process_leaves_no_tape_and_the_next_one_makes_it_whole(tmp_path: Path) -> None:
    day, tape = journal(tmp_path / DAY, *([trade(second)] for second in range(1_500))), tmp_path / "tapes" / DAY
    command = [sys.executable, "-c", SEALING, str(day), str(tape)]
    environ = {**os.environ, "PYTHONPATH": f"{Path(__file__).parents[2]}:{Path(__file__).parent}"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environ) as process:
        assert process.stdout is not None
        for _ in range(3):
            assert process.stdout.readline() == b"part\n"
        process.send_signal(signal.SIGKILL)
    assert not tape.exists()
    seal(day, tape, live)
    assert [event.id for event in open_tape([tape])] == list(range(1_500))


# ---- which days ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "phase", "today", "ended"),
    [
        (DAY, "asleep", date(2026, 11, 20), True),
        (DAY, "open", date(2026, 11, 20), False),
        (DAY, "closed", date(2026, 11, 21), False),  # after midnight in London it is still evening in New York
        (DAY, "open", date(2026, 11, 22), True),
        (f"{DAY}.1", "open", date(2026, 11, 20), True),
    ],
)
def test_a_day_is_over_when_its_session_ended_or_nobody_can_go_on_with_it(
    tmp_path: Path, name: str, phase: str, today: date, ended: bool
) -> None:
    assert over(journal(tmp_path / name, [trade(1)], phase=phase), today) is ended


def test_journals_are_found_by_day_and_other_folders_are_not(tmp_path: Path) -> None:
    for name in (DAY, f"{DAY}.1", "2026-11-19"):
        journal(tmp_path / name, [trade(1)])
    (tmp_path / "2026-11-18").mkdir()
    (tmp_path / "notes").mkdir()
    assert [each.name for each in journals(tmp_path)] == ["2026-11-19", DAY, f"{DAY}.1"]
    assert journals(tmp_path / "none") == []
