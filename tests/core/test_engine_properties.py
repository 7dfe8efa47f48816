"""What holds of the engine whatever it is told: equal replays, equal memories, no gap in risk, bounds on everything."""

import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from owned import owned

from hftd.core.blotter import REMEMBERED
from hftd.core.desk import ALARMS
from hftd.core.effects import Effect, Replace, Submit, WakeAt
from hftd.core.engine import Engine
from hftd.core.events import (
    Band,
    Bar,
    Bust,
    Command,
    Correction,
    Event,
    FeedDown,
    FeedUp,
    Fill,
    Gap,
    LookedUp,
    OrderUpdate,
    Quote,
    SessionPhase,
    Shutdown,
    Snapshot,
    Status,
    Timer,
    Trade,
    VenueOrder,
    VenuePosition,
)  # fmt: skip
from hftd.core.intents import Intent, amend, buy, cancel, sell, target, wake
from hftd.core.orders import Order, order_id
from hftd.core.recall import recall
from hftd.core.risk.chain import SHIPPED
from hftd.core.risk.limits import Limits
from hftd.core.seat import FLATTEN, Seat
from hftd.core.state import State
from hftd.core.view import StateView

D = Decimal
SECOND, MINUTE = 10**9, 60 * 10**9
RUN = "abc123"
LIMITS = Limits(
    max_shares=D(60), max_notional=D(6_000), max_position=D(100), max_gross=D(15_000), max_open_orders=6,
    orders_per_second=3, orders_per_minute=8, orders_per_day=25, max_daily_loss=D(400), stale_seconds=5,
    max_net=D(9_000), max_positions=2, max_value_at_risk=D(600), max_drawdown=D(500), same_order_per_second=2,
    max_rejects=2, cool_down_seconds=2, bench_after_rejects=3,
)  # fmt: skip

# Sessions are long, and looking for a shorter one that fails as well takes minutes.
SESSIONS = settings(deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])

SYMBOLS = st.sampled_from(["AAA", "BBB", "ZZZ"])  # nobody asked for ZZZ
CENTS = st.integers(9_500, 10_500)
WHICH = st.integers(1, 12)
STATUSES = st.sampled_from(
    ["sent", "accepted", "partially_filled", "filled", "canceled", "expired", "replaced", "rejected", "unknown"]
)
TOLD = st.tuples(WHICH, STATUSES, st.integers(0, 60), CENTS)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("trade"), SYMBOLS, CENTS, st.integers(0, 255)),
        st.tuples(st.just("trade"), SYMBOLS, CENTS, st.integers(0, 255)),
        st.tuples(st.just("trade"), SYMBOLS, CENTS, st.integers(0, 255)),
        st.tuples(st.just("quote"), SYMBOLS, CENTS, st.integers(0, 20)),
        st.tuples(st.just("update"), WHICH, STATUSES, st.booleans()),
        st.tuples(st.just("fill"), WHICH, st.integers(1, 60), CENTS),
        st.tuples(st.just("again")),
        st.tuples(st.just("snapshot"), st.lists(TOLD, max_size=4), st.dictionaries(SYMBOLS, st.integers(-2, 2)),
                  st.integers(0, 3)),
        st.tuples(st.just("looked up"), TOLD, st.booleans()),
        st.tuples(st.just("phase"), st.sampled_from(["asleep", "warmup", *["open"] * 6, "closing", "closed"]),
                  st.integers(0, 1)),
        st.tuples(st.just("status"), SYMBOLS, st.sampled_from([True, False, None])),
        st.tuples(st.just("band"), SYMBOLS, CENTS), st.tuples(st.just("bust"), SYMBOLS, CENTS),
        st.tuples(st.just("correct"), SYMBOLS, CENTS), st.tuples(st.just("bar"), SYMBOLS, CENTS),
        st.tuples(st.just("timer"), st.integers(0, 3)), st.tuples(st.just("feed"), st.booleans()),
        st.tuples(st.just("gap")), st.tuples(st.just("wait"), st.integers(0, 3 * SECOND)),
        st.tuples(st.just("stop"), st.integers(0, 200)),
        st.tuples(st.just("command"), st.sampled_from(["accept", "accept", "resume", "resume", "halt", "flatten"]),
                  SYMBOLS),
    ),
    min_size=60,
    max_size=120,
)  # fmt: skip


class Whim:
    """A model whose wishes are a function of the print's size and of its view: sound, unsound and broken ones."""

    def __init__(self, view: StateView) -> None:
        self.view = view
        self.heard: list[str] = []

    def on_trade(self, trade: Trade) -> Any:
        self.heard.append(f"{trade.symbol} {trade.size}")
        symbol, price, shares = trade.symbol, round(trade.price, 2), 1 + trade.size // 4
        match trade.size % 16:
            case 0 | 1:
                return buy(symbol, shares)
            case 2 | 3:
                return sell(symbol, shares)
            case 4:
                return buy(symbol, shares, price)
            case 5:
                return (sell(symbol, shares, price) for _ in range(2))
            case 6:
                return target(symbol, shares - 30)
            case 7:
                return cancel()
            case 8:
                return [amend(order.id, price, shares) for order in self.view.orders()[:1]]
            case 9:
                return wake(trade.seen + trade.size, "k")
            case 10:
                return [cancel(symbol=symbol), buy(symbol, 1, "100.001"), buy("ZZZ", 1)]
            case 11 if trade.size > 240:
                return "nonsense"
            case 12 if trade.size > 240:
                raise ValueError(trade.size)
            case _:
                return None

    def on_fill(self, fill: Fill) -> Any:
        self.heard.append(f"{fill.order} {fill.shares}")
        return sell(fill.symbol, fill.shares) if fill.side == "buy" and fill.shares % 3 == 0 else None

    def on_quote(self, quote: Quote) -> Any:
        return buy(quote.symbol, 1, quote.bid) if quote.bid_size == 7 else None

    def on_timer(self, timer: Timer) -> Any:
        return buy("AAA", 1)

    def on_open(self, phase: SessionPhase) -> Any:
        return buy("BBB", 2)


class Witness:
    """Stands behind the checks and notes, from orders and positions alone, what they let pass."""

    def __init__(self) -> None:
        self.passed: list[tuple[str, Intent]] = []
        self.sent: list[int] = []
        self.faults: list[str] = []

    def __call__(self, intent: Intent, state: State) -> str | None:
        orders = [working for working in state.blotter.open.values() if working.order.symbol == intent.symbol]
        beside = sum((working.left for working in orders if working.order.side == intent.side), D(0))
        held, sign = state.ledger.shares(intent.symbol), 1 if intent.side == "buy" else -1
        after = held + sign * (beside + intent.shares)
        closes = abs(after) <= abs(held) and after * held >= 0
        line = state.book.lines[intent.symbol]
        touch = 0.0 if line.quote is None else line.quote.ask if sign > 0 else line.quote.bid
        price = intent.limit or D(str(touch or line.price))
        today = [moment for moment in self.sent if moment > state.now - MINUTE]
        held_to = {
            "session": state.phase == "open" and state.reconciled and not state.stopping,
            "symbol": intent.symbol in ("AAA", "BBB"),
            "fate": not any(working.status == "unknown" for working in orders),
            "frozen": intent.symbol not in state.frozen,
            "halt": not line.halted,
            "band": line.band is None or intent.limit is None or line.band.lower <= intent.limit <= line.band.upper,
            "second": sum(moment > state.now - SECOND for moment in today) < LIMITS.orders_per_second,
            "minute": len(today) < LIMITS.orders_per_minute,
            "open orders": len(state.blotter.open) < LIMITS.max_open_orders,
            "size": 1 <= intent.shares <= LIMITS.max_shares and intent.shares % 1 == 0,
            "tick": intent.limit is None or (intent.limit * 100) % 1 == 0,
            "fresh": state.now - line.seen <= LIMITS.stale_seconds * SECOND,
            "collar": intent.limit is None or sign * (intent.limit - D(str(line.price))) * 20 <= D(str(line.price)),
            "worth": 0 < intent.shares * price <= LIMITS.max_notional,
            "position": closes or abs(after) <= LIMITS.max_position,
            "day over": closes or not state.halted,
            "own order": not any(meets(intent, working.order) for working in orders),
        }
        self.faults += [f"{name}: {intent} at {state.now}" for name, kept in held_to.items() if not kept]
        self.sent.append(state.now)
        return None


def meets(intent: Intent, order: Order) -> bool:
    """Whether a buyer and a seller would agree; at the market means at any price."""
    prices = {intent.side: intent.limit, order.side: order.limit}
    if len(prices) == 1:
        return False
    return None in prices.values() or prices["buy"] >= prices["sell"]  # type: ignore[operator]


def engine(witness: Witness | None = None) -> Engine:
    state = State()
    checks = [(name, make(LIMITS)) for name, make in SHIPPED.items()]
    if witness is not None:
        checks.append(("witness", witness))
    seats = [
        Seat("a", Whim(StateView(state, "a")), ["AAA", "BBB"]), Seat("b", Whim(StateView(state, "b")), ["BBB"]),
        Seat("s", Whim(StateView(state, "s")), ["AAA"], "shadow"),
    ]  # fmt: skip
    return Engine(state, seats, checks, flatten=True)


def told(which: int, status: Any, filled: int, cents: int, now: int) -> VenueOrder:
    name = order_id("2026-10-19", RUN, which)
    return VenueOrder(name, f"v{which}", "AAA", "buy", D(60), D(filled), D(cents) / 100, status)


def events(steps: Sequence[tuple[Any, ...]]) -> Iterator[Event]:  # noqa: PLR0912 - one branch a kind of event
    """The steps as events of a morning, beginning with an open session."""
    yield SessionPhase("warmup", "2026-10-19", 1, 0, RUN)
    yield Snapshot(2, 2, "PA", D(50_000), D(50_000))
    yield SessionPhase("open", "2026-10-19", 3, 0, RUN)
    now, last_fill = 3, Fill("nobody", "x", "AAA", "buy", D(1), D(100), 3, 3)
    for number, step in enumerate(steps):
        now += 1 + (step[1] if step[0] == "wait" else 10_000_000)
        match step:
            case ("trade", symbol, cents, size):
                yield Trade(symbol, cents / 100, size, now, now, ("@",), "P", "B", number)
            case ("quote", symbol, cents, size):
                yield Quote(symbol, cents / 100, size, (cents + 3) / 100, 5, now, now)
            case ("update", which, status, named):
                name = order_id("2026-10-19", RUN, which)
                yield OrderUpdate(name, status, now, now, f"v{which}" if named else "", "why")
            case ("fill", which, shares, cents):
                name = order_id("2026-10-19", RUN, which)
                side = "buy" if which % 2 else "sell"
                last_fill = Fill(name, f"x{number}", "AAA", side, D(shares), D(cents) / 100, now, now, f"v{which}")  # type: ignore[arg-type]
                yield last_fill
            case ("again",):
                yield last_fill
            case ("snapshot", orders, held, age):
                positions = tuple(VenuePosition(symbol, D(shares), D(100)) for symbol, shares in held.items())
                known = {each[0]: told(*each, now) for each in orders}
                asked = now - age * 15_000_000
                yield Snapshot(asked, asked, "PA", D(50_000), D(50_000), positions, tuple(known.values()))
            case ("looked up", each, found):
                yield LookedUp(order_id("2026-10-19", RUN, each[0]), told(*each, now) if found else None, now)
            case ("phase", phase, day):
                yield SessionPhase(phase, f"2026-10-{19 + day}", now, 0, RUN)
            case ("status", symbol, halted):
                yield Status(symbol, halted, "X", "", now, now)
            case ("band", symbol, cents):
                yield Band(symbol, (cents - 300) / 100, (cents + 300) / 100, "A", now, now)
            case ("bust", symbol, cents):
                yield Bust(symbol, number - 1, cents / 100, 1, "C", now, now)
            case ("correct", symbol, cents):
                yield Correction(symbol, number - 1, 1.0, 1, number, cents / 100, 1, now, now)
            case ("bar", symbol, cents):
                yield Bar(symbol, cents / 100, cents / 100, cents / 100, cents / 100, 1, now, now)
            case ("timer", back):
                yield Timer("ab"[back % 2] + ":k", now - back, now)
            case ("feed", up):
                yield FeedUp("orders", now, orders=True) if up else FeedDown("orders", "reset", now)
            case ("gap",):
                yield Gap("data", 1, now, now)
            case ("command", name, symbol):
                yield Command(name, symbol if name == "accept" else "", "ann", now)
            case ("stop", 0):
                yield Shutdown("by hand", now)


PARTS = ("book", "blotter", "ledger", "accounts")


def picture(made: Engine) -> dict[str, str]:
    """Everything the engine owns, as text."""
    state = owned(made.state)
    parts = {name: repr(value) for name, value in state.items() if name not in PARTS}
    for name in PARTS:
        parts |= {f"{name}.{key}": repr(value) for key, value in owned(state[name]).items() if key != "ledgers"}
    for name, ledger in made.state.accounts.ledgers.items():
        parts[f"account of {name}"] = repr(owned(ledger))
    for name, seat in made.seats.items():
        heard = seat.model.heard  # type: ignore[attr-defined]
        parts[name] = repr((seat.standing, seat.reason, seat.counts, seat.rejects, sorted(seat.alarms), heard))
    return parts


@settings(SESSIONS, max_examples=80)
@given(STEPS)
def test_the_same_events_give_the_same_effects_and_the_same_state(steps: list[tuple[Any, ...]]) -> None:
    """Two engines that know nothing of each other decide alike, and one that is only looked at does not change."""
    one, other = engine(), engine()
    for event in events(steps):
        assert list(one.step(event)) == list(other.step(event))
        one.state.profit(), one.state.gross(), [seat.model.view.orders() for seat in one.seats.values()]  # type: ignore[attr-defined]
    assert picture(one) == picture(other)


@settings(SESSIONS, max_examples=80)
@given(STEPS)
def test_a_remembered_session_is_the_session(steps: list[tuple[Any, ...]]) -> None:
    """Events and effects, read back in their order, bring a fresh engine to the same state in every part."""
    live, again = engine(), engine()
    again.recalling = True
    for event in events([step for step in steps if step[0] != "stop"]):
        effects = live.step(event)
        again.step(event)
        for effect in effects:
            recall(again, effect)
    assert picture(live) == picture(again)


@settings(SESSIONS, max_examples=100)
@given(STEPS)
def test_no_order_leaves_that_a_check_would_mind(steps: list[tuple[Any, ...]]) -> None:
    """Every order that left had passed the last check, and nothing a second computation minds had come that far."""
    witness = Witness()
    made = engine(witness)
    left: list[Order] = []
    for event in events(steps):
        left += wished(made.step(event))
    assert witness.faults == []
    assert witness.sent == [order.at for order in left]


@settings(SESSIONS, max_examples=40)
@given(STEPS, st.sampled_from(sorted(SHIPPED)))
def test_while_a_check_is_broken_no_order_leaves(steps: list[tuple[Any, ...]], broken: str) -> None:
    """Whichever it is."""

    def breaks(*_: object) -> None:
        raise RuntimeError("broken")

    made = engine()
    made._desk.hold_to([(name, breaks if name == broken else check) for name, check in made._desk.checks])
    for event in events(steps):
        assert wished(made.step(event)) == []


@settings(SESSIONS, max_examples=60)
@given(STEPS)
def test_no_two_orders_share_an_id(steps: list[tuple[Any, ...]]) -> None:
    """Not over days, and not when some replace others."""
    made = engine()
    effects = [effect for event in events(steps) for effect in made.step(event)]
    names = [effect.order.id for effect in effects if isinstance(effect, Submit | Replace)]
    assert len(names) == len(set(names))


def wished(effects: Sequence[Effect]) -> list[Order]:
    """Orders that left because a model wished it."""
    orders = [effect.order for effect in effects if isinstance(effect, Submit | Replace)]
    return [order for order in orders if order.model != FLATTEN]


def ended(order: Order, number: int, now: int) -> Event:
    """Every other order fills, the others are canceled."""
    if number % 2:
        return Fill(order.id, f"x{number}", order.symbol, order.side, order.shares, D(100), now, now)
    return OrderUpdate(order.id, "canceled", now, now)


def test_nothing_grows_without_bound() -> None:
    """50,000 events with more orders than are remembered: every container stays within what it says."""
    chance = random.Random(11)
    limits = Limits(
        max_position=D(10**6), max_gross=D(10**9), max_notional=D(10**6), max_open_orders=30, orders_per_day=10**6,
        orders_per_second=1000, orders_per_minute=500, max_daily_loss=D(10**9),
    )  # fmt: skip
    state = State()
    seats = [Seat(name, Whim(StateView(state, name)), ["AAA", "BBB"]) for name in "ab"]
    for seat in seats:
        seat.model.heard = Forgetful()  # type: ignore[attr-defined]
    made = Engine(state, seats, [(name, make(limits)) for name, make in SHIPPED.items()], flatten=True)
    for event in events([]):
        made.step(event)
    now, orders = 3, 0
    for number in range(50_000):
        now += 100_000_000
        symbol = chance.choice(["AAA", "BBB", f"X{number}"])
        event: Event
        match chance.randrange(8):
            case 0:
                event = Quote(symbol, 99.0, 7, 101.0, 7, now, now)
            case 1:
                event = Status(f"X{number}", True, "H", "", now, now)
            case 2:
                held = tuple(VenuePosition(name, held.shares, D(100)) for name, held in state.ledger.positions.items())
                event = Snapshot(now, now, "PA", D(50_000), D(10**7), held)
            case _:
                event = Trade(symbol, 100.0, chance.randrange(240), now, now)
        following = [event]
        while following:
            for effect in made.step(following.pop()):
                if isinstance(effect, WakeAt):
                    following.append(Timer(effect.key, effect.at, now))
                elif isinstance(effect, Submit | Replace):
                    orders += 1
                    following.append(ended(effect.order, orders, now))
        assert len(state.pace) <= limits.orders_per_minute
        assert len(state.blotter.open) <= limits.max_open_orders
    assert orders > 10_500, "too few orders to fill what is remembered of them"
    assert len(state.blotter.done) == REMEMBERED
    assert len(state.blotter._executions) <= REMEMBERED
    assert {"AAA", "BBB"} == set(state.book.lines) == set(state.blotter.bound)
    assert set(state.ledger.positions) <= {"AAA", "BBB"}
    assert set(state.refusals) <= {*SHIPPED, "amend"}
    assert all(len(seat.alarms) <= ALARMS for seat in seats)


class Forgetful(list[str]):
    """Keeps nothing: what a model remembers is not the engine's."""

    def append(self, _: str) -> None:
        """Forget it."""
