"""The engine: who hears what, what becomes of orders, and what a day, a stop and a broken model lead to."""

import linecache
import re
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from hftd.core.effects import (
    Aim,
    Alert,
    Bench,
    Cancel,
    CancelLater,
    Connect,
    Disconnect,
    Effect,
    Reconcile,
    Resolve,
    Stop,
    Submit,
    WakeAt,
)  # fmt: skip
from hftd.core.engine import Engine
from hftd.core.events import (
    Bar,
    Event,
    FeedDown,
    FeedUp,
    Fill,
    Gap,
    LookedUp,
    OrderStatus,
    OrderUpdate,
    PhaseName,
    Quote,
    Restarted,
    SessionPhase,
    Shutdown,
    Snapshot,
    Status,
    Timer,
    Trade,
    VenueOrder,
    VenuePosition,
)  # fmt: skip
from hftd.core.intents import buy, cancel, sell, target, wake
from hftd.core.risk.check import Check
from hftd.core.seat import FLATTEN, HANDLERS, Seat, Standing
from hftd.core.settling import MISSES
from hftd.core.state import open_account
from hftd.core.view import StateView

D = Decimal
Answer = Callable[[Any], Any]


class Model:
    """Notes what it hears, and answers as it was told to."""

    def __init__(self, **answers: Answer) -> None:
        self.heard: list[Event] = []
        for name in HANDLERS:
            setattr(self, name, self._listener(answers.get(name, lambda _: None)))

    def _listener(self, answer: Answer) -> Answer:
        def handler(event: Event) -> Any:
            self.heard.append(event)
            return answer(event)

        return handler


class Day:
    """An engine with models a (and b, …) on SPY, taken through a day event by event."""

    def __init__(
        self, *models: Model, checks: tuple[tuple[str, Check], ...] = (), flatten: bool = False,
        standing: Standing = "active",
    ) -> None:  # fmt: skip
        self.now = 0
        self.state = open_account(D(100_000))
        seats = [Seat(name, model, ["SPY"], standing) for name, model in zip("abc", models, strict=False)]
        self.engine = Engine(self.state, seats, checks, flatten=flatten)
        self.seats = self.engine.seats

    def hear(self, kind: Callable[..., Event], *arguments: Any, **more: Any) -> list[Effect]:
        """Step an event that is seen one nanosecond after the last one."""
        self.now += 1
        return list(self.engine.step(kind(*arguments, seen=self.now, **more)))

    def phase(self, name: PhaseName, day: str = "2026-10-19") -> list[Effect]:
        return self.hear(SessionPhase, name, day, run="abc123")

    def open(self) -> "Day":
        self.phase("warmup")
        self.phase("open")
        self.trade()
        return self

    def trade(self, price: float = 100.0, size: int = 100, symbol: str = "SPY") -> list[Effect]:
        return self.hear(Trade, symbol, price, size, self.now)

    def update(self, order: str, status: OrderStatus, venue_id: str = "v", reason: str = "") -> list[Effect]:
        return self.hear(OrderUpdate, order, status, self.now, venue_id=venue_id, reason=reason)

    def fill(self, order: str, shares: int, price: object = 100, execution: str = "", **more: Any) -> list[Effect]:
        side = more.pop("side", "buy")
        name = execution or f"x{self.now}"
        return self.hear(Fill, order, name, "SPY", side, D(shares), D(str(price)), self.now, **more)

    def snapshot(self, *orders: VenueOrder, held: int = 0, cash: int = 100_000) -> list[Effect]:
        positions = (VenuePosition("SPY", D(held), D(100)),) if held else ()
        money = {"account": "PA1", "cash": D(cash), "buying_power": D(cash)}
        return self.hear(Snapshot, self.now + 1, **money, positions=positions, orders=orders)

    def looked_up(self, order: str, found: VenueOrder | None) -> list[Effect]:
        return self.hear(LookedUp, order, found)


def order_id(number: int) -> str:
    return f"20261019-abc123-{number:06d}"


FIRST, SECOND = order_id(1), order_id(2)


def buyer(shares: int = 10) -> Model:
    """Buys on a print of 17 shares."""
    return Model(on_trade=lambda trade: buy("SPY", shares) if trade.size == 17 else None)


def bought(**more: Any) -> Day:
    """An open day on which model a has one order of 10 on its way."""
    day = Day(buyer(), Model(), **more).open()
    (effect,) = day.trade(size=17)
    assert isinstance(effect, Submit)
    return day


def theirs(filled: int = 0, average: object = 0, status: OrderStatus = "accepted", order: str = FIRST) -> VenueOrder:
    return VenueOrder(order, "v", "SPY", "buy", D(10), D(filled), D(str(average)), status)


# ---- who hears what --------------------------------------------------------------------------------------------


def test_each_event_reaches_the_handler_that_is_named_for_it() -> None:
    """Every model of the symbol hears it, in the order of the models."""
    models = Model(), Model()
    day = Day(*models).open()
    events: list[tuple[Any, ...]] = [
        (Quote, "SPY", 99.0, 1, 101.0, 1, 5), (Bar, "SPY", 1.0, 1.0, 1.0, 1.0, 1, 5), (Gap, "feed", 1, 2),
        (Status, "SPY", None, "X", "", 5),
    ]  # fmt: skip
    for kind, *arguments in events:
        day.hear(kind, *arguments)
    for model in models:
        assert [type(e).__name__ for e in model.heard] == ["SessionPhase", "Trade", "Quote", "Bar", "Gap", "Status"]


def test_symbols_nobody_wants_are_counted_and_leave_no_trace() -> None:
    """No model hears of them, no line is opened, no halt is told."""
    model = Model()
    day = Day(model).open()
    before = len(model.heard)
    assert day.trade(symbol="QQQ") == []
    assert day.hear(Quote, "QQQ", 1.0, 1, 2.0, 1, 5) == []
    assert day.hear(Bar, "QQQ", 1.0, 1.0, 1.0, 1.0, 1, 5) == []
    assert day.hear(Status, "QQQ", True, "H", "", 5) == []
    assert (before, ["SPY"]) == (len(model.heard), list(day.state.book.lines))
    assert tuple(day.state.counts[name] for name in ("trades", "quotes", "bars")) == (2, 1, 1)


def test_a_symbol_named_twice_is_told_once() -> None:
    """Settings may repeat themselves."""
    model = Model()
    engine = Engine(open_account(D(1)), [Seat("a", model, ["SPY", "SPY"])], (), flatten=False)
    engine.step(SessionPhase("open", "2026-10-19", 1))
    engine.step(Trade("SPY", 1.0, 1, 2, 2))
    assert [SessionPhase, Trade] == [type(event) for event in model.heard]


@pytest.mark.parametrize("phase", ["asleep", "warmup", "closed"])
def test_the_market_outside_the_session_moves_the_book_and_no_model(phase: PhaseName) -> None:
    """The price is known when the session opens."""
    model = Model()
    day = Day(model)
    day.phase(phase)
    day.trade(123.0)
    day.hear(Quote, "SPY", 122.0, 1, 124.0, 1, 5)
    assert (day.state.price("SPY"), day.state.counts["outside"], day.state.counts["trades"]) == (123.0, 2, 0)
    assert not [event for event in model.heard if isinstance(event, Trade | Quote)]


def test_while_it_closes_a_model_still_hears_the_market() -> None:
    """What it wishes then is the session check's to refuse."""
    model = Model()
    day = Day(model).open()
    day.phase("closing")
    day.trade(101.0)
    assert model.heard[-1] == Trade("SPY", 101.0, 100, day.now - 1, day.now)


def test_a_halt_is_told_to_people_once() -> None:
    """And its end; the model hears every status."""
    model = Model()
    day = Day(model).open()
    halted = (Status, "SPY", True, "H", "T1", 5)
    assert [Alert("notice", "SPY halted: news pending", "SPY")] == day.hear(*halted, text="news pending")
    assert day.hear(*halted, text="news pending") == []
    assert [Alert("notice", "SPY trades again: T", "SPY")] == day.hear(Status, "SPY", False, "T", "", 5)
    assert sum(isinstance(event, Status) for event in model.heard) == 3


def test_the_clock_is_the_event_s_and_never_runs_backwards() -> None:
    """A late event does not take the time back."""
    view: list[int] = []
    day = Day(Model(on_trade=lambda _: view.append(day.state.now)))
    day.phase("open")
    for seen in (50, 40, 60):
        day.engine.step(Trade("SPY", 1.0, 1, seen, seen))
    assert view == [50, 50, 60]


def test_a_view_shows_facts_and_takes_none() -> None:
    """What a model sees is what the engine knows; none of it can be set."""
    day = bought()
    view = StateView(day.state, "a")
    assert (day.now, "open", D(0)) == (view.now, view.phase, view.position("SPY"))
    assert [order.id for order in view.orders()] == [FIRST]
    assert (view.orders("SPY"), ()) == (view.orders(), view.orders("QQQ"))
    assert StateView(day.state, "b").orders() == ()
    last = view.last("SPY")
    assert last is not None
    assert (last.price, view.last("QQQ"), view.quote("SPY")) == (100.0, None, None)
    day.hear(Quote, "SPY", 99.0, 1, 101.0, 1, 5)
    quote = view.quote("SPY")
    assert quote is not None
    assert quote.bid == 99.0
    for part, name in ((view, "now"), (view, "phase"), (view, "news"), (last, "price"), (quote, "bid"),
                       (view.orders()[0], "shares")):  # fmt: skip
        with pytest.raises(AttributeError):
            setattr(part, name, 1)


# ---- benches, shadows, timers ----------------------------------------------------------------------------------


def breaks(_: object) -> None:
    raise ZeroDivisionError("by hand")


@pytest.mark.parametrize("handler", [name for name in HANDLERS if name not in ("on_fill", "on_timer")])
def test_a_model_that_raises_is_benched_alone(handler: str) -> None:
    """In whichever handler; the other model hears the event and all that follows."""
    broken, sound = Model(**{handler: breaks}), Model()
    day = Day(broken, sound)
    day.phase("open")
    for kind, *arguments in (
        (Trade, "SPY", 100.0, 1, 1), (Quote, "SPY", 1.0, 1, 2.0, 1, 1), (Bar, "SPY", 1.0, 1.0, 1.0, 1.0, 1, 1),
        (Status, "SPY", None, "X", "", 1), (Gap, "feed", 1, 2),
    ):  # fmt: skip
        day.hear(kind, *arguments)
    day.phase("closed")
    heard = len(broken.heard)
    day.phase("open")
    day.trade()
    assert (["benched", "active"], heard) == ([seat.standing for seat in day.seats.values()], len(broken.heard))
    assert len(sound.heard) == 9
    assert day.seats["a"].reason.startswith("ZeroDivisionError: by hand at test_engine.py:")
    assert tuple(seat.counts["errors"] for seat in day.seats.values()) == (1, 0)


def test_a_benched_model_s_orders_are_withdrawn() -> None:
    """Its own, not the other's; it is told to people once."""
    own = Model(on_trade=lambda trade: {17: buy("SPY", 1), 5: 1 / (trade.size != 5)}[trade.size])  # raises at 5
    day = Day(own, buyer(2))
    day.phase("open")
    day.trade(size=17)
    day.update(FIRST, "accepted", "v1")
    day.update(SECOND, "accepted", "v2")
    bench, withdrawn = day.trade(size=5)
    assert isinstance(bench, Bench)
    assert (bench.model, withdrawn) == ("a", Cancel(FIRST, "v1"))
    assert [working.cancelling for working in day.state.blotter.of("b")] == [False]


def nonsense() -> Iterator[Any]:
    yield buy("SPY", 1)
    raise KeyError("half way")


def ends() -> None:
    raise SystemExit("enough")


def cancelled() -> None:
    raise CancelledError  # which is no Exception


def speechless() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    raise Mute


@pytest.mark.parametrize(
    ("answer", "expected", "orders"),
    [
        (lambda: "SPY", "TypeError: a handler returned 'SPY'; expected buy()", 0),
        (lambda: 5, "TypeError: a handler returned 5; expected buy()", 0),
        (lambda: [buy("SPY", 1), None], "TypeError: a handler returned None; expected buy()", 1),
        (lambda: buy("SPY", 1, tif="soon"), "TypeError: a handler returned Intent(", 0),
        (lambda: {"buy": 5}, "TypeError: a handler returned {'buy': 5}; expected buy()", 0),
        (lambda: buy("SPY", "ten"), "decimal.InvalidOperation: 'ten' is no number", 0),
        (nonsense, "KeyError: 'half way'", 0),
        (ends, "SystemExit: enough", 0),
        (cancelled, "asyncio.exceptions.CancelledError", 0),
        (speechless, "test_engine.speechless.<locals>.Mute: <exception str() failed>", 0),
    ],
)
def test_nonsense_benches(answer: Callable[[], Any], expected: str, orders: int) -> None:
    """A generator that raises half way has wished nothing; a list is acted on up to what is no wish."""
    day = Day(Model(on_trade=lambda _: answer()), Model())
    day.phase("open")
    effects = day.trade()
    (bench,) = (effect for effect in effects if isinstance(effect, Bench))
    assert bench.reason.removeprefix("tests.").startswith(expected)
    assert re.search(r" at test_engine\.py:\d+$", bench.reason), bench.reason
    assert "\n" not in bench.reason
    assert orders == sum(isinstance(effect, Submit) for effect in effects) == len(day.state.blotter.open)
    assert orders == sum(isinstance(effect, CancelLater) for effect in effects)
    assert [seat.standing == "active" for seat in day.seats.values()] == [False, True]


def test_a_model_that_raises_is_told_of_without_reading_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step touches no file, not even to say what went wrong."""

    def read(*_: object) -> None:
        raise AssertionError("a file was read")

    monkeypatch.setattr(linecache, "updatecache", read)
    day = Day(Model(on_trade=breaks))
    day.phase("open")
    assert isinstance(day.trade()[0], Bench)


def test_benching_twice_is_benching_once() -> None:
    """The first reason stands."""
    day = Day(Model()).open()
    day.engine.bench("a", "first")
    day.engine.bench("a", "second")
    assert (day.seats["a"].reason, day.seats["a"].counts["errors"]) == ("first", 1)


def test_several_wishes_are_acted_on_in_order() -> None:
    """A list or a generator."""
    day = Day(Model(on_trade=lambda _: (sell("SPY", n) for n in (1, 2))), Model(on_trade=lambda _: [buy("SPY", 3)]))
    day.phase("open")
    orders = [effect.order for effect in day.trade() if isinstance(effect, Submit)]
    expected = [("a", "sell", D(1)), ("a", "sell", D(2)), ("b", "buy", D(3))]
    assert expected == [(order.model, order.side, order.shares) for order in orders]


def test_timers_reach_the_model_that_asked_once() -> None:
    """Under the key it gave; one that nobody waits for is dropped."""
    models = Model(on_trade=lambda _: wake(500, "tea")), Model()
    day = Day(*models).open()
    assert day.hear(Timer, "b:tea", 500) == day.hear(Timer, "nobody:tea", 500) == day.hear(Timer, "a:tea", 499) == []
    for _ in range(2):
        day.hear(Timer, "a:tea", 500)
    assert [Timer("tea", 500, day.now - 1)] == [event for event in models[0].heard if isinstance(event, Timer)]
    assert not [event for event in models[1].heard if isinstance(event, Timer)]
    assert set() == day.seats["a"].alarms


def test_timers_are_asked_for_again_by_a_process_that_remembers_the_day() -> None:
    """The one that held them is gone."""
    day = Day(Model())
    day.engine.recalling = True
    day.open()
    day.seats["a"].alarms |= {(900, "k"), (700, "l")}
    day.engine.recalling = False
    assert [WakeAt("a:l", 700), WakeAt("a:k", 900)] == list(day.engine.step(Restarted(800)))
    assert day.phase("open") == [Connect()]


# ---- orders ----------------------------------------------------------------------------------------------------


def test_an_order_from_wish_to_fill() -> None:
    """Its model hears of the fill and can answer; money and position move."""
    model = buyer()
    model.on_fill = lambda fill: [model.heard.append(fill), sell("SPY", 1)][1]  # type: ignore[attr-defined, func-returns-value]
    day = Day(model, Model()).open()
    day.trade(size=17)
    assert day.update(FIRST, "accepted") == []
    (effect,) = day.fill(FIRST, 10, "100.5")
    assert isinstance(effect, Submit)
    assert (effect.order.id, effect.order.side) == (SECOND, "sell")
    assert (D(10), D("98995.0")) == (day.state.ledger.shares("SPY"), day.state.ledger.cash)
    assert day.state.counts["fills"] == 1
    assert day.update(FIRST, "filled") == []
    assert day.state.blotter.done[FIRST].status == "filled"
    assert not [event for event in day.seats["b"].model.heard if isinstance(event, Fill)]  # type: ignore[attr-defined]


def test_a_doubled_fill_counts_once() -> None:
    """By the venue's id of the execution."""
    day = bought()
    day.fill(FIRST, 4, execution="x")
    assert day.fill(FIRST, 4, execution="x") == []
    assert (D(4), 1) == (day.state.ledger.shares("SPY"), day.state.counts["fills"])


def test_more_than_was_ordered_is_not_booked() -> None:
    """People are told."""
    day = bought()
    day.fill(FIRST, 6)
    expected = Alert("err", "overfill ignored: filled 6 + 5 of 10 shares", "SPY", order=FIRST)
    assert [expected] == day.fill(FIRST, 5)
    assert (D(6), 1) == (day.state.ledger.shares("SPY"), day.state.counts["fills"])


def test_a_fill_that_is_not_ours_is_booked_and_told() -> None:
    """The account is what it is; nobody's on_fill is called."""
    day = bought()
    expected = Alert("warning", "a fill of an order that is not ours: theirs", "SPY", order="theirs")
    assert [expected] == day.fill("theirs", 3)
    assert D(3) == day.state.ledger.shares("SPY")
    assert not [event for event in day.seats["a"].model.heard if isinstance(event, Fill)]  # type: ignore[attr-defined]


def test_a_fill_that_comes_after_the_cancel_is_booked() -> None:
    """The order stays canceled, and its model hears of it."""
    day = bought()
    day.update(FIRST, "canceled")
    assert day.fill(FIRST, 4) == []
    assert (D(4), "canceled") == (day.state.ledger.shares("SPY"), day.state.blotter.done[FIRST].status)
    assert isinstance(day.seats["a"].model.heard[-1], Fill)  # type: ignore[attr-defined]


def test_a_rejection_is_told() -> None:
    """Also of an order that was to be withdrawn."""
    for withdrawn in (False, True):
        day = bought()
        if withdrawn:
            day.phase("closing")
        expected = Alert("warning", "rejected: buy 10 SPY: 403 no money", "SPY", "a", FIRST)
        assert [expected] == day.update(FIRST, "rejected", "", "403 no money")
        assert day.state.blotter.open == {}


@pytest.mark.parametrize("word", ["update", "fill"])
def test_a_cancel_leaves_as_soon_as_the_order_has_a_name(word: str) -> None:
    """Whichever message brings it; it leaves once."""
    model = Model(on_trade=lambda trade: {17: buy("SPY", 10), 5: cancel()}.get(trade.size))
    day = Day(model).open()
    day.trade(size=17)
    assert [CancelLater(FIRST)] == day.trade(size=5)
    told = day.update(FIRST, "accepted", "v7") if word == "update" else day.fill(FIRST, 3, venue_id="v7")
    assert [Cancel(FIRST, "v7")] == told
    assert [] == day.update(FIRST, "partially_filled", "v7") == day.trade(size=5)


def test_a_cancel_leaves_even_when_the_name_comes_with_old_news() -> None:
    """A fill without the venue's id overtook the acceptance."""
    day = bought()
    day.phase("closing")
    assert day.fill(FIRST, 3) == []
    assert [Cancel(FIRST, "v7")] == day.update(FIRST, "accepted", "v7")


def test_a_lost_cancel_is_asked_for_again() -> None:
    """Its answer was lost, also after a partial fill: the order is looked up, and being alive, is cancelled again."""
    day = bought()
    day.update(FIRST, "accepted")
    day.fill(FIRST, 3)
    assert [Cancel(FIRST, "v")] == day.phase("closing")
    assert [Resolve(FIRST)] == day.update(FIRST, "unknown", "", "no answer")
    assert [Cancel(FIRST, "v")] == day.looked_up(FIRST, theirs(3, 100, "partially_filled"))


def test_an_unknown_fate_is_looked_up_and_found() -> None:
    """What was missed becomes one fill."""
    day = bought()
    assert [Resolve(FIRST)] == day.update(FIRST, "unknown", "", "no answer")
    assert day.looked_up(FIRST, theirs(10, "100.2", "filled")) == []
    assert (D(10), D("98998.0")) == (day.state.ledger.shares("SPY"), day.state.ledger.cash)
    assert (day.state.blotter.open, day.state.blotter.bind("SPY").unknown) == ({}, 0)
    assert day.looked_up(FIRST, theirs(10, "100.2", "filled")) == [], "it has ended"


def test_an_order_the_venue_never_heard_of_is_rejected_when_it_says_so_often_enough() -> None:
    """Five times in a row."""
    day = bought()
    day.update(FIRST, "unknown", "", "no answer")
    for _ in range(MISSES - 1):
        assert [Resolve(FIRST)] == day.looked_up(FIRST, None)
    reason = f"the venue never heard of it (asked {MISSES} times)"
    assert [Alert("warning", f"rejected: buy 10 SPY: {reason}", "SPY", "a", FIRST)] == day.looked_up(FIRST, None)
    assert ("rejected", reason) == (day.state.blotter.done[FIRST].status, day.state.blotter.done[FIRST].reason)


def test_one_answer_that_it_exists_ends_the_count_of_misses() -> None:
    """The venue's answers may come from different machines."""
    day = bought()
    for _ in range(2):
        day.update(FIRST, "unknown", "", "no answer")
        for _ in range(MISSES - 1):
            assert [Resolve(FIRST)] == day.looked_up(FIRST, None)
        assert day.looked_up(FIRST, theirs()) == []
    assert list(day.state.blotter.open) == [FIRST]


def test_shares_assumed_from_totals_are_not_booked_again_when_their_report_comes() -> None:
    """4 of 10 were settled; the late report of these 4 asks the venue once more, and later ones count."""
    day = bought()
    day.snapshot(theirs(4, 100, "partially_filled"))
    assert D(4) == day.state.ledger.shares("SPY")
    assert [Reconcile()] == day.fill(FIRST, 4, execution="late")
    assert D(4) == day.state.ledger.shares("SPY")
    assert day.fill(FIRST, 6) == []
    assert (D(10), {}) == (day.state.ledger.shares("SPY"), day.state.blotter.open)


# ---- the day ---------------------------------------------------------------------------------------------------


def test_a_day_connects_tells_models_and_disconnects() -> None:
    """on_open and on_close once each."""
    model = Model()
    day = Day(model)
    assert [Connect()] == day.phase("warmup")
    assert [day.phase(name) for name in ("open", "closing", "closed")] == [[], [], []]
    assert [Disconnect()] == day.phase("asleep")
    assert [event.phase for event in model.heard if isinstance(event, SessionPhase)] == ["open", "closed"]
    assert not day.state.reconciled, "over night anything may happen to the account"


def test_models_are_told_of_the_open_once_though_the_process_begins_again() -> None:
    """A model that buys at the open must not buy again because of a restart."""
    day = Day(Model(on_open=lambda _: buy("SPY", 1)))
    day.engine.recalling = True
    day.phase("warmup")
    day.phase("open")
    day.engine.recalling, day.state.phase = False, "asleep"
    assert [Connect()] == day.phase("open")
    assert [day.phase("closing"), day.phase("closed")] == [[], []]
    heard = [event.phase for event in day.seats["a"].model.heard]  # type: ignore[attr-defined]
    assert heard == ["open", "closed"]


def test_a_second_stretch_of_the_day_opens_again() -> None:
    """After a break, or for the hours behind the regular ones; the day's counters go on."""
    model = Model(on_open=lambda _: buy("SPY", 1))
    day = Day(model)
    for name in ("warmup", "open", "closing", "closed", "warmup", "open"):
        day.phase(name)
    assert day.state.counts["orders"] == 2
    assert [event.phase for event in model.heard] == ["open", "closed", "open"]  # type: ignore[attr-defined]


def test_a_new_day_begins_when_its_warmup_does() -> None:
    """Counters start again, positions and standing stay, order ids are the new day's; asleep changes nothing."""
    day = bought()
    day.fill(FIRST, 10)
    day.engine.bench("b", "by hand")
    day.state.halted = "by hand"
    day.phase("asleep", "2026-10-20")
    assert (day.state.day, day.state.counts["orders"], day.seats["a"].counts["orders"]) == ("2026-10-19", 1, 1)
    day.phase("warmup", "2026-10-20")
    assert (day.state.day, day.state.halted) == ("2026-10-20", "by hand")
    assert {0} == set(day.state.counts.values()) | set(day.seats["a"].counts.values())
    assert (D(10), "benched", D(0)) == (day.state.ledger.shares("SPY"), day.seats["b"].standing, day.state.profit())
    day.phase("open", "2026-10-20")
    (effect,) = day.trade(size=17)
    assert isinstance(effect, Submit)
    assert effect.order.id == "20261020-abc123-000001"


def test_when_it_closes_every_order_is_withdrawn() -> None:
    """Those with a name at once, the others later."""
    day = bought()
    day.update(FIRST, "accepted")
    day.trade(size=17)
    assert [Cancel(FIRST, "v"), CancelLater(SECOND)] == day.phase("closing")


def test_flattening_waits_for_the_orders_of_the_symbol() -> None:
    """10 are held and 10 more on their way: when those are withdrawn the 10 are sold."""
    day = bought(flatten=True)
    day.fill(FIRST, 10, venue_id="v")
    day.trade(size=17)
    day.update(SECOND, "accepted", "w")
    assert [Cancel(SECOND, "w")] == day.phase("closing")
    (effect,) = day.update(SECOND, "canceled", "w")
    assert isinstance(effect, Submit)
    assert (FLATTEN, "sell", D(10), order_id(3)) == (
        effect.order.model, effect.order.side, effect.order.shares, effect.order.id,
    )  # fmt: skip
    assert day.fill(order_id(3), 10, side="sell") == []
    assert D(0) == day.state.ledger.shares("SPY")


def test_a_flattening_order_that_is_turned_away_is_not_sent_again_at_once() -> None:
    """The venue would turn it away again, as fast as we can ask; the next snapshot is a reason to try once more."""
    day = bought(flatten=True)
    day.fill(FIRST, 10)
    assert [Submit] == [type(effect) for effect in day.phase("closing")]
    assert [Alert] == [type(effect) for effect in day.update(SECOND, "rejected", "", "halted")]
    assert [Submit] == [type(effect) for effect in day.snapshot(held=10)]


def test_nothing_is_flattened_before_the_venue_has_said_what_we_hold() -> None:
    """It is when the snapshot comes."""
    day = bought(flatten=True)
    day.fill(FIRST, 10)
    day.state.reconciled = False
    assert day.phase("closing") == []
    assert [Submit] == [type(effect) for effect in day.snapshot(held=10)]


def test_a_stop_waits_for_open_orders() -> None:
    """It withdraws them and leaves with 0 when the last one has ended; nothing is flattened."""
    day = bought(flatten=True)
    day.fill(FIRST, 4, venue_id="v")
    assert [Cancel(FIRST, "v")] == day.hear(Shutdown, "SIGTERM")
    assert day.phase("closing") == []
    assert [Stop(0, "every order is settled")] == day.update(FIRST, "canceled")


def test_a_stop_with_nothing_open_is_at_once() -> None:
    """Also while asleep."""
    assert [Stop(0, "every order is settled")] == Day(Model()).hear(Shutdown, "SIGTERM")


def test_a_stream_of_order_updates_that_comes_up_asks_what_was_missed() -> None:
    """One of market data has nothing to ask."""
    day = Day(Model())
    assert day.hear(FeedUp, "data") == []
    assert [Reconcile()] == day.hear(FeedUp, "orders", orders=True)
    assert day.hear(FeedDown, "data", "reset") == []
    assert day.state.feeds == {"data": False, "orders": True}


def test_a_print_of_no_shares_is_no_signal() -> None:
    """It sets the price and reaches no model."""
    model = Model()
    day = Day(model).open()
    heard = len(model.heard)
    day.trade(101.0, size=0)
    assert (heard, 101.0) == (len(model.heard), day.state.price("SPY"))


def test_a_day_that_lies_behind_is_not_begun_again() -> None:
    """Order ids are made of the day and the number of the order, so a clock that jumped back must not repeat them."""
    day = bought()
    day.phase("warmup", "2026-10-16")
    assert (day.state.day, day.state.counts["orders"]) == ("2026-10-19", 1)


def test_an_order_that_never_left_is_no_rejection_of_the_venue_s() -> None:
    """The model is told off for what the venue says of it, not for our own trouble."""
    day = bought()
    day.engine.step(
        OrderUpdate(FIRST, "rejected", day.state.now, day.state.now, "", "never sent: no connection", unsent=True)
    )
    assert (day.seats["a"].rejects, day.state.rejects) == (0, {})


# ---- targets beyond flat ---------------------------------------------------------------------------------------


def long_and_turning() -> Day:
    """Ten shares long, with a model that wants to be ten short at a print of 17."""
    day = Day(Model(on_trade=lambda trade: target("SPY", -10) if trade.size == 17 else None)).open()
    for ledger in (day.state.ledger, day.state.accounts.of("a")):
        ledger.book("SPY", D(10), D(100), D(0))
    return day


def test_a_target_on_the_other_side_is_reached_through_flat() -> None:
    """No venue closes a position and opens the opposite one in a single order."""
    day = long_and_turning()
    aim, first = day.trade(size=17)
    assert (aim, first.order.side, first.order.shares) == (Aim("a", "SPY", D(-10)), "sell", D(10))  # type: ignore[attr-defined]
    over, rest = day.fill(FIRST, 10, side="sell")
    assert (over, rest.order.side, rest.order.shares) == (Aim("a", "SPY", None), "sell", D(10))  # type: ignore[attr-defined]
    assert day.fill(SECOND, 10, side="sell") == []
    assert day.state.accounts.shares("a", "SPY") == -10


def test_a_target_whose_closing_order_fails_goes_no_further() -> None:
    day = long_and_turning()
    day.trade(size=17)
    assert day.update(FIRST, "canceled") == [Aim("a", "SPY", None)]
