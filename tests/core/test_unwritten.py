"""A journal that cannot be written: nothing is decided that could not be sent, until it can be written again."""

from decimal import Decimal
from typing import Any

import pytest

from hftd.core.effects import Effect, KillSwitch, Refuse, Submit
from hftd.core.engine import Engine
from hftd.core.events import Command, Event, Fill, OrderUpdate, Restarted, SessionPhase, Snapshot, Trade, VenuePosition
from hftd.core.intents import Intent, buy, sell
from hftd.core.risk.gate import halt
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat
from hftd.core.state import State, open_account
from hftd.runtime.past.page import carry

FULL = "000001.journal: cannot be written: No space left on device"
HELD = (VenuePosition("SPY", Decimal(4), Decimal(100)),)
FIRST, SECOND = "20261120-abc123-000001", "20261120-abc123-000002"


class Alternates:
    """Buys four at prints of an odd size and sells four at the others."""

    def on_trade(self, trade: Trade) -> Intent:
        return buy("SPY", 4) if trade.size % 2 else sell("SPY", 4)


class Day:
    """An open day on which four shares are held."""

    def __init__(self) -> None:
        self.state = open_account(Decimal(100_000))
        seat = Seat("alternates", Alternates(), ["SPY"])
        self.engine = Engine(self.state, [seat], [("halt", halt(Limits()))], flatten=False)
        self.now = 0
        for phase in ("warmup", "open"):
            self.hear(SessionPhase, phase, "2026-11-20", run="abc123")
        assert [type(effect) for effect in self.trade(1)] == [Submit]
        self.hear(OrderUpdate, FIRST, "accepted", self.now, venue_id="v1")
        self.hear(Fill, FIRST, "x1", "SPY", "buy", Decimal(4), Decimal(100), self.now)

    def hear(self, kind: type[Event], *arguments: Any, **more: Any) -> list[Effect]:
        self.now += 1
        return list(self.engine.step(kind(*arguments, seen=self.now, **more)))

    def trade(self, size: int) -> list[Effect]:
        return self.hear(Trade, "SPY", 100.0, size, self.now)

    def disk(self, trouble: str) -> list[Effect]:
        return self.hear(Command, "unwritten", trouble, "hftd")

    def snapshot(self) -> list[Effect]:
        money = {"account": "PA1", "cash": Decimal(100_000), "buying_power": Decimal(100_000)}
        return self.hear(Snapshot, self.now + 1, **money, positions=HELD)


@pytest.fixture
def day() -> Day:
    return Day()


def codes(effects: list[Effect]) -> list[str]:
    return [effect.code if isinstance(effect, Refuse) else type(effect).__name__ for effect in effects]


def test_what_closes_is_refused_as_well_and_no_order_gets_a_number(day: Day) -> None:
    assert day.disk(FULL) == [KillSwitch(FULL)]
    (refusal,) = day.trade(2)

    assert isinstance(refusal, Refuse)
    assert (refusal.code, refusal.reason) == ("halt", f"no order without its record: {FULL}")
    assert [codes(day.trade(size)) for size in (1, 2, 2)] == [["halt"]] * 3
    assert day.state.counts["orders"] == 1


def test_once_it_is_written_again_positions_are_closed_and_none_is_opened(day: Day) -> None:
    day.disk(FULL)
    day.trade(2)
    assert day.disk("") == []
    assert codes(day.trade(1)) == ["halt"]
    (effect,) = day.trade(2)

    assert isinstance(effect, Submit)
    assert effect.order.id == SECOND


def test_flattening_waits_for_it(day: Day) -> None:
    day.disk(FULL)
    day.hear(Command, "flatten", "enough", "root")
    assert day.snapshot() == []
    (effect,) = day.disk("")

    assert isinstance(effect, Submit)
    assert (effect.order.side, effect.order.shares, effect.order.id) == ("sell", Decimal(4), SECOND)


def test_nobody_resumes_before_it_is_written_again(day: Day) -> None:
    day.hear(Command, "halt", "the feed is odd", "root")
    assert day.disk(FULL) == [KillSwitch("the feed is odd")]
    assert day.hear(Command, "resume", "", "root") == [KillSwitch(FULL)]
    assert codes(day.trade(1)) == ["halt"]

    day.disk("")
    assert day.hear(Command, "resume", "", "root") == [KillSwitch("")]
    assert codes(day.trade(1)) == ["Submit"]


def test_another_process_and_another_day_begin_with_a_journal_that_could_be_written(day: Day) -> None:
    """They could not begin otherwise."""
    day.disk(FULL)
    day.hear(Restarted)
    assert (day.state.unwritten, day.state.halted) == ("", FULL)

    day.disk(FULL)
    begins = Engine(State(), [Seat("alternates", Alternates(), ["SPY"])], [], flatten=False)
    for engine in (day.engine, begins):
        engine.step(carry(day.engine, day.now))
        assert (engine.state.unwritten, engine.state.halted) == ("", FULL)
