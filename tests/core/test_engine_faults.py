"""Whatever happens to messages on their way, engine and venue agree in the end: no order lost, no share twice.

The venue is the matching engine of the simulated one. Requests may be lost before it, answers behind it, reports may
be lost, doubled or late, and snapshots may be old when they arrive.
"""

import random
from collections import Counter, deque
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hftd.core.effects import Alert, Cancel, Effect, Reconcile, Replace, Resolve, Submit
from hftd.core.engine import Engine
from hftd.core.events import (
    Event,
    Fill,
    LookedUp,
    OrderUpdate,
    Quote,
    SessionPhase,
    Snapshot,
    Trade,
    VenueOrder,
    VenuePosition,
)  # fmt: skip
from hftd.core.intents import amend, buy, cancel, sell, target
from hftd.core.matching import Exchange, Rejection
from hftd.core.matching.ticket import venue_id
from hftd.core.orders import Order
from hftd.core.risk.chain import SHIPPED
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.core.view import StateView

D = Decimal
MILLISECOND = 10**6
PATIENCE = 60  # rounds of questions and answers in which everything must be settled

FATES = st.sampled_from(["well"] * 5 + ["lost before", "lost behind", "doubled", "late", "report lost"])
STEPS = st.lists(
    st.tuples(st.integers(9_900, 10_100), st.integers(0, 63), st.integers(1, 900), FATES), min_size=10, max_size=60
)


class Trader:
    """Trades both ways, rests, cancels and amends, as the size of the print says."""

    def __init__(self, view: StateView) -> None:
        self.view = view

    def on_trade(self, trade: Trade) -> Any:
        price, shares = round(trade.price, 2), 2 + trade.size // 8
        match trade.size % 8:
            case 0:
                return buy("SPY", shares)
            case 1:
                return sell("SPY", shares)
            case 2:
                return buy("SPY", shares, round(price - 0.5, 2))
            case 3:
                return sell("SPY", shares, round(price + 0.5, 2))
            case 4:
                return cancel()
            case 5:
                resting = [order for order in self.view.orders() if order.limit is not None]
                return [amend(order.id, price) for order in resting[:1]]
            case 6:
                return target("SPY", shares - 4)
            case _:
                return None


class Wire:
    """An engine and a venue with a bad line between them."""

    def __init__(self) -> None:
        self.now = 10**12
        self.venue = Exchange(D(1_000_000))
        self.truth: dict[str, tuple[Order, Decimal, Decimal]] = {}
        """Each order the venue took: what it filled and what that cost."""
        self.state = State()
        checks = [(name, make(Limits())) for name, make in SHIPPED.items()]
        seat = Seat("m", Trader(StateView(self.state, "m")), ["SPY"])
        self.engine = Engine(self.state, [seat], checks, flatten=False)
        self.late: deque[Event] = deque()
        self.questions: deque[Effect] = deque()
        self.fate = "well"
        self.told: list[Alert] = []
        for phase in ("warmup", "open"):
            self.hear(SessionPhase(phase, "2026-10-19", self.now, 0, "abc123"))  # type: ignore[arg-type]
        self.hear(self.snapshot())

    def hear(self, event: Event) -> None:
        for effect in self.engine.step(event):
            match effect:
                case Submit() | Cancel() | Replace():
                    self.ask(effect)
                case Resolve() | Reconcile():
                    self.questions.append(effect)
                case Alert():
                    self.told.append(effect)
                case _:
                    pass

    def tick(self, cents: int, size: int, wait: int, fate: str) -> None:
        """The market moves, the model may act, and its requests and their reports meet ``fate``."""
        self.now += wait * MILLISECOND
        self.fate = fate
        quote = Quote("SPY", cents / 100, 5, (cents + 2) / 100, 5, self.now, self.now)
        trade = Trade("SPY", cents / 100, size, self.now, self.now)
        self.report(self.venue.quote(quote))
        self.hear(quote)
        self.hear(trade)
        if fate == "well":
            self.answer(one=True)
            while self.late:
                self.hear(self.late.popleft())

    def ask(self, effect: Submit | Cancel | Replace) -> None:
        """A request on its way to the venue; its answer is lost with it, or by itself."""
        order = effect.order if isinstance(effect, Cancel) else effect.order.id
        try:
            if self.fate != "lost before":
                self.report(self.request(effect))
        except Rejection as error:
            status = "unknown" if isinstance(effect, Cancel) else "rejected"
            self.report([OrderUpdate(order, status, self.now, self.now, "", str(error))])  # type: ignore[arg-type]
        if self.fate in ("lost before", "lost behind"):
            self.late.append(OrderUpdate(order, "unknown", self.now, self.now, "", "no answer"))

    def request(self, effect: Submit | Cancel | Replace) -> Iterable[Event]:
        if isinstance(effect, Cancel):
            return self.venue.cancel(effect.venue_id, self.now)
        order = effect.order
        if isinstance(effect, Submit):
            events = self.venue.submit(order, self.now)
        else:
            events = self.venue.replace(order.replaces, order, self.now)
        self.truth[order.id] = (order, D(0), D(0))
        return events

    def report(self, events: Iterable[Event]) -> None:
        """What the venue says on its own account; the truth is noted, the words meet their fate."""
        for event in events:
            if isinstance(event, Fill):
                order, filled, cost = self.truth[event.order]
                self.truth[event.order] = (order, filled + event.shares, cost + event.shares * event.price)
            match self.fate:
                case "report lost" | "lost behind":
                    continue
                case "doubled":
                    self.late += [event, event]
                case _:
                    self.late.append(event)

    def answer(self, *, one: bool = False) -> None:
        """Answer what the engine asks: one question, or all."""
        while self.questions:
            question = self.questions.popleft()
            if isinstance(question, Resolve):
                found = self.order(question.order) if question.order in self.truth else None
                self.hear(LookedUp(question.order, found, self.now))
            else:
                self.hear(self.snapshot())
            if one:
                return

    def order(self, name: str) -> VenueOrder:
        order, filled, cost = self.truth[name]
        ticket = self.venue.tickets.get(venue_id(name))
        average = cost / filled if filled else D(0)
        return VenueOrder(name, ticket.venue_id, "SPY", order.side, order.shares, filled, average, ticket.status)

    def snapshot(self, asked: int = 0) -> Snapshot:
        account = self.venue.account
        held = tuple(
            VenuePosition(symbol, holding.shares, holding.average)
            for symbol, holding in account.holdings.items()
            if holding.shares
        )
        orders = tuple(self.order(name) for name in self.truth)
        return Snapshot(asked or self.now, self.now, "PA", account.cash, D(4_000_000), held, orders)

    def settle(self) -> None:
        """The line is mended: what was late comes, questions are answered, and snapshots follow while they differ."""
        self.fate = "well"
        for _ in range(PATIENCE):
            while self.late:
                self.hear(self.late.popleft())
            self.answer()
            self.now += 2_000 * MILLISECOND
            self.hear(self.snapshot())
            if not self.late and not self.questions:
                return


@settings(deadline=None, max_examples=120, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(STEPS, st.integers(0, 7))
def test_engine_and_venue_agree_in_the_end(steps: list[tuple[int, int, int, str]], every: int) -> None:
    """Order by order, share by share, cent by cent; and no position had to be taken over or was frozen."""
    wire = Wire()
    old: Snapshot | None = None
    for number, step in enumerate(steps):
        wire.tick(*step)
        if every and number % (every + 1) == 0:  # a snapshot that was under way while the market moved
            if old is not None:
                wire.hear(old)
            old = wire.snapshot()
    wire.settle()
    blotter, ledger, account = wire.state.blotter, wire.state.ledger, wire.venue.account
    held = account.holdings.get("SPY")
    assert (held.shares if held else D(0)) == ledger.shares("SPY")
    assert {ticket.order.id for ticket in wire.venue.tickets.open()} == blotter.open.keys()
    for name, (_, filled, cost) in wire.truth.items():
        working = blotter.find(name)
        assert working is not None, name
        assert filled == working.filled, name
        assert abs(cost - working.cost) < D("1e-9"), name
    unheard = {name for name in (*blotter.open, *blotter.done) if name not in wire.truth}
    assert all(blotter.done[name].filled == 0 for name in unheard)
    assert account.cash == ledger.cash
    assert wire.state.frozen == {}
    assert [alert.text for alert in wire.told if "position of" in alert.text or "overfill" in alert.text] == []


def test_the_bad_line_is_bad_and_the_trader_trades() -> None:
    """The test above is worth something: in a morning of chances every fate meets orders, and these every end."""
    chance, wire = random.Random(5), Wire()
    met: Counter[str] = Counter()
    for _ in range(400):
        before = len(wire.truth)
        fate = chance.choice(["well"] * 5 + ["lost behind", "doubled", "late", "report lost", "lost before"])
        wire.tick(chance.randint(9_900, 10_100), chance.randrange(64), chance.randint(1, 900), fate)
        met[fate] += len(wire.truth) - before
    wire.settle()
    assert {"filled", "canceled", "replaced"} <= {wire.order(name).status for name in wire.truth}
    assert {"well", "lost behind", "doubled", "late", "report lost"} == {fate for fate, orders in met.items() if orders}
