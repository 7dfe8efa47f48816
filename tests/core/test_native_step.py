"""The compiled steps of the engine and of the simulated venue beside their twins: the same events, the same effects."""

import gc
import weakref
from asyncio import CancelledError
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from owned import owned

from hftd import native
from hftd.core.book import Book
from hftd.core.desk import Desk
from hftd.core.effects import Submit
from hftd.core.engine import Engine
from hftd.core.events import Bar, Bust, Event, Fill, Quote, SessionPhase, Status, Trade
from hftd.core.intents import Intent, buy, sell, target, wake
from hftd.core.matching import Exchange
from hftd.core.orders import Order
from hftd.core.risk.chain import SHIPPED, chain
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat
from hftd.core.state import State, open_account
from hftd.runtime.models.stopwatch import timed_in_python

if native.wire is None:
    pytest.skip("hftd was installed without a compiler", allow_module_level=True)

often = settings(deadline=None, max_examples=200)
WIRE: Any = native.wire
SECOND, MINUTE = 10**9, 60 * 10**9
START = 1_800_000_000 * SECOND
D = Decimal

ANSWERS: dict[int, Any] = {
    3: buy("SPY", 5), 5: [sell("SPY", 1), wake(START, "tea")], 7: 17, 11: KeyError("model"), 13: SystemExit(3),
    17: (), 19: target("QQQ", 9), 23: {"no": "wish"}, 29: CancelledError("asyncio's is no Exception"),
}  # fmt: skip


class Speaker:
    """It answers every print by its size, and every quote by that of its bid."""

    def __init__(self, *, mute: bool = False) -> None:
        self.heard: list[Event] = []
        self.mute = mute

    def on_trade(self, trade: Trade) -> Any:
        self.heard.append(trade)
        return None if self.mute else self.answer(trade.size)

    def on_quote(self, quote: Quote) -> Any:
        self.heard.append(quote)
        return None if self.mute else self.answer(quote.bid_size)

    def answer(self, size: int) -> Any:
        found = next((answer for divisor, answer in ANSWERS.items() if size and size % divisor == 0), None)
        if isinstance(found, BaseException):
            raise found
        return found


def engine(state: State | None = None, checks: Sequence[Any] = ()) -> Engine:
    """One that many models listen to, of which one is in the shadow."""
    seats = [
        Seat("both", Speaker(), ("SPY", "QQQ")), Seat("one", Speaker(), ("SPY",), "shadow"),
        Seat("mute", Speaker(mute=True), ("SPY", "IWM")),
    ]  # fmt: skip
    return Engine(state or open_account(D(10_000)), seats, checks, flatten=True)


def engine_in_python(checks: Sequence[Any] = ()) -> Engine:
    with patch.object(native, "wire", None):
        return engine(checks=checks)


SYMBOLS = st.sampled_from(["SPY", "QQQ", "IWM", "nobody's"]).map(lambda name: "".join(list(name)))
CONDITIONS = st.sampled_from([(), ("@",), ("F", "T"), ("I",), ("@", "W"), ("unknown",)])
SIZES = st.integers(0, 60) | st.sampled_from([100, 2**62])
STEPS = st.one_of(
    st.tuples(st.just("trade"), SYMBOLS, st.integers(9_900, 10_100), SIZES, CONDITIONS, st.sampled_from("AB?")),
    st.tuples(st.just("trade"), st.just("SPY"), st.just(10_000), st.just(1), st.just(()), st.just("A")),
    st.tuples(st.just("quote"), SYMBOLS, st.integers(9_900, 10_000), SIZES),
    st.tuples(st.just("other"), SYMBOLS, st.integers(0, 2)),
    st.tuples(st.just("phase"), st.sampled_from(["warmup", "open", "open", "closing", "closed", "asleep"])),
)
TIMES = st.sampled_from([-SECOND, 0, 1, SECOND, 20 * SECOND, MINUTE, 86_400 * SECOND])


def events(steps: Sequence[tuple[tuple[Any, ...], int]]) -> Iterator[Event]:
    now = START
    yield SessionPhase("open", "2027-01-15", now, 0, "run")
    for number, (step, later) in enumerate(steps):
        now += later
        match step:
            case ("trade", symbol, cents, size, conditions, tape):
                yield Trade(symbol, cents / 100, size, now, now, conditions, "P", tape, number)
            case ("quote", symbol, cents, size):
                yield Quote(symbol, cents / 100, size, (cents + 2) / 100, 7, now, now)
            case ("other", symbol, kind):
                bust, bar = Bust(symbol, number - 1, 1.0, 1, "C", now, now), Bar(symbol, 1, 1, 1, 1, 1, now, now)
                yield (bust, bar, Status(symbol, bool(number % 2), "H", "", now, now))[kind]
            case ("phase", phase):
                yield SessionPhase(phase, f"2027-01-{15 + number // 20}", now, 0, "run")


def picture(made: Engine) -> dict[str, str]:
    """All an engine owns, as text."""
    state = owned(made.state)
    shown = {name: repr(value) for name, value in state.items()}
    shown |= {f"{part}.{name}": repr(value) for part in ("book", "blotter", "ledger") for name, value in
              owned(state[part]).items()}  # fmt: skip
    for name, seat in made.seats.items():
        heard = seat.model.heard  # type: ignore[attr-defined]
        shown[name] = repr((seat.standing, seat.reason, seat.counts, sorted(seat.alarms), heard))
    return {name: text for name, text in shown.items() if " object at 0x" not in text}


@often
@given(st.lists(st.tuples(STEPS, TIMES), max_size=60), st.booleans(), st.booleans())
def test_an_engine_steps_as_its_twin(steps: list[Any], recalling: bool, rehearsing: bool) -> None:
    compiled, plain = engine(), engine_in_python()
    for each in (compiled, plain):
        each.recalling, each.rehearsing = recalling, recalling and rehearsing
    assert isinstance(compiled.step, WIRE.Step)
    assert plain.step == plain.step_in_python

    for event in events(steps):
        assert list(compiled.step(event)) == list(plain.step(event)), event
    assert picture(compiled) == picture(plain)


WISHES: list[Any] = [
    None, buy("SPY", 5), sell("SPY", 5), buy("QQQ", 1, 100), sell("QQQ", 2, "100.01"), buy("SPY", 5, 100, "gtc"),
    sell("SPY", 600), buy("SPY", "0.5"), buy("IWM", 5), [buy("QQQ", 5), sell("QQQ", 5)], target("SPY", 7),
    Intent("QQQ", "sell", D(3)), Intent("QQQ", "sell", 3), Intent("QQQ", "give", D(3)),  # type: ignore[arg-type]
]  # fmt: skip


class Trader:
    """It answers a print with the wish that stands at the place its size names."""

    def __init__(self) -> None:
        self.heard: list[Event] = []

    def on_trade(self, trade: Trade) -> Any:
        return WISHES[trade.size % 100]


def trading(limits: Limits) -> Engine:
    seats = [Seat("first", Trader(), ("SPY", "QQQ")), Seat("second", Trader(), ("QQQ",))]
    return Engine(open_account(D(10_000)), seats, chain(SHIPPED, limits), flatten=True)


LIMITS = st.builds(
    Limits, max_position=st.sampled_from([D(20), D(1_000)]), orders_per_day=st.sampled_from([3, 20_000]),
    max_notional=st.sampled_from([D(450), D(50_000)]), orders_per_second=st.sampled_from([1, 50]),
)  # fmt: skip
LATER = st.sampled_from([0, 1, SECOND // 2, SECOND, 20 * SECOND, MINUTE])
PRINTS = st.tuples(
    st.sampled_from(["SPY", "QQQ"]), st.integers(9_990, 10_010), st.sampled_from(range(101, 100 + len(WISHES))), LATER,
    st.booleans(),
)  # fmt: skip


@often
@given(st.lists(PRINTS, min_size=10, max_size=40), LIMITS)
def test_a_wish_becomes_the_order_its_twin_makes(prints: list[Any], limits: Limits) -> None:
    """Some orders are filled at once, so that positions grow into their limits."""
    compiled = trading(limits)
    with patch.object(native, "wire", None):
        plain = trading(limits)
    now, sent = START, 0
    for event in (SessionPhase("open", "2027-01-15", now, 0, "run"), Quote("SPY", 99.99, 1, 100.01, 1, now, now)):
        assert list(compiled.step(event)) == list(plain.step(event))
    for number, (symbol, cents, size, later, filled) in enumerate(prints):
        now += later
        effects = compiled.step(trade := Trade(symbol, cents / 100, size, now, now))
        assert list(effects) == list(plain.step(trade))
        orders = [effect.order for effect in effects if isinstance(effect, Submit)]
        sent += len(orders)
        for order in orders if filled else ():
            fill = Fill(order.id, f"{number}", order.symbol, order.side, order.shares, D(100), now, now)
            assert list(compiled.step(fill)) == list(plain.step(fill))
    note(f"{sent} orders")
    assert picture(compiled) == picture(plain)


def test_the_usual_wish_does_not_go_the_way_in_python() -> None:
    made = engine(checks=chain(SHIPPED, Limits()))
    made.step(SessionPhase("open", "2027-01-15", START, 0, "run"))
    made.step(Trade("SPY", 100.0, 1, START, START, ("@",)))
    with patch.object(Desk, "take", side_effect=AssertionError):
        effects = made.step(Trade("SPY", 100.0, 3, START + 1, START + 1, ("@",)))
    order = Order("20270115-run-000001", "both", "SPY", "buy", D(5), None, "day", START + 1)
    assert effects[0] == Submit(order)
    assert made.state.blotter.open[order.id].order == order
    assert made.seats["both"].counts == {"buys": 1, "sells": 0, "orders": 1, "refused": 0, "errors": 0}


@pytest.mark.parametrize("sent", [0, 999_998, 999_999, 12_345_678])
def test_the_number_of_an_order_has_six_digits_or_more(sent: int) -> None:
    made = engine(checks=chain(SHIPPED, Limits(orders_per_day=10**9)))
    made.step(SessionPhase("open", "2027-01-15", START, 0, "run"))
    made.state.counts["orders"] = sent
    made.step(Trade("SPY", 100.0, 1, START, START, ("@",)))
    with patch.object(Desk, "take", side_effect=AssertionError):
        (effect, *_) = made.step(Trade("SPY", 100.0, 3, START + 1, START + 1, ("@",)))
    assert effect.order.id == f"20270115-run-{sent + 1:06}"  # type: ignore[attr-defined]


def test_what_is_recalled_is_not_sent_again() -> None:
    for made in (engine(checks=chain(SHIPPED, Limits())), engine_in_python(chain(SHIPPED, Limits()))):
        made.step(SessionPhase("open", "2027-01-15", START, 0, "run"))
        made.recalling = True
        for later in (0, 1):
            assert made.step(Trade("SPY", 100.0, 3, START, START + later, ("@",))) == ()
        assert made.state.counts["orders"] == 0


def test_the_usual_print_does_not_go_the_way_in_python() -> None:
    state = open_account(D(10_000))
    made = engine(state)
    made.step(SessionPhase("open", "2027-01-15", START, 0, "run"))
    made.step(Trade("SPY", 100.0, 1, START, START, ("@",)))  # its minute begins, and its conditions are learnt

    usual = [Trade("SPY", 100.0 + n, n, START + n, START + n, ("@",)) for n in (1, 2, 4)]
    with patch.object(Book, "trade", side_effect=AssertionError):
        assert [made.step(each) for each in usual] == [(), (), ()]
    assert state.book.lines["SPY"].last == usual[-1]
    assert state.now == usual[-1].seen
    assert state.counts["trades"] == 4


def test_ctrl_c_gets_through() -> None:
    def ends(trade: Trade) -> None:
        raise KeyboardInterrupt

    for made in (engine(), engine_in_python()):
        made.seats["mute"].handlers["on_trade"] = ends
        made._roster.bind()
        made.step(SessionPhase("open", "2027-01-15", START, 0, "run"))
        for number in range(2):  # the first begins a minute, in Python
            with pytest.raises(KeyboardInterrupt):
                made.step(Trade("SPY", 100.0, 1, START, START + number, ("@",)))


MODEL = """\
import json

class Model:
    def nobodys(self):
        pass

    def nonsense(self, trade):
        return "buy"

    def elsewhere(self, trade):
        json.loads("{")

    def late(self, trade):
        yield None
        yield 1 / 0
"""


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nobodys", "TypeError: Model.nobodys() takes 1 positional argument but 2 were given at model.py:4"),
        ("nonsense", "TypeError: a handler returned 'buy'; expected buy(), sell(), target(), cancel(), amend() or "
                     "wake() at model.py:7"),
        ("elsewhere", "json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: "
                      "line 1 column 2 (char 1) at model.py:11"),
        ("late", "ZeroDivisionError: division by zero at model.py:15"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("watch", [None, WIRE.Timed, timed_in_python])
def test_both_say_where_a_model_went_wrong_in_a_line_of_its_own(name: str, reason: str, watch: Any) -> None:
    names: dict[str, Any] = {"__name__": "model"}
    exec(compile(MODEL, "/plugins/model.py", "exec"), names)
    for made in (engine(), engine_in_python()):
        made.step(SessionPhase("open", "2027-01-15", START, 0, "run"))
        made.step(Trade("IWM", 100.0, 4, START, START, ("@",)))  # its minute begins, in Python
        handler = getattr(names["Model"](), name)
        made.seats["mute"].handlers["on_trade"] = handler if watch is None else watch(handler, [].append)
        made._roster.bind()
        made.step(Trade("IWM", 100.0, 4, START, START + 1, ("@",)))
        assert made.seats["mute"].reason == reason


def test_a_handler_that_is_not_python_is_benched_as_well() -> None:
    for made in (engine(), engine_in_python()):
        made.seats["mute"].handlers["on_trade"] = len  # type: ignore[assignment]
        made._roster.bind()
        made.step(SessionPhase("open", "2027-01-15", START, 0, "run"))
        made.step(Trade("IWM", 100.0, 1, START, START))
        assert made.seats["mute"].reason == "TypeError: object of type 'Trade' has no len()"


# ---- the simulated venue ---------------------------------------------------------------------------------------


def exchange() -> Exchange:
    return Exchange(D(10_000))


def exchange_in_python() -> Exchange:
    with patch.object(native, "wire", None):
        return exchange()


def place(venue: Exchange, number: int, symbol: str, shares: int, now: int) -> list[Event] | str:
    order = Order(f"o{number}", "m", symbol, "buy", D(shares), D(99) if number % 2 else None, "day", now)
    try:
        return list(venue.submit(order, now))
    except Exception as error:
        return str(error)


@often
@given(st.lists(st.tuples(STEPS, TIMES), max_size=60))
def test_a_venue_hears_a_print_as_its_twin(steps: list[tuple[tuple[Any, ...], int]]) -> None:
    """Every so often an order is sent, which may wait for a later print."""
    compiled, plain = exchange(), exchange_in_python()
    assert isinstance(compiled.trade, WIRE.Print)
    assert plain.trade == plain.trade_in_python

    for number, event in enumerate(events(steps)):
        for venue in (compiled, plain):
            venue.open = number % 10 < 7
        if isinstance(event, Trade):
            assert list(compiled.trade(event)) == list(plain.trade(event))
            if event.size % 5 == 0:
                order = number, event.symbol, 1 + event.size % 7, event.seen
                assert place(compiled, *order) == place(plain, *order)
        assert compiled.market.trades == plain.market.trades
        assert compiled.tickets.resting == plain.tickets.resting


@pytest.mark.parametrize("kind", ["Step", "Print", "Heed", "Glance"])
@pytest.mark.parametrize("given_", [(), (1,), (None,) * 7, (None,) * 12, ({},) * 7, ([],) * 12, ([],) * 11, ((),) * 5])
def test_what_it_is_not_made_of_is_a_type_error(kind: str, given_: tuple[Any, ...]) -> None:
    with pytest.raises((TypeError, AttributeError)):
        getattr(WIRE, kind)(*given_)


@pytest.mark.parametrize("given_", [(), (1, 2)])
def test_one_event_is_taken_at_a_time(given_: tuple[Any, ...]) -> None:
    for call in (engine().step, exchange().trade):
        with pytest.raises(TypeError, match="takes one"):
            call(*given_)


def test_an_engine_that_is_let_go_of_is_gone() -> None:
    """A ring of references leads through the compiled step; the collector must find it."""
    made = engine()
    gone = weakref.ref(made.seats["one"].model)
    del made
    gc.collect()
    assert gone() is None
