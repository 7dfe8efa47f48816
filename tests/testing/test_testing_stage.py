"""The stage models are tested on: what happens when, what comes of it, and what ends a test at once."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import hftd
from hftd import Bar, Fill, Gap, Model, Options, Quote, SessionPhase, Status, Timer, Trade, amend, buy, cancel, sell
from hftd.core.events import Command
from hftd.core.intents import Intent
from hftd.core.matching import Fees, Terms
from hftd.errors import ConfigError, PluginError
from hftd.lab.replay.assumptions import Assumptions
from hftd.lab.replay.latency import Fixed
from hftd.testing import Benched, Given, Stage, bar, gap, minutes, play, quote, status, trade, wait

SECOND = 1_000_000_000
OPEN = 1_767_623_400 * SECOND  # 2026-01-05 14:30 UTC, 09:30 in New York
VOLUME_MODULO = Path(__file__).parents[2] / "plugins" / "volume_modulo.py"


class Ear(Model):
    """Notes everything it hears."""

    class Options(Options, frozen=True):
        symbol: str = "QQQ"

    spans = ("minute", "updated", "day")

    def start(self) -> None:
        self.heard: list[Any] = []

    def note(self, event: Any) -> None:
        self.heard.append(event)

    on_trade = on_quote = on_bar = on_status = on_gap = on_fill = on_timer = on_open = on_close = note


def heard(stage: Stage) -> list[Any]:
    """What an ``Ear`` heard after the open."""
    ear = stage.model
    assert isinstance(ear, Ear)
    assert isinstance(ear.heard[0], SessionPhase)
    return ear.heard[1:]


class Buyer(Model):
    """Buys on every print of 17 shares, at the market or at its limit."""

    class Options(Options, frozen=True):
        symbol: str = "SPY"
        shares: int = 10
        limit: float = 0.0

    def on_trade(self, trade: Trade) -> Intent | None:
        return buy(trade.symbol, self.options.shares, self.options.limit or None) if trade.size == 17 else None


# ---- when ------------------------------------------------------------------------------------------------------


def test_a_second_passes_between_events_and_the_session_is_open() -> None:
    stage = play(Ear, trade(), quote(), status(halted=True))

    assert [(type(event), event.ts, event.seen) for event in heard(stage)] == [
        (Trade, OPEN + SECOND, OPEN + SECOND),
        (Quote, OPEN + 2 * SECOND, OPEN + 2 * SECOND),
        (Status, OPEN + 3 * SECOND, OPEN + 3 * SECOND),
    ]
    assert stage.now == OPEN + 3 * SECOND
    assert stage.model.view.phase == "open"


def test_events_are_of_the_model_s_first_symbol_unless_they_name_one() -> None:
    stage = play(Ear, trade(), trade(symbol="SPY"), trade(symbol="QQQ"))
    assert [event.symbol for event in heard(stage)] == ["QQQ", "QQQ"]
    assert heard(play(Ear, trade(), symbol="SPY"))[0].symbol == "SPY"


def test_an_event_with_its_own_time_happens_then() -> None:
    stage = play(Ear, trade(at=OPEN + 90 * SECOND), trade())

    assert [event.seen - OPEN for event in heard(stage)] == [90 * SECOND, 91 * SECOND]
    with pytest.raises(ValueError, match=f"^Trade at {OPEN} ns: expected a time from {OPEN + 91 * SECOND} on$"):
        stage.tell(trade(at=OPEN))


def test_a_bar_comes_when_its_minute_is_over() -> None:
    stage = play(Ear, trade(), bar(10.0), bar(11.0, open=10.0), bar(12.0, span="updated"), bar(13.0, span="day"))

    minute, second, updated, day = (event for event in heard(stage) if isinstance(event, Bar))
    assert (minute.ts, minute.seen) == (OPEN, OPEN + 60 * SECOND)
    assert (second.ts, second.seen) == (OPEN + 60 * SECOND, OPEN + 120 * SECOND)
    assert (second.open, second.high, second.low, second.close) == (10.0, 11.0, 10.0, 11.0)
    assert (updated.ts, updated.seen) == (OPEN + 60 * SECOND, OPEN + 121 * SECOND)
    assert (day.close, day.seen) == (13.0, OPEN + 122 * SECOND)


def test_minutes_have_a_print_in_their_last_second() -> None:
    stage = play(Ear, wait(10), minutes(10.0, 11.0))

    assert [(type(event), (event.seen - OPEN) // SECOND) for event in heard(stage)] == [
        (Trade, 59), (Bar, 60), (Trade, 119), (Bar, 120),
    ]  # fmt: skip
    assert [event.price for event in heard(stage) if isinstance(event, Trade)] == [10.0, 11.0]


def test_a_gap_takes_its_time_and_its_bars_are_of_the_minutes_that_began_in_it() -> None:
    stage = play(Ear, trade(), gap(bar(10.0), bar(11.0), seconds=150))

    (found,) = (event for event in heard(stage) if isinstance(event, Gap))
    assert (found.since, found.until, found.seen) == (OPEN + SECOND, OPEN + 151 * SECOND, OPEN + 151 * SECOND)
    assert [(each.ts - OPEN) // SECOND for each in found.bars] == [60, 120]
    assert {each.symbol for each in found.bars} == {"QQQ"}


def test_timers_come_while_time_passes() -> None:
    class Sleeper(Ear):
        def on_trade(self, trade: Trade) -> Any:
            return hftd.wake(trade.seen + 30 * SECOND, "up")

    stage = play(Sleeper, trade(), wait(29.5))
    assert heard(stage) == []
    stage.tell(wait(1))

    assert heard(stage) == [Timer("up", OPEN + 31 * SECOND, OPEN + 31 * SECOND)]


def test_the_session_may_be_any_and_ends_when_it_is_closed() -> None:
    opens = 1_381_152_600 * SECOND  # 2013-10-07 13:30 UTC
    stage = play(Ear, trade(), given=Given(opens=opens)).close()

    first, last = heard(stage)
    assert first.seen == opens + SECOND
    # Six and a half hours after the open.
    assert (last.phase, last.day, last.seen) == ("closed", "2013-10-07", opens + 23_400 * SECOND)
    assert stage.model.view.phase == "asleep"


def test_anything_else_in_a_script_is_a_mistake() -> None:
    with pytest.raises(TypeError, match=r"^17 in the script: expected an event, wait\(\) or minutes\(\)$"):
        play(Ear, 17)  # type: ignore[arg-type]


# ---- what comes of it ------------------------------------------------------------------------------------------


def test_an_order_fills_at_the_next_print_where_nobody_quotes() -> None:
    stage = play(Buyer, trade(size=17), trade(100.5))

    assert stage.wishes == [buy("SPY", 10)]
    (order,) = stage.orders
    assert (order.id, order.model, order.side, order.shares) == ("20260105-replay-000001", "Buyer", "buy", 10)
    (fill,) = stage.fills
    assert (fill.shares, fill.price, stage.position(), stage.open_orders) == (10, Decimal("100.5"), 10, ())
    assert stage.tell(trade(101.5)).profit == 10


def test_an_order_fills_at_once_at_the_far_side_of_a_quote() -> None:
    stage = play(Buyer, quote(), trade(size=17))

    assert [(fill.price, fill.seen) for fill in stage.fills] == [(Decimal("100.01"), OPEN + 2 * SECOND)]


def test_a_limit_order_waits_for_its_price() -> None:
    stage = play(Buyer, trade(size=17), trade(100.0), limit=99.0)
    (order,) = stage.open_orders
    assert order.limit == 99

    stage.tell(trade(98.5))
    assert (stage.position(), stage.position("QQQ"), stage.open_orders) == (10, 0, ())


def test_a_refusal_names_its_check() -> None:
    stage = play(Buyer, [trade(size=17)] * 3, given=Given(risk={"max_position": 20}))

    (refusal,) = stage.refusals
    assert (refusal.code, refusal.reason) == ("position", "position would be 30 shares, allowed 20")
    assert len(stage.orders) == 2


def test_further_checks_are_asked_after_the_shipped_ones() -> None:
    stage = play(Buyer, trade(size=17), given=Given(checks={"never": lambda intent, state: f"no {intent.side} today"}))

    assert [(refusal.code, refusal.reason) for refusal in stage.refusals] == [("never", "no buy today")]


def test_in_the_shadow_wishes_are_all_there_is() -> None:
    stage = play(Buyer, trade(size=17), trade(), given=Given(state="shadow"))

    assert (stage.wishes, stage.orders, stage.position()) == ([buy("SPY", 10)], [], 0)


def test_the_venue_rejects_until_it_is_told_otherwise() -> None:
    stage = play(Buyer, trade(size=17), given=Given(rejects="no shares to borrow"))
    assert [rejection.reason for rejection in stage.rejections] == ["no shares to borrow"]

    stage.venue.rejects = ""
    stage.tell(trade(size=17), trade())
    assert (len(stage.rejections), stage.position()) == (1, 10)


def test_the_venue_knows_what_the_account_can_pay() -> None:
    """A cash account of 500 dollars cannot buy ten shares at 100 (Alpaca: no margin below 2,000)."""
    stage = play(Buyer, quote(), trade(size=17), given=Given(cash=500))

    assert [rejection.reason for rejection in stage.rejections] == ["insufficient buying power"]


def test_an_order_may_fill_in_parts() -> None:
    stage = play(Buyer, quote(), trade(size=17), given=Given(largest_fill=4))
    assert stage.position() == 4

    stage.tell(quote(), quote())
    assert [fill.shares for fill in stage.fills] == [4, 4, 2]
    assert stage.open_orders == ()


def test_while_it_is_halted_nothing_is_sent_and_nothing_fills() -> None:
    stage = play(Buyer, trade(size=17), status(halted=True), trade(size=17), trade())
    assert ([refusal.code for refusal in stage.refusals], stage.position()) == (["market_halt"], 0)

    assert stage.tell(status(halted=False), trade()).position() == 10


def test_no_quote_from_before_a_gap_fills_an_order() -> None:
    stage = play(Buyer, quote(), gap(seconds=1), trade(size=17))
    assert stage.position() == 0

    assert stage.tell(quote()).position() == 10


def test_orders_may_take_their_time_and_cost_something() -> None:
    """There and back in 20 ms: the fill at the quote's far side is heard of then; ten shares at a cent each."""
    slow = Assumptions(Fixed(15_000_000, 5_000_000), Terms(Fees(per_share=Decimal("0.01"))))
    stage = play(Buyer, quote(), trade(size=17), given=Given(assumptions=slow))
    assert stage.fills == []

    stage.tell(wait(0.02))
    (fill,) = stage.fills
    assert (fill.ts, fill.seen, fill.fee) == (OPEN + 2_015_000_000, OPEN + 2_020_000_000, Decimal("0.10"))


def test_amendments_and_withdrawals_are_orders_and_ids() -> None:
    class Nervous(Buyer):
        def on_quote(self, quote: Quote) -> Any:
            (order,) = self.view.orders()
            return amend(order.id, limit=98) if order.limit == 99 else cancel(order.id)

    stage = play(Nervous, trade(size=17), quote(), limit=99.0)
    assert [order.limit for order in stage.orders] == [99, 98]
    stage.tell(quote())
    assert stage.withdrawn == ["20260105-replay-000002"]
    assert stage.open_orders == ()


def test_a_handler_may_yield_its_wishes() -> None:
    class Both(Model):
        class Options(Options, frozen=True):
            symbol: str = "SPY"

        def on_trade(self, trade: Trade) -> Any:
            yield buy("SPY", 1)
            yield hftd.target("SPY", 5)

    stage = play(Both, trade())
    assert stage.wishes == [buy("SPY", 1), hftd.target("SPY", 5)]
    assert [order.shares for order in stage.orders] == [1, 4]


def test_the_account_is_flattened_before_the_close_where_it_is_to_be() -> None:
    # The last print before the closing seconds is 10 s old at most: 23,395 s after the open they begin.
    script = (trade(size=17), quote(), wait(23_390), trade())
    kept = play(Buyer, *script).close()
    flat = play(Buyer, *script, given=Given(flatten=True)).close()

    assert (kept.position(), flat.position()) == (10, 0)


def test_an_operator_s_word_is_an_event_like_any_other() -> None:
    stage = play(Buyer, trade(), Command("halt", "enough", "somebody", 0), trade(size=17))

    assert [refusal.code for refusal in stage.refusals] == ["halt"]


def test_options_are_held_to_the_model_s_own() -> None:
    assert play(Buyer, trade(size=17), shares=7).orders[0].shares == 7
    with pytest.raises(ConfigError, match=r"^Buyer: share: no such key, nearest is shares$"):
        play(Buyer, share=7)
    with pytest.raises(ConfigError, match=r'^Buyer: shares: expected a whole number, found "7"$'):
        play(Buyer, shares="7")
    with pytest.raises(ConfigError, match=r"^risk: max_share: no such key, nearest is max_shares$"):
        play(Buyer, given=Given(risk={"max_share": 1}))


def test_what_is_no_model_is_said() -> None:
    with pytest.raises(PluginError, match=r"^int: expected a subclass of hftd.Model, found int$"):
        play(int)  # type: ignore[arg-type]
    with pytest.raises(PluginError, match=r"^Ear: no symbol, expected `symbol` or `symbols` in its Options$"):
        play(Ear, symbol="")


def test_a_file_will_do() -> None:
    """34 = 2 x 17 is a sale, 62 = 2 x 31 a purchase."""
    stage = play(VOLUME_MODULO, quote(), trade(size=34), trade(size=62))

    assert [order.side for order in stage.orders] == ["sell", "buy"]
    assert play(str(VOLUME_MODULO), trade(size=34), shares=1).orders[0].shares == 1


# ---- the bench -------------------------------------------------------------------------------------------------


class Raising(Model):
    class Options(Options, frozen=True):
        symbol: str = "SPY"

    def on_trade(self, trade: Trade) -> Any:
        raise RuntimeError("out of ideas")


def test_a_model_that_raises_ends_the_test_with_what_it_raised() -> None:
    with pytest.raises(Benched, match=r"^RuntimeError: out of ideas at test_testing_stage\.py:\d+$") as caught:
        play(Raising, trade())

    assert isinstance(caught.value.__cause__, RuntimeError)
    assert isinstance(caught.value, AssertionError)


def test_a_wish_that_is_none_ends_it_too() -> None:
    class Odd(Buyer):
        def on_trade(self, trade: Trade) -> Any:
            return 17

    with pytest.raises(Benched, match=r"^TypeError: a handler returned 17; expected buy"):
        play(Odd, trade())


def test_a_test_that_foresees_it_goes_on() -> None:
    stage = play(Raising, trade(), trade(), given=Given(may_bench=True))

    assert stage.benched.startswith("RuntimeError: out of ideas")
    assert "RuntimeError: out of ideas" in repr(stage)


# ---- the story -------------------------------------------------------------------------------------------------


def test_the_story_tells_each_event_and_what_followed() -> None:
    stage = play(Buyer, quote(), trade(size=17), trade(size=17), given=Given(risk={"max_position": 10}))

    assert list(stage.story()) == [
        "14:25:00  session 2026-01-05: warmup",
        "            Connect()",
        "14:30:00  session 2026-01-05: open",
        "14:30:01  quote SPY: 100 at 99.99, 100 at 100.01",
        "14:30:02  trade SPY: 17 at 100.0",
        "            sent: buy 10 SPY at the market, 20260105-replay-000001",
        "14:30:02  order 20260105-replay-000001: accepted",
        "14:30:02  filled: buy 10 SPY at 100.01, 20260105-replay-000001",
        "14:30:02  order 20260105-replay-000001: filled",
        "14:30:03  trade SPY: 17 at 100.0",
        "            refused (position): position would be 20 shares, allowed 10",
    ]


def test_on_fill_is_told_of_each_part() -> None:
    class Counting(Ear):
        def on_trade(self, trade: Trade) -> Any:
            return sell(trade.symbol, 5)

    stage = play(Counting, quote(), trade(), quote(), given=Given(largest_fill=3))
    assert [event.shares for event in heard(stage) if isinstance(event, Fill)] == [3, 2]
