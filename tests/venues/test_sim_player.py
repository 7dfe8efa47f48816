"""Playing a tape: what is shown when, what the clock says, and when day orders end. The audience only records."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from hftd.core.events import Bar, Event, Quote, Trade
from hftd.core.matching import Exchange
from hftd.core.session import Day, Phase
from hftd.venues.sim.brokerage import Brokerage
from hftd.venues.sim.clock import SECOND, SimClock
from hftd.venues.sim.history import History
from hftd.venues.sim.player import Player

HOUR = 3600 * SECOND
MINUTE = 60 * SECOND
MIDNIGHT = 1_767_589_200 * SECOND  # 2026-01-05 00:00 New York is 05:00 UTC


def session(number: int) -> Day:
    """A day of pre-market from 4, trading from 9:30 to 16, post-market to 20, New York."""
    base = MIDNIGHT + number * 24 * HOUR
    half = HOUR // 2
    return Day(f"2026-01-{5 + number:02d}", (
        Phase("pre", base + 4 * HOUR, base + 9 * HOUR + half),
        Phase("regular", base + 9 * HOUR + half, base + 16 * HOUR),
        Phase("post", base + 16 * HOUR, base + 20 * HOUR),
    ))  # fmt: skip


MONDAY, TUESDAY = session(0), session(1)
OPEN, CLOSE = MONDAY.phases[1].start, MONDAY.phases[1].end
LEAD = 10 * SECOND


def trade(ts: int, price: float = 100.0) -> Trade:
    return Trade("SPY", price, 100, ts, ts)


class Recorder:
    """Writes down what it is shown and told."""

    def __init__(self) -> None:
        self.heard: list[object] = []
        self.watched = asyncio.Event()
        self.watched.set()

    async def show(self, events: Sequence[Event]) -> None:
        self.heard += events

    async def tell_time(self, now: int, settle: bool = False) -> None:
        self.heard.append(now)


class Play:
    """A player among recorders."""

    def __init__(
        self,
        tape: Iterable[Any],
        days: Sequence[Day] = (MONDAY, TUESDAY),
        speed: float | None = None,
        phases: tuple[str, ...] = ("regular",),
    ) -> None:
        first = next(each for each in days[0].phases if each.name in phases)
        self.clock = SimClock(first.start - LEAD, speed)
        self.audience = Recorder()
        self.updates: list[tuple[str, str]] = []
        exchange = Exchange(Decimal(100_000), partial_fills=False)
        self.brokerage = Brokerage(exchange, lambda data: self.updates.append((data["event"], data["timestamp"])))
        self.history = History()
        self.player = Player(
            clock=self.clock, tape=iter(tape), days=days, phases=phases, brokerage=self.brokerage,
            history=self.history, audience=self.audience, lead=LEAD,  # type: ignore[arg-type]
        )  # fmt: skip
        self.player.catch_up()

    def run(self) -> list[object]:
        asyncio.run(self.player.play())
        return self.audience.heard

    def submit(self, **body: Any) -> None:
        order = {"symbol": "SPY", "qty": 1, "side": "buy", "type": "market", "time_in_force": "day"}
        self.brokerage.submit(order | body, self.clock.now())


def test_the_clock_is_told_exactly_at_every_boundary_and_events_lie_between():
    tape = [trade(OPEN), trade(OPEN + 5), trade(CLOSE - 1)]
    heard = [each for each in Play(tape).run() if not isinstance(each, Bar)]
    assert heard == [OPEN - LEAD, OPEN, *tape, CLOSE, CLOSE + 10 * SECOND, CLOSE + HOUR]


def test_what_lies_outside_the_played_phase_is_not_shown_but_known():
    play = Play([trade(OPEN - HOUR, 90.0), trade(OPEN - SECOND, 91.0), trade(CLOSE + 5, 92.0)])
    assert play.history.of("SPY").trades[-1].price == 90.0
    assert not [each for each in play.run() if isinstance(each, Trade)]
    assert [each.price for each in play.history.of("SPY").trades] == [90.0, 91.0, 92.0]


def test_all_phases_are_shown_when_asked_for():
    pre, post = MONDAY.phases[0], MONDAY.phases[2]
    tape = [trade(pre.start), trade(OPEN), trade(post.end - 1)]
    heard = [each for each in Play(tape, phases=("pre", "regular", "post")).run() if not isinstance(each, Bar)]
    assert heard == [
        pre.start - LEAD, pre.start, tape[0], OPEN, tape[1], CLOSE, tape[2], post.end,
        post.end + 10 * SECOND, post.end + HOUR,
    ]  # fmt: skip


def test_the_next_day_of_the_tape_begins_at_its_own_open():
    opens = TUESDAY.phases[1].start
    heard = Play([trade(OPEN), trade(opens)]).run()
    moments = [each for each in heard if isinstance(each, int)]
    assert moments == [
        OPEN - LEAD, OPEN, CLOSE, opens - LEAD, opens, TUESDAY.phases[1].end,
        TUESDAY.phases[1].end + 10 * SECOND, TUESDAY.phases[1].end + HOUR,
    ]  # fmt: skip


def test_days_without_events_are_left_out():
    wednesday = session(2)
    play = Play([trade(OPEN), trade(wednesday.phases[1].start)], days=(MONDAY, TUESDAY, wednesday))
    assert TUESDAY.phases[1].start not in play.run()


def test_time_is_told_about_every_thousand_events():
    heard = Play([trade(OPEN + place) for place in range(3500)]).run()
    inside = [each for each in heard if isinstance(each, int) and OPEN < each < CLOSE]
    assert inside == [OPEN + 999, OPEN + 1999, OPEN + 2999]


def test_day_orders_wait_for_the_open_and_expire_at_the_close():
    play = Play([Quote("SPY", 99.0, 1, 101.0, 1, OPEN - 1, OPEN - 1), trade(OPEN)])
    play.submit(client_order_id="bought")
    play.submit(client_order_id="rests", type="limit", limit_price=90)
    play.run()
    assert play.updates == [
        ("accepted", "2026-01-05T14:29:50Z"),
        ("accepted", "2026-01-05T14:29:50Z"),
        ("new", "2026-01-05T14:30:00Z"),
        ("new", "2026-01-05T14:30:00Z"),
        ("fill", "2026-01-05T14:30:00Z"),
        ("expired", "2026-01-05T21:00:00Z"),
    ]
    assert play.brokerage.by_client_id("bought")["filled_avg_price"] == "101"
    assert play.brokerage.by_client_id("rests")["expired_at"] == "2026-01-05T21:00:00Z"


def test_minute_bars_come_after_the_last_print_of_their_minute():
    heard = Play([trade(OPEN, 100.0), trade(OPEN + 1, 102.0), trade(OPEN + MINUTE, 101.0)]).run()
    shown = [each for each in heard if isinstance(each, Trade | Bar)]
    kinds = [each.span if isinstance(each, Bar) else "trade" for each in shown]
    assert kinds == ["trade", "trade", "minute", "day", "trade", "minute", "day"]
    first, last = shown[2], shown[-1]
    assert isinstance(first, Bar)
    assert isinstance(last, Bar)
    assert (first.ts, first.open, first.high, first.volume) == (OPEN, 100.0, 102.0, 200)
    assert (last.ts, last.volume, last.trades) == (MIDNIGHT, 300, 3)


def test_without_a_watcher_nothing_moves():
    play = Play([trade(OPEN)])
    play.audience.watched.clear()

    async def wait() -> None:
        playing = asyncio.create_task(play.player.play())
        done, _ = await asyncio.wait([playing], timeout=0.05)
        assert not done
        playing.cancel()

    asyncio.run(wait())
    assert play.audience.heard == []
    assert play.clock.now() == OPEN - LEAD


def test_in_timed_play_events_come_when_they_are_due_and_the_clock_beats():
    play = Play([trade(OPEN), trade(OPEN + 20 * SECOND)], days=(MONDAY,), speed=100.0)

    async def watch() -> float:
        playing = asyncio.create_task(play.player.play())
        begun = time.monotonic()
        while len(play.history.of("SPY").trades) < 2:
            await asyncio.sleep(0.002)
        playing.cancel()
        return time.monotonic() - begun

    passed = asyncio.run(asyncio.wait_for(watch(), 60))
    # The second print comes 30 venue seconds after the start: 0.3 wall seconds at 100 times real time.
    assert passed >= 0.29
    moments = [each for each in play.audience.heard if isinstance(each, int)]
    assert OPEN in moments
    assert moments == sorted(moments)
    assert play.audience.heard.index(OPEN) < play.audience.heard.index(trade(OPEN))


def test_a_play_that_cannot_keep_up_tells_no_time_ahead_of_its_events(monkeypatch):
    monkeypatch.setattr("hftd.venues.sim.player.BEAT", 0.0)
    tape = [trade(OPEN + number * SECOND) for number in range(2000)]
    play = Play(tape, days=(MONDAY,), speed=1e6)

    async def watch() -> None:
        playing = asyncio.create_task(play.player.play())
        while (played := len(play.history.of("SPY").trades)) < len(tape):
            # Who asks for the time over REST, a daemon that starts, hears none that a ping would take back.
            assert play.clock.now() <= tape[played].ts
            await asyncio.sleep(0)
        playing.cancel()

    asyncio.run(asyncio.wait_for(watch(), 60))
    latest = 0
    for each in play.audience.heard:
        if isinstance(each, int):
            assert each >= latest
            latest = each
        elif isinstance(each, Trade):
            assert each.ts >= latest


def test_an_empty_tape_ends_at_once():
    assert Play([]).run() == [OPEN - LEAD + 10 * SECOND, OPEN - LEAD + HOUR]


@pytest.mark.parametrize("speed", [1.0, 1000.0])
def test_orders_before_the_open_see_a_clock_that_does_not_pass_it(speed):
    play = Play([trade(OPEN)], speed=speed)
    play.clock.limit = OPEN
    play.clock.run()
    assert play.clock.now() <= OPEN
