"""What a day may cost: at the limit and a cent beyond, asked by an order and by nobody, and over a restart."""

from decimal import Decimal

import msgspec
import pytest

from hftd.core.effects import AnyEffect, Cancel, Effect, KillSwitch, Refuse, Submit
from hftd.core.engine import Engine
from hftd.core.events import AnyEvent, Command, Event, Fill, OrderUpdate, SessionPhase, Snapshot, Trade, VenuePosition
from hftd.core.intents import Intent, buy, sell
from hftd.core.recall import recall
from hftd.core.risk import loss
from hftd.core.risk.check import Tripwire
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat
from hftd.core.state import State, open_account

D = Decimal
MINUTE = 60 * 10**9
FIRST, SECOND = "20261019-r-000001", "20261019-r-000002"


def state(last: float, peak: int = 0) -> State:
    """10 shares that cost 100 each, a last price, and what the day stood at before."""
    made = State()
    made.book.watch("SPY")
    made.book.trade(Trade("SPY", last, 100, 1, 1))
    made.ledger.adopt(VenuePosition("SPY", D(10), D(100)))
    made.peak = D(peak)
    return made


def test_loss() -> None:
    """10 that cost 1,000: at 90 the day has lost the 100 it may, at 89.99 a dime more; what closes may pass."""
    check = loss.loss(Limits(max_daily_loss=D(100)))
    assert check(buy("SPY", 1), state(90.0)) is None
    assert check(buy("SPY", 1), state(89.99)) == "the day stands at $-100.10, allowed $-100"
    assert check(sell("SPY", 10), state(50.0)) is None
    assert check(sell("SPY", 11), state(50.0)) == "the day stands at $-500.00, allowed $-100"


def test_drawdown() -> None:
    """The day stood at 150: at 105 it has given back the 100 it may, at 104.99 a dime more; what closes may pass."""
    check = loss.drawdown(Limits(max_drawdown=D(100)))
    assert check(buy("SPY", 1), state(105.0, peak=150)) is None
    expected = "the day stands at $49.90, $100.10 below its peak, allowed $100"
    assert check(buy("SPY", 1), state(104.99, peak=150)) == expected
    assert check(sell("SPY", 10), state(104.99, peak=150)) is None


def test_a_day_that_never_made_anything_has_its_peak_at_0() -> None:
    """A drawdown from there is a loss."""
    check = loss.drawdown(Limits(max_drawdown=D(100)))
    assert [check(buy("SPY", 1), state(last)) for last in (95.0, 90.0)] == [None, None]
    assert check(buy("SPY", 1), state(89.99)) == "the day stands at $-100.10, $100.10 below its peak, allowed $100"


class Scripted:
    """A model that buys or sells so many shares at the market as the print of 1 or 2 shares says."""

    def on_trade(self, trade: Trade) -> Intent | None:
        return {1: buy("SPY", 100), 2: sell("SPY", 100)}.get(trade.size)


class Day:
    """A day in one symbol, stepped event by event; what it was told and what followed can be remembered."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.engine = self._engine()
        self.now = 0
        self.noted: list[Event | Effect] = []
        self.hear(SessionPhase("open", "2026-10-19", 1, 0, "r"))

    def _engine(self) -> Engine:
        checks = [("loss", loss.loss(self.limits)), ("drawdown", loss.drawdown(self.limits))]
        return Engine(open_account(D(100_000)), [Seat("m", Scripted(), ["SPY"])], checks, flatten=False)

    def hear(self, event: Event) -> list[Effect]:
        effects = list(self.engine.step(event))
        self.noted += [event, *effects]
        return effects

    def trade(self, price: float, size: int = 100, later: int = 1) -> list[Effect]:
        self.now += later
        return self.hear(Trade("SPY", price, size, self.now, self.now))

    def fill(self, order: str, price: int, side: str = "buy", shares: int = 100) -> list[Effect]:
        return self.hear(Fill(order, f"x{len(self.noted)}", "SPY", side, D(shares), D(price), self.now, self.now))  # type: ignore[arg-type]

    def restarted(self) -> Engine:
        """A fresh engine that remembers the day from bytes."""
        made = self._engine()
        made.recalling = True
        for each in self.noted:
            if isinstance(each, Effect):
                recall(made, msgspec.msgpack.decode(msgspec.msgpack.encode(each), type=AnyEffect))
            else:
                made.step(msgspec.msgpack.decode(msgspec.msgpack.encode(each), type=AnyEvent))
        made.recalling = False
        return made


def long_at_100(limits: Limits) -> Day:
    """A day that holds 100 shares that cost 100 each."""
    day = Day(limits)
    (effect,) = day.trade(100.0, size=1)
    assert isinstance(effect, Submit)
    day.hear(OrderUpdate(FIRST, "accepted", day.now, day.now, "v1"))
    day.fill(FIRST, 100)
    return day


def test_a_minute_that_ends_beyond_the_limit_stops_trading_though_nobody_wishes_anything() -> None:
    """A cent below 99 loses 101 of the 100 that are allowed; within the minute nobody looks."""
    day = long_at_100(Limits(max_daily_loss=D(100)))
    assert day.trade(99.0, later=MINUTE) == []
    assert day.trade(98.99) == []
    assert [KillSwitch("the day stands at $-101.00, allowed $-100")] == day.trade(98.99, later=MINUTE)
    assert day.trade(90.0, later=MINUTE) == [], "it is said once"


def test_a_fill_beyond_the_limit_stops_trading_and_withdraws_what_is_open() -> None:
    """Bought at 100 while the last price is 98.99."""
    day = Day(Limits(max_daily_loss=D(100)))
    day.trade(98.99, size=1)
    (other,) = day.trade(98.99, size=1)
    day.hear(OrderUpdate(SECOND, "accepted", day.now, day.now, "v2"))
    assert isinstance(other, Submit)
    expected = [KillSwitch("the day stands at $-101.00, allowed $-100"), Cancel(SECOND, "v2")]
    assert expected == day.fill(FIRST, 100)


def test_a_settlement_beyond_the_limit_stops_trading() -> None:
    """The venue says that 100 shares were held that cost 102."""
    day = Day(Limits(max_daily_loss=D(100)))
    day.trade(100.0)
    held = (VenuePosition("SPY", D(100), D(102)),)
    effects = day.hear(Snapshot(5, 5, "PA", D(1), D(1), held))
    assert KillSwitch("the day stands at $-200.00, allowed $-100") in effects


def test_the_peak_is_marked_each_minute() -> None:
    """102 in the middle of a minute is no peak; 101 at its turn is, and 99.99 is 101 below it."""
    day = long_at_100(Limits(max_drawdown=D(100)))
    day.trade(102.0)
    assert D(0) == day.engine.state.peak
    day.trade(101.0, later=MINUTE)
    assert D(100) == day.engine.state.peak
    assert day.trade(100.0, later=MINUTE) == []
    expected = KillSwitch("the day stands at $-1.00, $101.00 below its peak, allowed $100")
    assert [expected] == day.trade(99.99, later=MINUTE)


def test_an_order_finds_a_broken_limit_between_the_marks() -> None:
    """Its refusal throws the switch; so long nobody had looked."""
    day = long_at_100(Limits(max_drawdown=D(100)))
    reason = "the day stands at $-101.00, $101.00 below its peak, allowed $100"
    assert day.trade(98.99) == []
    refusal = Refuse("m", buy("SPY", 100), "drawdown", reason, day.now + 1)
    assert [refusal, KillSwitch(reason)] == day.trade(98.99, size=1)


def test_what_closes_passes_after_the_switch_was_thrown() -> None:
    """The 100 that are held may be sold."""
    day = long_at_100(Limits(max_daily_loss=D(100)))
    day.trade(98.0, later=MINUTE)
    (effect,) = day.trade(98.0, size=2)
    assert isinstance(effect, Submit)
    assert (effect.order.side, effect.order.shares) == ("sell", D(100))


def test_after_a_resume_the_drawdown_begins_anew_and_the_loss_does_not() -> None:
    """At 99 the day stands at -100: from there 100 more may be given back, and the day's loss is what it is."""
    day = long_at_100(Limits(max_drawdown=D(100), max_daily_loss=D(1_000)))
    day.trade(101.0, later=MINUTE)
    assert day.trade(99.0, later=MINUTE) != []
    assert [KillSwitch("")] == day.hear(Command("resume", "", "root", day.now))
    assert day.trade(98.0, later=MINUTE) == []
    assert day.trade(97.99, later=MINUTE) != []
    tight = long_at_100(Limits(max_daily_loss=D(100)))
    tight.trade(98.0, later=MINUTE)
    tight.hear(Command("resume", "", "root", tight.now))
    assert [KillSwitch("the day stands at $-200.00, allowed $-100")] == tight.trade(98.0, later=MINUTE)


@pytest.mark.parametrize("prices", [[101.0, 103.0, 102.5], [101.0, 103.0, 101.99], [103.0, 99.0, 99.5]])
def test_peak_and_switch_survive_a_restart(prices: list[float]) -> None:
    """The day is remembered from its events and effects alone; then the next minute decides the same."""
    day = long_at_100(Limits(max_drawdown=D(100)))
    for price in prices:
        day.trade(price, later=MINUTE)
    again = day.restarted()
    assert D(300) == again.state.peak == day.engine.state.peak
    assert again.state.halted == day.engine.state.halted
    event = Trade("SPY", 101.9, 100, day.now + MINUTE, day.now + MINUTE)
    assert list(day.engine.step(event)) == list(again.step(event))
    assert again.state.halted == day.engine.state.halted != ""


def test_a_peak_of_yesterday_is_not_today_s() -> None:
    """The day begins at 0."""
    day = long_at_100(Limits())
    day.trade(103.0, later=MINUTE)
    day.hear(SessionPhase("open", "2026-10-20", day.now, 0, "s"))
    assert D(0) == day.engine.state.peak


def test_a_limit_that_cannot_be_told_is_a_broken_one() -> None:
    """Whatever it raises, trading stops."""

    def broken(_: State) -> str:
        raise RuntimeError("by hand")

    engine = Engine(open_account(D(1)), [], [("mine", Tripwire(broken))], flatten=False)
    effects = list(engine.step(Snapshot(1, 1, "PA", D(1), D(1))))
    assert [KillSwitch("the check itself failed: RuntimeError: by hand")] == effects
