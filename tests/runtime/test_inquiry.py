"""What is asked of the venue, when, and what becomes of the answers."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from hftd.core.events import Bar, Event, Gap, LookedUp, Snapshot
from hftd.runtime.clock import VenueClock
from hftd.runtime.office import inquiry
from hftd.runtime.office.inquiry import Inquiry
from hftd.runtime.wire.budget import Budget

NOW = 1_000


class Loop:
    """Keeps what is to happen later, and lets it happen on request."""

    def __init__(self) -> None:
        self.later: list[tuple[float, Callable[[], None]]] = []

    def after(self, seconds: float, turn: Callable[[], None]) -> None:
        self.later.append((seconds, turn))

    def pass_time(self) -> None:
        turns, self.later = self.later, []
        for _, turn in turns:
            turn()


class Office:
    """Notes every question; the test answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[Any]]] = []
        self._waiting: list[Callable[[Any, str], None]] = []

    def ask(self, method: str, arguments: list[Any], done: Callable[[Any, str], None]) -> None:
        self.asked.append((method, arguments))
        self._waiting.append(done)

    def answer(self, found: Any, failure: str = "") -> None:
        self._waiting.pop(0)(found, failure)


def snapshot(brief: bool = False) -> Snapshot:
    return Snapshot(NOW, NOW, "PA1", Decimal(1), Decimal(1), (), (), brief)


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def heard() -> list[Event]:
    return []


def make(loop: Loop, office: Office, heard: list[Event], budget: Budget | None = None) -> Inquiry:
    return Inquiry(loop, office, VenueClock(NOW), budget or Budget(0), heard.append)  # type: ignore[arg-type]


def test_a_look_that_was_asked_for_during_another_follows_it(loop: Loop, office: Office, heard: list[Event]) -> None:
    asking = make(loop, office, heard)
    asking.reconcile()
    asking.reconcile()
    asking.reconcile()
    assert office.asked == [("snapshot", [NOW, False])]

    office.answer(snapshot())
    assert office.asked == [("snapshot", [NOW, False])] * 2

    office.answer(snapshot())
    assert len(office.asked) == 2
    assert heard == [snapshot()] * 2


def test_a_look_that_fails_is_tried_again_and_told(loop: Loop, office: Office, heard: list[Event]) -> None:
    asking = make(loop, office, heard)
    asking.wake()
    asking.reconcile()
    office.answer(None, "connection refused")
    assert asking.trouble == "the account cannot be read: connection refused"

    loop.pass_time()
    office.answer(snapshot())
    assert asking.trouble == ""
    assert heard == [snapshot()]


def test_the_account_is_looked_at_briefly_now_and_then(loop: Loop, office: Office, heard: list[Event]) -> None:
    asking = make(loop, office, heard)
    asking.wake()
    assert [seconds for seconds, _ in loop.later] == [inquiry.EVERY]
    for _ in range(3):
        loop.pass_time()
        office.answer(snapshot(brief=True))

    assert office.asked == [("snapshot", [NOW, True])] * 3


def test_nobody_looks_while_asleep(loop: Loop, office: Office, heard: list[Event]) -> None:
    asking = make(loop, office, heard)
    asking.wake()
    asking.sleep()
    loop.pass_time()

    assert [method for method, _ in office.asked] == ["clock"]  # a venue that plays a tape is asked for the time


def test_orders_leave_no_budget_for_looks(loop: Loop, office: Office, heard: list[Event]) -> None:
    budget = Budget(10, now=10.0**9)
    budget.spend(10.0**9, 10)
    asking = make(loop, office, heard, budget)
    asking.wake()
    loop.pass_time()

    assert office.asked == []


def test_an_order_is_asked_for_until_the_venue_says(loop: Loop, office: Office, heard: list[Event]) -> None:
    asking = make(loop, office, heard)
    asking.resolve("a")
    asking.resolve("a")
    loop.pass_time()
    office.answer(None, "time-out")
    loop.pass_time()
    found = LookedUp("a", None, NOW)
    office.answer(found)

    assert office.asked == [("order", ["a", NOW])] * 2
    assert heard == [found]


def test_a_gap_is_told_once_with_the_bars_of_every_symbol(loop: Loop, office: Office, heard: list[Event]) -> None:
    bars = {symbol: Bar(symbol, 1.0, 1.0, 1.0, 1.0, 5, 60, NOW) for symbol in ("QQQ", "SPY")}
    asking = make(loop, office, heard)
    asking.fill_gap("market data", 500, ("QQQ", "SPY"))
    for _, (symbol, *_) in tuple(office.asked):
        assert heard == []
        office.answer([bars[symbol]])

    (gap,) = heard
    assert isinstance(gap, Gap)
    assert (gap.feed, gap.since, gap.until) == ("market data", 500, NOW)
    assert set(gap.bars) == set(bars.values())


def test_a_gap_whose_bars_cannot_be_had_is_told_all_the_same(loop: Loop, office: Office, heard: list[Event]) -> None:
    asking = make(loop, office, heard)
    asking.fill_gap("market data", 500, ("SPY",))
    office.answer(None, "403")

    assert heard == [Gap("market data", 500, NOW, NOW)]


# ---- the venue asked us to wait --------------------------------------------------------------------------------


def test_what_cannot_wait_for_the_budget_waits_for_the_venue(
    loop: Loop, office: Office, heard: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole look and the bars of a gap are put off to the end of the pause, once; the gap keeps its own end."""
    budget = Budget(200)
    asking = make(loop, office, heard, budget)
    monkeypatch.setattr(inquiry.time, "monotonic", lambda: 100.0)
    budget.pause(100.0, 30.0)
    asking.reconcile()
    asking.reconcile()
    asking.fill_gap("feed", 400, ("SPY",))
    asking.resolve("ours")
    assert (office.asked, sorted(seconds for seconds, _ in loop.later)) == ([], [1.0, 30.0, 30.0])

    loop.pass_time()  # the look-up of a single order asks the budget, and waits on
    assert office.asked == [("snapshot", [NOW, False]), ("bars", ["SPY", 400, NOW])]
    monkeypatch.setattr(inquiry.time, "monotonic", lambda: 131.0)
    loop.pass_time()
    assert office.asked[2:] == [("order", ["ours", NOW])]


def test_a_look_nobody_can_put_off_is_counted_all_the_same(loop: Loop, office: Office, heard: list[Event]) -> None:
    """Sixty-six of them take the 198 requests of a minute; after that there is nothing for routine questions."""
    budget = Budget(200, inquiry.time.monotonic())
    asking = make(loop, office, heard, budget)
    for _ in range(40):
        asking.reconcile()
        office.answer(snapshot())

    assert not budget.ask(inquiry.time.monotonic(), 1)
