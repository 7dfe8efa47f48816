"""Models come, go and change their standing inside the engine; what each holds is accounted apart."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hftd.core.effects import Alert, Bench, Cancel, Effect, Shadow, Stand, Submit, WakeAt
from hftd.core.engine import Engine
from hftd.core.events import (
    Command,
    Enter,
    Event,
    Fill,
    Leave,
    OrderUpdate,
    Rules,
    SessionPhase,
    Timer,
    Trade,
    Version,
)
from hftd.core.intents import buy, sell, wake
from hftd.core.risk.check import Check
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat
from hftd.core.state import open_account

D = Decimal
SECOND = 1_000_000_000


class Turns:
    """Answers each trade with the wish its size names: 1 buys a share, 2 sells one, 3 asks for a timer, 4 raises."""

    def __init__(self, shares: int = 1) -> None:
        self.shares = shares
        self.heard: list[str] = []

    def on_trade(self, trade: Trade) -> Any:
        self.heard.append(f"trade {trade.id}")
        match trade.size:
            case 1:
                return buy("SPY", self.shares, limit=100)
            case 2:
                return sell("SPY", self.shares, limit=100)
            case 3:
                return wake(trade.seen + SECOND, "later")
            case 4:
                raise ValueError("no idea")

    def on_fill(self, fill: Fill) -> None:
        self.heard.append(f"fill {fill.shares}")

    def on_timer(self, timer: Timer) -> None:
        self.heard.append(f"timer {timer.key}")


class Wings:
    """Seats that wait for their events."""

    def __init__(self) -> None:
        self.waiting: dict[Enter, Seat | Exception] = {}
        self.limits: list[Limits] = []

    def seat(self, enter: Enter) -> Seat | None:
        found = self.waiting.pop(enter, None)
        if isinstance(found, Exception):
            raise found
        return found

    def fresh(self, seat: Seat) -> Seat:
        return Seat(seat.name, Turns(seat.model.shares), seat.symbols, version=seat.version)  # type: ignore[attr-defined]

    def checks(self, limits: Limits) -> Sequence[tuple[str, Check]]:
        self.limits.append(limits)
        return [("none", lambda intent, state: "nobody trades")] if not limits.max_shares - 1 else []


class Day:
    """An open day with the models a and b, and a venue that does as it is told."""

    def __init__(self) -> None:
        self.wings = Wings()
        self.models = {"a": Turns(), "b": Turns(10)}
        seats = [Seat(name, model, ["SPY"]) for name, model in self.models.items()]
        self.engine = Engine(open_account(D(100_000)), seats, [], flatten=False, backstage=self.wings)
        self.now = self.trades = self.fills = 0
        for name in ("warmup", "open"):
            self.hear(SessionPhase, name, "2026-11-20", run="abc123")

    def hear(self, kind: type[Event], *arguments: Any, **more: Any) -> Sequence[Effect]:
        self.now += 1
        return self.engine.step(kind(*arguments, seen=self.now, **more))

    def trade(self, size: int) -> Sequence[Effect]:
        self.trades += 1
        return self.hear(Trade, "SPY", 100.0, size, self.now, id=self.trades)

    def enter(self, name: str, model: Turns, **version: Any) -> Sequence[Effect]:
        event = Enter(name, Version(f"{model.shares:064d}", **version), self.now + 1)
        self.wings.waiting[event] = Seat(name, model, ["SPY"])
        self.models[name] = model
        self.now += 1
        return self.engine.step(event)

    def accept(self, effects: Sequence[Effect]) -> list[str]:
        """The venue takes every order sent; their ids."""
        orders = [effect.order for effect in effects if isinstance(effect, Submit)]
        for order in orders:
            self.hear(OrderUpdate, order.id, "accepted", self.now, venue_id=f"v-{order.id}")
        return [order.id for order in orders]

    def fill(self, order: str, shares: int) -> Sequence[Effect]:
        self.fills += 1
        side = self.engine.state.blotter.open[order].order.side
        return self.hear(Fill, order, f"x{self.fills}", "SPY", side, D(shares), D(100), self.now)

    def standing(self, name: str) -> str:
        return self.engine.seats[name].standing


@pytest.fixture
def day() -> Day:
    return Day()


def test_a_model_that_enters_hears_the_next_event(day: Day) -> None:
    day.trade(5)
    day.enter("c", Turns(3))
    sent = day.trade(1)

    assert day.models["c"].heard == ["trade 2"]
    assert [(each.order.model, each.order.shares) for each in sent if isinstance(each, Submit)] == [
        ("a", 1), ("b", 10), ("c", 3),
    ]  # fmt: skip


def test_a_new_version_keeps_orders_positions_counters_and_place(day: Day) -> None:
    """They go by its name: the fill of an order the older version sent is the new one's to hear of."""
    one, two = day.accept(day.trade(1))
    day.fill(one, 1)
    newer = Turns(7)
    day.enter("a", newer)
    day.fill(two, 10)
    (third, _) = day.accept(day.trade(1))
    day.fill(third, 7)

    assert newer.heard == ["trade 2", "fill 7"]
    assert day.engine.state.accounts.shares("a", "SPY") == 8
    assert day.engine.seats["a"].counts["orders"] == 2
    assert list(day.engine.seats) == ["a", "b"]
    assert day.engine.seats["a"].entered == 7


def test_the_timers_of_a_model_that_enters_are_asked_for(day: Day) -> None:
    """Those it wished for as it rehearsed come; those of the version before do not."""
    day.trade(3)
    newer = Turns(2)
    event = Enter("a", Version("2" * 64), day.now + 1)
    seat = Seat("a", newer, ["SPY"])
    seat.alarms.add((5 * SECOND, "mine"))
    day.wings.waiting[event] = seat
    effects = day.engine.step(event)

    assert WakeAt("a:mine", 5 * SECOND) in effects
    day.hear(Timer, "a:later", SECOND + 3)
    day.hear(Timer, "a:mine", 5 * SECOND)
    assert newer.heard == ["timer mine"]


def test_one_nobody_waits_for_changes_nothing(day: Day) -> None:
    """As when a day is remembered whose models are gone."""
    assert day.hear(Enter, "c", Version("3" * 64)) == ()
    assert list(day.engine.seats) == ["a", "b"]


def test_one_that_cannot_be_made_leaves_the_older_version_playing(day: Day) -> None:
    event = Enter("a", Version("9" * 64), day.now + 1)
    day.wings.waiting[event] = ValueError("not today")
    (told,) = day.engine.step(event)

    assert isinstance(told, Alert)
    assert told.text.startswith("a does not enter: ValueError: not today at test_casting.py:")
    assert len(day.trade(1)) == 2


def test_a_model_that_leaves_is_heard_no_more_and_its_orders_are_withdrawn(day: Day) -> None:
    one, two = day.accept(day.trade(1))
    effects = day.hear(Leave, "a", False)

    assert effects == (Stand("a", "retired", "its file is gone"), Cancel(one, f"v-{one}"))
    assert two in day.engine.state.blotter.open
    assert [each.order.model for each in day.trade(1) if isinstance(each, Submit)] == ["b"]
    assert day.hear(Leave, "a", False) == ()


def test_what_a_model_that_leaves_holds_is_traded_away_where_that_is_wished(day: Day) -> None:
    one, two = day.accept(day.trade(1))
    day.fill(one, 1)
    day.fill(two, 10)
    effects = day.hear(Leave, "b", True)
    (away,) = [each.order for each in effects if isinstance(each, Submit)]

    assert (away.model, away.side, away.shares, away.limit) == ("b", "sell", D(10), None)
    day.accept(effects)
    day.fill(away.id, 10)
    assert day.engine.state.accounts.shares("b", "SPY") == 0
    assert day.engine.state.accounts.shares("a", "SPY") == 1
    assert day.engine.state.leaving == set()


def test_an_operator_moves_a_model_between_shadow_bench_and_play(day: Day) -> None:
    assert day.hear(Command, "shadow", "a", "root") == (Stand("a", "shadow", "sent into the shadow by root"),)
    assert [type(each) for each in day.trade(1)] == [Shadow, Submit]
    assert day.hear(Command, "bench", "a", "root") == (Bench("a", "benched by root"),)
    assert [type(each) for each in day.trade(1)] == [Submit]
    assert day.hear(Command, "activate", "a", "root") == (Stand("a", "active", "activated by root"),)
    assert [type(each) for each in day.trade(1)] == [Submit, Submit]
    assert day.hear(Command, "bench", "a too slow, it says", "hftd")[0] == Bench("a", "too slow, it says")
    assert day.hear(Command, "activate", "nobody", "root") == ()


def test_a_canary_leaves_the_shadow_after_so_many_decisions(day: Day) -> None:
    day.enter("a", Turns(4), standing="shadow", canary=3)
    day.trade(5)
    stands = [day.trade(1)[-1] if number == 2 else day.trade(1) for number in range(2)]
    third = day.trade(2)

    assert all(not isinstance(each, Stand) for effects in stands for each in effects)
    assert Stand("a", "active", "3 decisions in the shadow without an error", sang=True) in third
    assert [each.order.model for each in day.trade(1) if isinstance(each, Submit)] == ["a", "b"]


def test_a_canary_that_raises_is_benched_and_stays_so(day: Day) -> None:
    day.enter("a", Turns(4), standing="shadow", canary=2)
    day.trade(1)
    day.trade(4)
    day.trade(1)

    assert day.standing("a") == "benched"


def test_a_benched_model_plays_again_in_its_next_version(day: Day) -> None:
    day.trade(4)
    assert (day.standing("a"), day.standing("b")) == ("benched", "benched")
    day.enter("a", Turns(2))

    assert [each.order.model for each in day.trade(1) if isinstance(each, Submit)] == ["a"]


def test_one_that_comes_back_keeps_what_was_being_traded_away(day: Day) -> None:
    """Its file was put back before the order that flattens it had left: what it holds is its own again."""
    one, _ = day.accept(day.trade(1))
    day.fill(one, 1)
    (working,) = day.accept([each for each in day.trade(1) if isinstance(each, Submit) and each.order.model == "a"])
    day.hear(Leave, "a", True)
    day.enter("a", Turns(1))
    effects = day.hear(OrderUpdate, working, "canceled", day.now)

    assert [each for each in effects if isinstance(each, Submit)] == []
    assert day.engine.state.accounts.shares("a", "SPY") == 1


def test_other_rules_hold_from_the_event_that_brings_them(day: Day) -> None:
    assert len(day.trade(1)) == 2
    day.hear(Rules, Limits(max_shares=1), False)

    assert {type(each).__name__ for each in day.trade(1)} == {"Refuse"}
    assert day.wings.limits == [Limits(max_shares=1)]
    day.hear(Rules, Limits(), True)
    assert len([each for each in day.trade(1) if isinstance(each, Submit)]) == 2


def test_a_new_day_builds_models_anew_as_they_stand_and_forgets_the_retired(day: Day) -> None:
    day.hear(Command, "shadow", "a", "root")
    day.hear(Leave, "b", False)
    before = day.engine.seats["a"].model
    day.hear(SessionPhase, "asleep", "2026-11-20")
    day.hear(SessionPhase, "warmup", "2026-11-23", run="def456")

    assert day.standing("a") == "shadow"
    assert list(day.engine.seats) == ["a"]
    assert day.engine.seats["a"].model is not before


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("trade"), st.sampled_from([1, 2, 5])),
        st.tuples(st.just("fill"), st.integers(0, 40)),
        st.tuples(st.just("cancel"), st.integers(0, 40)),
        st.tuples(st.just("enter"), st.sampled_from("abc")),
        st.tuples(st.just("leave"), st.sampled_from("abc")),
        st.tuples(st.just("stranger"), st.sampled_from([-3, 4])),
        st.tuples(st.just("flatten"), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_what_models_and_nobody_hold_together_is_what_the_account_holds(steps: list[tuple[str, Any]]) -> None:
    """Whatever comes, goes, fills or is flattened: a share is some model's, or it came in from outside."""
    day = Day()
    state = day.engine.state
    outside = D(0)
    for kind, what in steps:
        live = sorted(state.blotter.open)
        match kind:
            case "trade":
                day.accept(day.trade(what))
            case "fill" if live:
                order = live[what % len(live)]
                left = int(state.blotter.open[order].left)
                day.accept(day.fill(order, 1 + what % left))
            case "cancel" if live:
                day.accept(day.hear(OrderUpdate, live[what % len(live)], "canceled", day.now))
            case "enter":
                day.enter(what, Turns(1 + len(live)))
            case "leave":
                day.accept(day.hear(Leave, what, True))
            case "stranger":
                side = "buy" if what > 0 else "sell"
                day.fills += 1
                day.accept(day.hear(Fill, "not ours", f"s{day.fills}", "SPY", side, D(abs(what)), D(100), day.now))
                outside += what
            case "flatten":
                day.accept(day.hear(Command, "flatten", "", "root"))
                day.hear(Command, "resume", "", "root")
        models = sum((state.accounts.shares(name, "SPY") for name in "abc"), D(0))
        nobody = state.ledger.shares("SPY") - models
        # What is nobody's comes from strangers alone, and flattening may only bring it nearer to nothing.
        assert abs(nobody) <= abs(outside) or nobody * outside >= 0
        cash = sum((each.cash for each in state.accounts.ledgers.values()), D(0))
        assert state.ledger.cash - 100_000 - cash == -nobody * 100
