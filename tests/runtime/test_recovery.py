"""Start is recovery: a day that was journaled comes back as it was, and its numbers go on."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hftd.core.effects import Cancel, Effect, Submit
from hftd.core.engine import Engine
from hftd.core.events import (
    Command,
    Enter,
    Event,
    FeedUp,
    Fill,
    Leave,
    OrderUpdate,
    Restarted,
    Rules,
    SessionPhase,
    Shutdown,
    Snapshot,
    Timer,
    Trade,
    VenueOrder,
    Version,
)
from hftd.core.intents import buy, sell
from hftd.core.orders import order_id
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.errors import HftdError
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Wanted
from hftd.runtime.past import journal as journal_module
from hftd.runtime.past.journal import Begin, Journal, bodies, read, segments
from hftd.runtime.past.recovery import Survey, begins_again, day_folder, lock, open_journal, put_aside, remember, survey
from hftd.venues.alpaca.market_data import MarketData

DAY, RUN = "2026-11-20", "abc123"
OPEN = 1_795_185_000_000_000_000  # 2026-11-20T14:30:00Z
SECOND = 1_000_000_000
D = Decimal
BEGIN = Begin(2, DAY, "", "", {})


class Alternate:
    """Buys three at every second trade, sells one at every other; remembers how many trades it saw."""

    def __init__(self) -> None:
        self.seen = 0
        self.told: list[str] = []

    def on_trade(self, trade: Trade) -> Any:
        self.seen += 1
        self.told.append(f"{trade.id}")
        return buy("SPY", 3) if self.seen % 2 else sell("SPY", 1)

    def on_open(self, event: Any) -> None:
        self.told.append("open")


def feed() -> MarketData:
    made = MarketData("ws://x/v2/iex", Keys("sim", "sim"), "json")
    made.wanted = Wanted(trades=("SPY",))
    return made


class Day:
    """An engine and its journal, fed as the daemon feeds them: note, live, note what was decided."""

    def __init__(self, folder: Path, journal: Journal | None = None) -> None:
        self.folder = folder
        self.model = Alternate()
        self.engine = Engine(State(), [Seat("alternate", self.model, ("SPY",))], [], flatten=False)
        self.feed = feed()
        self.sent: list[str] = []
        self.decided: list[Effect] = []
        self.journal = journal or open_journal(folder, Survey(run=RUN), BEGIN, fsync=False)

    def hear(self, event: Event) -> None:
        self.journal.event(event)
        self._decide(self.engine.step(event))

    def frame(self, *messages: dict[str, Any], due: SessionPhase | None = None) -> None:
        """A frame; ``due`` comes between its events, as the clock would bring it."""
        data = json.dumps(messages).encode()
        self.journal.frame(self.feed.name, 5, data)
        events = self.feed.decode(data, 0)
        self.journal.lived, self.journal.marked = 0, len(events)
        for event in events:
            if due is not None and event.seen >= due.seen:
                self.hear(due)
                due = None
            self.journal.lived += 1
            self._decide(self.engine.step(event))
        self.journal.mark()

    def _decide(self, effects: Sequence[Effect]) -> None:
        self.decided = list(effects)
        self.journal.effects(effects)
        self.sent += [effect.order.id for effect in effects if isinstance(effect, Submit)]

    def close(self) -> None:
        self.journal.close()


def trade(number: int, seconds: int, size: int = 10) -> dict[str, Any]:
    stamp = f"2026-11-20T14:30:{seconds:02d}Z" if seconds >= 0 else "2026-11-20T14:29:59Z"
    whole = {"T": "t", "S": "SPY", "i": number, "x": "V", "p": 100.0 + number, "s": size, "c": ["@"], "z": "B"}
    return {**whole, "t": stamp}


def phase(name: Any, at: int) -> SessionPhase:
    return SessionPhase(name, DAY, at, 0, RUN)


def lived(folder: Path) -> Day:
    """A morning: connected, opened, four orders, one filled in part, one filled, one rejected, one still open."""
    day = Day(folder)
    day.hear(phase("warmup", OPEN - 60 * SECOND))
    day.hear(FeedUp("market data", OPEN - 50 * SECOND))
    day.hear(Snapshot(1, OPEN - 40 * SECOND, "PA1", Decimal(100_000), Decimal(200_000)))
    day.hear(phase("open", OPEN))
    for number in range(1, 5):
        day.frame(trade(number, number))
    first, second, third, _ = day.sent
    day.hear(OrderUpdate(first, "accepted", OPEN, OPEN + 5 * SECOND, "v1"))
    day.hear(Fill(first, "e1", "SPY", "buy", Decimal(2), Decimal("101.5"), OPEN, OPEN + 6 * SECOND, "v1"))
    day.hear(Fill(second, "e2", "SPY", "sell", Decimal(1), Decimal("102"), OPEN, OPEN + 7 * SECOND, "v2"))
    day.hear(OrderUpdate(third, "rejected", OPEN, OPEN + 8 * SECOND, "", "403 insufficient buying power"))
    return day


def remembered(folder: Path, *, follows: bool = True) -> Day:
    """Another process, later: what it knows of the day."""
    found = survey(folder)
    day = Day(folder, open_journal(folder, found, BEGIN, fsync=False))
    count = remember(day.engine, [day.feed], folder, follows=follows)
    assert count == day.journal.number
    day.hear(Restarted(found.until))
    return day


def facts(day: Day) -> dict[str, Any]:
    """Everything of the state that a restart must not change."""
    state = day.engine.state
    return {
        "now": state.now, "day": state.day, "run": state.run, "counts": state.counts, "refusals": state.refusals,
        "pace": list(state.pace), "cash": state.ledger.cash, "profit": state.profit(), "power": state.buying_power,
        "positions": {name: (held.shares, held.cost) for name, held in state.ledger.positions.items()},
        "open": {name: (w.order, w.status, w.filled, w.cost, w.venue_id) for name, w in state.blotter.open.items()},
        "done": {name: (w.order, w.status, w.filled, w.reason) for name, w in state.blotter.done.items()},
        "price": state.price("SPY"), "model": day.model.told, "seat": day.engine.seats["alternate"].counts,
    }  # fmt: skip


def test_a_day_comes_back_as_it_was(tmp_path: Path) -> None:
    """Positions, cash, orders, counts, the book and the model, from the journal alone."""
    before = lived(tmp_path)
    before.close()
    after = remembered(tmp_path)

    assert facts(after) == facts(before)
    assert before.engine.state.counts["orders"] == 4
    assert before.engine.state.ledger.shares("SPY") == 1
    assert list(before.engine.state.blotter.open) == [before.sent[0], before.sent[3]]


def test_nothing_is_believed_to_be_connected_or_settled(tmp_path: Path) -> None:
    """The venue has the last word, and entering the day's phase connects."""
    lived(tmp_path).close()
    state = remembered(tmp_path).engine.state

    assert (state.reconciled, state.feeds, state.phase) == (False, {}, "asleep")


def test_order_numbers_go_on(tmp_path: Path) -> None:
    """The same day and the same run: no second order can ever have an id that was used."""
    before = lived(tmp_path)
    before.close()
    after = remembered(tmp_path)
    after.hear(phase("open", OPEN + 20 * SECOND))
    after.hear(Snapshot(OPEN + 20 * SECOND, OPEN + 21 * SECOND, "PA1", Decimal(99_000), Decimal(100_000)))
    after.frame(trade(5, 30))

    assert before.sent == [order_id(DAY, RUN, number) for number in range(1, 5)]
    assert after.sent == [order_id(DAY, RUN, 5)]


def test_it_can_be_remembered_again_and_again(tmp_path: Path) -> None:
    """Three restarts, each with a little more: the journal grows by what is new, nothing is counted twice."""
    day = lived(tmp_path)
    for number in range(3):
        before = facts(day)
        day.close()
        day = remembered(tmp_path)
        assert facts(day) == before
        day.hear(Timer("nobody:x", OPEN, OPEN + (30 + number) * SECOND))

    assert day.engine.state.counts["orders"] == 4


def test_a_withdrawal_that_may_never_have_left_is_asked_for_again(tmp_path: Path) -> None:
    """It was written down, and the process died: an order still open at the venue must not be left there."""
    day = lived(tmp_path)
    day.hear(Command("halt", "", "root", OPEN + 9 * SECOND))
    assert Cancel(day.sent[0], "v1") in day.decided
    day.close()
    after = remembered(tmp_path)
    theirs = VenueOrder(
        day.sent[0], "v1", "SPY", "buy", Decimal(3), Decimal(2), Decimal("101.5"), "partially_filled"
    )  # fmt: skip
    asked = OPEN + 20 * SECOND
    after.hear(Snapshot(asked, asked, "PA1", Decimal(100_000), Decimal(200_000), (), (theirs,)))

    assert [effect for effect in after.decided if isinstance(effect, Cancel)] == [Cancel(day.sent[0], "v1")]


def test_a_torn_tail_loses_its_last_record_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A power cut in the middle of the last write; what is cut off is said, once."""
    day = lived(tmp_path)
    before = facts(day)
    day.hear(OrderUpdate(day.sent[0], "canceled", OPEN, OPEN + 9 * SECOND, "v1"))
    day.close()
    path = segments(tmp_path)[-1]
    sizes = [end for end, _ in bodies(path.read_bytes())]
    os.truncate(path, sizes[-1] - 3)
    for _ in range(2):
        survey(tmp_path)

    torn = sizes[-1] - 3 - sizes[-2]
    assert caplog.messages == [f"{tmp_path}: {torn} bytes of a record that was not finished are cut off its end"]
    assert facts(remembered(tmp_path))["open"] == before["open"]


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_what_became_due_within_a_frame_comes_back_in_its_place(tmp_path: Path, place: int) -> None:
    """The open came after so many of a frame's three trades: as many were outside the session, then and now."""
    day = Day(tmp_path)
    day.hear(phase("warmup", OPEN - 60 * SECOND))
    day.hear(Snapshot(1, OPEN - 40 * SECOND, "PA1", Decimal(100_000), Decimal(200_000)))
    trades = [trade(number, -1 if number < place else number + 1) for number in range(3)]
    opening = phase("open", OPEN + (place + 1) * SECOND)
    day.frame(*trades, due=opening)
    if place == 3:
        day.hear(opening)
    day.frame(trade(7, 40))
    day.close()
    after = remembered(tmp_path)

    assert day.engine.state.counts["outside"] == place
    assert day.model.told == ["open", *(str(number) for number in range(place, 3)), "7"]
    assert facts(after) == facts(day)


def test_a_shutdown_of_yesterday_s_process_is_not_one_of_today_s(tmp_path: Path) -> None:
    day = lived(tmp_path)
    day.hear(Shutdown("SIGTERM", OPEN + 9 * SECOND))
    day.close()

    assert not remembered(tmp_path).engine.state.stopping


def test_frames_of_a_feed_that_is_gone_are_passed_over(tmp_path: Path) -> None:
    """The settings may name another venue today; the orders are still ours."""
    before = lived(tmp_path)
    before.close()
    engine = Engine(State(), [Seat("alternate", Alternate(), ("SPY",))], [], flatten=False)
    remember(engine, [], tmp_path, follows=True)

    assert engine.state.counts["orders"] == 4
    assert engine.state.ledger.shares("SPY") == 1


# ---- the folder ------------------------------------------------------------------------------------------------


def test_a_new_day_has_a_run_of_its_own(tmp_path: Path) -> None:
    """Drawn once, and read back: two daemons, or a daemon whose state was wiped, never meet each other's ids."""
    runs = []
    for name in ("a", "b"):
        open_journal(tmp_path / name, survey(tmp_path / name), BEGIN, fsync=False).close()
        runs.append(survey(tmp_path / name).run)
        journal = open_journal(tmp_path / name, survey(tmp_path / name), BEGIN, fsync=False)
        assert journal.begin.run == runs[-1]
        journal.close()

    assert len(set(runs)) == 2
    assert all(len(run) == 6 for run in runs)


def test_a_survey_says_how_far_the_journal_goes(tmp_path: Path) -> None:
    day = lived(tmp_path)
    day.close()

    found = survey(tmp_path)
    assert (found.number, found.run, found.until) == (day.journal.number, RUN, OPEN + 8 * SECOND)
    assert found.begin is not None
    assert found.begin.day == DAY
    assert survey(tmp_path / "absent") == Survey()


def test_a_survey_says_who_played_last_and_by_which_rules(tmp_path: Path) -> None:
    """As the day began, and what came and went since."""
    stays, goes, comes, again = (Version(letter) for letter in "abcd")
    journal = open_journal(tmp_path, Survey(), replace(BEGIN, models={"s": stays, "g": goes}), fsync=False)
    entries = [Enter("c", comes, 5), Enter("c", again, 6)]
    for event in (*entries, Leave("g", False, 7), Rules(Limits(max_shares=D(7)), True, 8)):
        journal.event(event)
    journal.close()
    found = survey(tmp_path)
    assert (found.models, found.entered) == ({"s": stays, "c": again}, {"c": entries[1]})
    assert found.rules == Rules(Limits(max_shares=D(7)), True, 8)


def test_a_journal_of_another_format_is_refused(tmp_path: Path) -> None:
    Journal(tmp_path, Begin(99, DAY, RUN, "9.0", {})).close()

    with pytest.raises(HftdError, match=rf"^{tmp_path}: journal format 99, this hftd reads 2$"):
        survey(tmp_path)


def test_writing_goes_on_in_the_last_segment_whatever_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "SEGMENT", 2_000)
    lived(tmp_path).close()
    (last := segments(tmp_path)[-1]).rename(last.with_name("000009.journal"))
    before = segments(tmp_path)
    found = survey(tmp_path)
    journal = open_journal(tmp_path, found, BEGIN, fsync=False)
    journal.event(Timer("key", 7, 8))
    journal.close()

    assert len(before) > 1
    assert [record.content for record in read(tmp_path)][-1] == Timer("key", 7, 8)
    assert [path.name for path in segments(tmp_path)][: len(before)] == [path.name for path in before]


@pytest.mark.parametrize(
    ("behind", "anew"),
    [(-SECOND, False), (1, False), (7 * SECOND, False), (11 * SECOND, True), (3600 * SECOND, True)],
    ids=["ahead", "cut to microseconds", "a skewed clock", "another tape", "another tape, an hour on"],
)
def test_a_day_begins_again_only_where_the_clock_is_well_behind(behind: int, anew: bool) -> None:
    """A venue's clock that is a little off must not make a journal, and the orders in it, be put aside."""
    assert begins_again(Survey(10, RUN, OPEN), OPEN - behind) is anew


def test_a_day_put_aside_can_begin_anew(tmp_path: Path) -> None:
    place = day_folder(tmp_path, DAY)
    for number in (1, 2):
        lived(place).close()
        assert put_aside(place) == place.with_name(f"{DAY}.{number}")

    assert survey(place) == Survey()


LOCK_AND_WAIT = """
import sys
from pathlib import Path
from hftd.runtime.past.recovery import lock
lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_state_folder_is_one_process_s(tmp_path: Path) -> None:
    """A second daemon is refused; when the first is gone, even killed, the next one may have it."""
    other = subprocess.Popen(
        [sys.executable, "-c", LOCK_AND_WAIT, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(HftdError, match=rf"^{tmp_path}: another hftd uses this state folder$"):
        lock(tmp_path)
    other.kill()
    other.communicate()

    os.close(lock(tmp_path))


def test_a_state_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(HftdError, match=r"/file: the state folder cannot be used: File exists$"):
        lock(tmp_path / "file")
