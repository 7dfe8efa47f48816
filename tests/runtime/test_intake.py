"""Frames into the journal and through the engine: many at a time do what one after the other does."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hftd import native
from hftd.core.agenda import Agenda
from hftd.core.effects import Effect, Submit, WakeAt
from hftd.core.engine import Engine
from hftd.core.events import Event, FeedUp, SessionPhase, Timer, Trade
from hftd.core.intents import Wish, buy, wake
from hftd.core.seat import Seat
from hftd.core.session import Schedule
from hftd.core.state import State
from hftd.core.stretch import Unheeded
from hftd.plugin.keys import Keys
from hftd.runtime.clock import VenueClock
from hftd.runtime.intake import Intake
from hftd.runtime.past.journal import FORMAT, Begin, Frame, Journal, Lived, read, segments
from hftd.runtime.past.relive import relive, settle
from hftd.runtime.past.unfold import Unfolding
from hftd.runtime.speed.stages import Stages
from hftd.venues.alpaca.market_data import MarketData

calm = settings(deadline=None)  # a busy machine is no fault of the code
START = 1_790_000_000_000_000_000  # 2026-09-21T14:13:20Z
SECOND = 1_000_000_000
DAY = "2026-09-21"

compiled_only = pytest.mark.skipif(native.wire is None, reason="hftd was installed without a compiler")


class Alert:
    """Buys on a print of seven shares; after one of nine it wants to be told when two seconds are over."""

    def __init__(self) -> None:
        self.heard: list[Event] = []

    def on_trade(self, trade: Trade) -> Wish | None:
        self.heard.append(trade)
        match trade.size:
            case 7:
                return buy(trade.symbol, 1)
            case 9:
                return wake(trade.seen + 2 * SECOND, str(trade.id))
            case 13:
                raise ValueError("thirteen")
        return None

    def on_timer(self, timer: Timer) -> None:
        self.heard.append(timer)


def engine() -> tuple[Engine, Alert]:
    alert = Alert()
    return Engine(State(), [Seat("alert", alert, ("SPY", "BRK.B"))], [], flatten=False), alert


def feed(*, compiled: bool, follows: bool) -> MarketData:
    with pytest.MonkeyPatch.context() as patch:
        if not compiled:
            patch.setattr(native, "wire", None)
        return MarketData("wss://stream.example/v2/iex", Keys("KEY", "SECRET"), "json", keeps_time=follows)


class Life:
    """As much of a daemon as takes frames: what it performs, it notes."""

    def __init__(self, folder: Path, *, compiled: bool = True, follows: bool = False) -> None:
        self.engine, self.alert = engine()
        self.clock: Any = VenueClock(START) if follows else SimpleNamespace(follows=False, now=lambda: START, hear=id)
        self.stages = Stages(lambda turn: None)
        self.journal = Journal(folder, Begin(FORMAT, DAY, "abcdef", "0.1.0", {}))
        self.performed: list[Effect] = []
        self.told: list[Event] = []
        self.agenda = Agenda(Schedule(()))
        inquiry: Any = SimpleNamespace(after_gap=lambda *_: None)
        self.intake = Intake(
            self, self.agenda, inquiry,  # type: ignore[arg-type]
            perform=self.perform, catch_up=self.catch_up, hear_time=lambda said: None, tell=self.tell,
        )  # fmt: skip
        self.stream: Any = SimpleNamespace(feed=feed(compiled=compiled, follows=follows), noticed=self.told.append)
        self.hear(SessionPhase("warmup", DAY, START - 2, START - 1, "abcdef"))
        self.hear(SessionPhase("open", DAY, START - 1, 2**62, "abcdef"))

    def tell(self, event: Event, number: int) -> None:
        self.told.append(event)

    def hear(self, event: Event) -> None:
        self.journal.event(event)
        self.perform(self.engine.step(event))

    def perform(self, effects: Sequence[Effect]) -> None:
        self.journal.effects(effects)
        self.performed += effects
        for effect in effects:
            if isinstance(effect, WakeAt):
                self.agenda.wake(effect.at, effect.key)

    def catch_up(self, now: int) -> None:
        while now >= self.agenda.due:
            event = self.agenda.take(now)
            assert event is not None
            self.hear(event)

    def take(self, frames: list[bytes], most: Sequence[int] = (1,)) -> None:
        """Offer frames, so many at once as ``most`` says in turn."""
        at = turn = 0
        while at < len(frames):
            taken = self.intake.take(self.stream, frames[at : at + most[turn % len(most)]])
            assert taken
            at += taken
            turn += 1

    def end(self) -> object:
        """What is left of it all in the end."""
        self.journal.close()
        return facts(self.engine)


def facts(made: Engine) -> object:
    state = made.state
    lines = {symbol: (line.last, line.seen, line.until) for symbol, line in state.book.lines.items()}
    return state.now, state.counts["trades"], lines, list(state.blotter.open), made.seats["alert"].standing


def message(symbol: str, size: int, ms: int, number: int = 1) -> dict[str, object]:
    seconds, rest = divmod(13 * 60 * 1000 + 20_000 + ms, 1000)
    stamp = f"{DAY}T14:{seconds // 60:02}:{seconds % 60:02}.{rest:03}Z"
    return {"T": "t", "S": symbol, "i": number, "x": "V", "p": 562.17, "s": size, "t": stamp, "c": ["@"], "z": "B"}


def frame(*messages: dict[str, object]) -> bytes:
    return json.dumps(messages, separators=(",", ":")).encode()


STATUS = frame({"T": "s", "S": "SPY", "sc": "T", "t": "2026-09-21T14:13:21Z", "z": "C"})
UP = frame({"T": "subscription", "trades": ["SPY"]})
MESSAGES = st.builds(
    message, st.sampled_from(["SPY", "BRK.B", "QQQ", "A"]), st.sampled_from([100, 100, 7, 9]), st.integers(0, 9_999),
    st.integers(1, 99),
)  # fmt: skip
FRAMES = st.lists(
    st.lists(MESSAGES, min_size=1, max_size=8).map(lambda messages: frame(*messages))
    | st.sampled_from([STATUS, UP, b"no JSON", b"[]"]),
    max_size=10,
)
MOST = st.lists(st.integers(1, 5), min_size=1, max_size=4)


@calm
@given(FRAMES, MOST)
def test_the_journal_is_the_same_however_many_are_taken_at_once(frames: list[bytes], most: list[int]) -> None:
    """Byte by byte: every frame, what of it was lived when something followed, and what that was."""
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        slow, fast = Life(Path(one), compiled=False), Life(Path(other))
        slow.take(frames)
        fast.take(frames, most)

        assert fast.end() == slow.end()
        assert fast.performed == slow.performed
        assert fast.alert.heard == slow.alert.heard
        assert fast.told == slow.told
        assert [path.read_bytes() for path in segments(Path(other))] == [
            path.read_bytes() for path in segments(Path(one))
        ]


@calm
@given(FRAMES, MOST, st.booleans())
def test_what_was_lived_is_what_the_journal_lets_live_again(
    frames: list[bytes], most: list[int], follows: bool
) -> None:
    """Read again print by print, without what is compiled; timers come between the prints they came between."""
    with TemporaryDirectory() as folder:
        life = Life(Path(folder), follows=follows)
        life.take(frames, most)
        left = life.end()
        again, alert = engine()
        again.recalling = True
        unfolding = Unfolding([feed(compiled=False, follows=follows)], follows=follows)
        relive(again, unfolding, read(Path(folder)))
        settle(again, unfolding)

    assert alert.heard == life.alert.heard
    assert facts(again) == left


@compiled_only
def test_frames_without_consequence_are_taken_together(tmp_path: Path) -> None:
    life = Life(tmp_path)
    frames = [frame(message("SPY", 100, 1)), frame(message("QQQ", 100, 2)), STATUS, frame(message("SPY", 100, 3))]

    assert life.intake.take(life.stream, frames) == 2
    assert life.intake.take(life.stream, frames[2:]) == 1
    assert life.intake.take(life.stream, frames[3:]) == 1
    life.end()
    assert [each.content.data for each in read(tmp_path) if isinstance(each.content, Frame)] == frames


@compiled_only
def test_the_first_frame_with_a_consequence_is_the_last_that_is_taken(tmp_path: Path) -> None:
    """Prints nobody heeds count as much as others where the journal says how much of the frame was lived."""
    life = Life(tmp_path)
    acting = frame(message("QQQ", 100, 1), message("A", 100, 1), message("SPY", 7, 1), message("QQQ", 100, 1))
    frames = [frame(message("SPY", 100, 1)), acting, frame(message("SPY", 7, 1))]

    assert life.intake.take(life.stream, frames) == 2
    assert life.engine.state.counts["trades"] == 5
    life.end()
    found = [each.content for each in read(tmp_path)]
    assert [type(each) for each in found[-5:]] == [Frame, Frame, Lived, Submit, Lived]
    assert [each.count for each in found if isinstance(each, Lived)] == [3, 4]


@compiled_only
def test_a_timer_comes_before_the_first_print_that_is_later(tmp_path: Path) -> None:
    """Where the venue's time is ours, it goes on within frames."""
    life = Life(tmp_path, follows=True)
    life.take([frame(message("SPY", size, ms)) for size, ms in ((9, 0), (100, 1_999), (100, 2_000))], [3])

    assert [type(event) for event in life.alert.heard] == [Trade, Trade, Timer, Trade]
    assert life.clock.now() == START + 2 * SECOND


@compiled_only
def test_a_print_nobody_heeds_is_no_event(tmp_path: Path) -> None:
    life = Life(tmp_path)
    steps: list[Event] = []
    step = life.engine.step

    def noted(event: Event) -> Sequence[Effect]:
        steps.append(event)
        return step(event)

    life.engine.step = noted
    life.take([frame(*(message("QQQ", 100, ms) for ms in range(50)))])

    assert steps == [Unheeded(50, START)]
    assert life.engine.state.counts["trades"] == 50


def test_a_model_that_raises_is_out_and_the_others_frames_are_lived(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.take([frame(message("SPY", 13, 1), message("SPY", 7, 1)), frame(message("SPY", 7, 1))], [2])

    assert life.engine.seats["alert"].standing == "benched"
    assert (len(life.alert.heard), life.engine.state.counts["trades"]) == (1, 3)


@compiled_only
def test_frames_an_engine_breaks_on_are_in_the_journal(tmp_path: Path) -> None:
    """Whoever looks for the fault needs them."""
    life = Life(tmp_path)

    def broken(event: Event) -> Sequence[Effect]:
        raise ZeroDivisionError

    life.engine.step = broken
    frames = [frame(message("SPY", 100, 1))] * 3
    with pytest.raises(ZeroDivisionError):
        life.intake.take(life.stream, frames)
    life.journal.close()

    assert [each.content.data for each in read(tmp_path) if isinstance(each.content, Frame)] == frames


def test_what_a_feed_says_of_itself_is_told(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.stream.feed.opened()
    life.take([UP])

    assert [type(event) for event in life.told] == [FeedUp, FeedUp]  # to people, and to the stream
