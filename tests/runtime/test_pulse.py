"""Whoever waits for a start that remembers a long day hears that it goes on."""

from pathlib import Path

from hftd.core.engine import Engine
from hftd.core.events import Timer
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.runtime.past.comeback import from_yesterday
from hftd.runtime.past.journal import FORMAT, Begin, Journal, read
from hftd.runtime.past.pulse import EVERY, Pulse, paced
from hftd.runtime.past.recovery import remember, survey

RECORDS = 8


def journal(folder: Path) -> None:
    """A day of a beginning and seven timers."""
    made = Journal(folder, Begin(FORMAT, folder.name, "abc123", "0.1.0", {}))
    for at in range(RECORDS - 1):
        made.event(Timer("m:x", at, at))
    made.close()


def test_it_says_so_at_the_first_record_and_then_now_and_then() -> None:
    said, calls = list[int](), list[None]()
    pulse = Pulse(lambda: said.append(len(calls)))
    for _ in range(2 * EVERY + 1):
        pulse()
        calls.append(None)

    assert said == [0, EVERY, 2 * EVERY]


def test_a_beat_comes_before_each_record(tmp_path: Path) -> None:
    journal(tmp_path / "2026-11-20")
    beats: list[int] = []
    seen = [len(beats) for _ in paced(read(tmp_path / "2026-11-20"), lambda: beats.append(1))]

    assert seen == list(range(1, RECORDS + 1))


def test_a_day_is_looked_through_and_remembered_with_a_beat_for_each_record(tmp_path: Path) -> None:
    """And so is the day before, where this one begins."""
    day, beats = tmp_path / "2026-11-20", list[str]()
    journal(day)
    survey(day, lambda: beats.append("looked through"))
    engine = Engine(State(), [Seat("m", object(), ())], [], flatten=False)
    remember(engine, [], day, follows=False, beat=lambda: beats.append("remembered"))
    begin = Begin(FORMAT, "2026-11-23", "", "", {})
    from_yesterday(tmp_path / "2026-11-23", [], begin, follows=False, now=9, beat=lambda: beats.append("taken over"))

    assert {each: beats.count(each) for each in beats} == {
        "looked through": RECORDS, "remembered": RECORDS, "taken over": 2 * RECORDS,
    }  # fmt: skip
