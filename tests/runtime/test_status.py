"""How the daemon says it is: the line for people and the facts for programs, by hand arithmetic."""

import json
from decimal import Decimal
from typing import Any

import pytest

from hftd.core.effects import Effect
from hftd.core.engine import Engine
from hftd.core.events import Command, CommandName, Event, FeedUp, Fill, SessionPhase, Snapshot, Trade
from hftd.core.intents import buy
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.runtime.people.status import Pace, facts, line, market_events
from hftd.runtime.speed.latency import Latency

OPEN = 1_795_185_000_000_000_000  # 2026-11-20T14:30:00Z, 09:30 in New York
CLOSE = 1_795_208_400_000_000_000  # 21:00Z, 16:00 in New York
SECOND = 1_000_000_000


class Once:
    """Buys 35 at the first trade."""

    def __init__(self) -> None:
        self.done = False

    def on_trade(self, trade: Trade) -> Any:
        if self.done:
            return None
        self.done = True
        return buy("SPY", 35)


def engine(*events: Event) -> Engine:
    made = Engine(State(), [Seat("once", Once(), ("SPY",))], [], flatten=False)
    for event in events:
        made.step(event)
    return made


def phase(name: Any, at: int = OPEN, until: int = CLOSE) -> SessionPhase:
    return SessionPhase(name, "2026-11-20", at, until, "abc123")


def traded() -> Engine:
    """Bought 35 at 562.10, last price 562.45: 35 × 0.35 = 12.25 dollars."""
    made = engine(
        phase("warmup", OPEN - 60 * SECOND, OPEN), FeedUp("market data", OPEN - 50 * SECOND),
        Snapshot(OPEN - 40 * SECOND, OPEN - 40 * SECOND, "PA1", Decimal(100_000), Decimal(200_000)), phase("open"),
    )  # fmt: skip
    effects: list[Effect] = list(made.step(Trade("SPY", 562.17, 10, OPEN, OPEN + SECOND, ("@",), "V", "B", 1)))
    (order,) = [effect.order for effect in effects if hasattr(effect, "order")]
    made.step(Fill(order.id, "e1", "SPY", "buy", Decimal(35), Decimal("562.10"), OPEN, OPEN + 2 * SECOND, "v1"))
    made.step(Trade("SPY", 562.45, 10, OPEN, OPEN + 3 * SECOND, ("@",), "V", "B", 2))
    return made


def said(made: Engine, trouble: str = "", *durations: int) -> str:
    latency, pace = Latency(), Pace()
    for duration in durations:
        latency.add(duration)
    pace.note(0, 1.0)
    pace.note(1234, 2.0)
    return line(made, pace, latency, trouble)


def test_before_the_first_event_it_is_starting() -> None:
    assert said(engine()) == "starting"
    assert said(engine(), "the account cannot be read: x") == "the account cannot be read: x · starting"


def test_asleep_it_says_until_when_in_the_exchange_s_own_time() -> None:
    assert said(engine(phase("asleep", OPEN - 3600 * SECOND, OPEN))) == "asleep until Fri 2026-11-20 09:30:00 New York"
    assert said(engine(phase("asleep", OPEN, 0))) == "asleep"


def test_trading_it_says_phase_price_position_profit_pace_and_orders() -> None:
    assert said(traded()) == "open · SPY 562.45 · +35 SPY · $+12.25 · 1,234 ticks/s · 1 orders, 0 refused"


def test_with_nothing_held_it_is_flat() -> None:
    made = engine(phase("open"), Snapshot(OPEN, OPEN, "PA1", Decimal(100_000), Decimal(200_000)))

    assert said(made) == "open · flat · $+0.00 · 1,234 ticks/s · 0 orders, 0 refused"


def test_before_the_account_is_settled_it_waits_for_the_venue_and_says_what_is_in_the_way() -> None:
    made = engine(phase("open"))
    rest = "open · flat · $+0.00 · 1,234 ticks/s · 0 orders, 0 refused"

    assert said(made) == f"waiting for the venue · {rest}"
    assert said(made, "order path down: refused") == f"waiting for the venue: order path down: refused · {rest}"


def test_a_kill_switch_that_is_thrown_is_told_with_its_reason_and_whether_positions_go_too() -> None:
    made = traded()
    told: list[tuple[CommandName, str]] = [("halt", "STOPPED"), ("flatten", "STOPPED, GIVING UP POSITIONS")]
    for name, stopped in told:
        made.step(Command(name, "the feed (root)", "root", OPEN + 4 * SECOND))
        assert said(made).startswith(f"{stopped}: the feed (root) · open · SPY 562.45 · +35 SPY")


def test_trouble_comes_first_and_latency_last() -> None:
    """Sixteen microseconds, right within 19 %."""
    text = said(traded(), "the venue does not answer", *[16_384] * 10)

    assert text.startswith("the venue does not answer · open · SPY 562.45")
    assert text.endswith(" · p50 18 µs, p99 18 µs")


def test_the_facts_are_plain_data_and_agree_with_the_line() -> None:
    """Money and shares as text, times in nanoseconds, models with what they did."""
    made = traded()
    found = facts(made, Pace(), Latency(), "")

    assert json.loads(json.dumps(found)) == found
    assert found["status"].startswith("open · SPY 562.45 · +35 SPY")
    assert (found["day"], found["phase"], found["phase_until"], found["now"]) == (
        "2026-11-20", "open", CLOSE, OPEN + 3 * SECOND,
    )  # fmt: skip
    assert found["positions"] == {"SPY": {"shares": "35", "average": "562.1000"}}
    assert Decimal(found["cash"]) == Decimal(100_000) - 35 * Decimal("562.10")
    assert (found["profit"], found["reconciled"], found["feeds"]) == ("12.25", True, {"market data": True})
    assert (found["counts"]["orders"], found["counts"]["fills"], found["counts"]["trades"]) == (1, 1, 2)
    assert (found["open_orders"], found["refusals"], found["trouble"]) == ([], {}, "")
    model = found["models"]["once"]
    assert (model["state"], model["symbols"], model["buys"], model["orders"], model["reason"]) == (
        "active", ["SPY"], 1, 1, "",
    )  # fmt: skip
    assert found["tick_to_order_us"] == {"count": 0, "p50": 0.0, "p99": 0.0}


def test_an_order_that_works_is_named() -> None:
    made = engine(
        phase("warmup", OPEN - SECOND, OPEN), Snapshot(1, OPEN, "PA1", Decimal(1), Decimal(1)), phase("open"),
        Trade("SPY", 562.17, 10, OPEN, OPEN + SECOND, ("@",), "V", "B", 1),
    )  # fmt: skip

    assert facts(made, Pace(), Latency(), "")["open_orders"] == ["20261120-abc123-000001"]


def test_market_events_are_those_of_the_session_and_around_it() -> None:
    made = engine(
        phase("warmup", OPEN - SECOND, OPEN), Trade("SPY", 562.17, 10, OPEN, OPEN, ("@",), "V", "B", 1),
        phase("open", OPEN + SECOND),
        Trade("SPY", 562.17, 10, OPEN, OPEN + 2 * SECOND, ("@",), "V", "B", 2),
    )  # fmt: skip

    assert market_events(made) == 2


@pytest.mark.parametrize(
    ("notes", "expected"),
    [([(0, 1.0), (100, 2.0)], 100.0), ([(0, 1.0), (100, 1.5)], 200.0), ([(50, 1.0)], 0.0),
     ([(50, 1.0), (20, 2.0)], 0.0), ([(50, 1.0), (60, 1.0)], 0.0), ([(0, 1.0), (9, 2.0), (9, 3.0)], 0.0)],
)  # fmt: skip
def test_pace_is_events_a_second_since_the_last_note(notes: list[tuple[int, float]], expected: float) -> None:
    """A new day's count begins lower: that is no pace."""
    pace = Pace()
    for count, now in notes:
        pace.note(count, now)

    assert pace.per_second == expected
