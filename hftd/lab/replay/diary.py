"""What a backtest keeps of its way: every fill with its model and the price it was decided at, and the account's worth.

It is written on fills, orders and once a minute of the tape, so a print that moves nobody costs nothing.
"""

from decimal import Decimal

from msgspec import Struct

from hftd.core.book import Line
from hftd.core.events import Event, Fill
from hftd.core.orders import Order
from hftd.core.state import MINUTE, State

NOBODY = ""
LISTENING = ("open", "closing")


class Booked(Struct, frozen=True, gc=False):
    """A fill, whose order it was, and ``wanted``: the middle of the quote, else the last print, when it was decided on.

    ``wanted`` is dollars, 0 where nothing was known. ``decided`` is when, ns UTC.
    """

    fill: Fill
    model: str
    wanted: float
    decided: int


class Sample(Struct, frozen=True, gc=False):
    """The account at the moment ``at`` (ns UTC): what it is worth, what its positions are worth, in dollars.

    ``day`` is the trading day, YYYY-MM-DD; ``running`` whether models traded. ``gross`` counts positions without their
    signs, ``net`` with them.
    """

    at: int
    day: str
    running: bool
    equity: float
    gross: float
    net: float


class Diary:
    """The fills and samples of one replay, in their order. ``every`` is the time between samples, ns."""

    def __init__(self, state: State, every: int = MINUTE) -> None:
        self.fills: list[Booked] = []
        self.samples: list[Sample] = []
        self.every = every
        self._state = state
        self._orders: dict[str, tuple[str, float, int]] = {}

    def sent(self, order: Order) -> None:
        """Note the market an order was decided in."""
        line = self._state.book.lines.get(order.symbol)
        self._orders[order.id] = (order.model, _middle(line) if line is not None else 0.0, order.at)

    def heard(self, event: Event) -> None:
        """Note a fill; anything else is no matter."""
        if type(event) is Fill:
            model, wanted, decided = self._orders.get(event.order, (NOBODY, 0.0, event.ts))
            self.fills.append(Booked(event, model, wanted, decided))

    def sample(self, now: int) -> None:
        """Note what the account is worth. A position without a known price counts at its cost."""
        ledger, price = self._state.ledger, self._state.price
        gross = net = 0.0
        for symbol, position in ledger.positions.items():
            if position.shares:
                mark = price(symbol)
                worth = float(position.shares) * mark if mark else float(position.cost)
                gross, net = gross + abs(worth), net + worth
        state = self._state
        self.samples.append(
            Sample(now, state.day, state.phase in LISTENING, float(ledger.cash) + net, gross, net)
        )


def value(state: State) -> Decimal:
    """What the account is worth, in dollars: cash, and positions at the last price, at cost where none is known."""
    held = sum((position.cost for position in state.ledger.positions.values() if position.shares), Decimal(0))
    return state.ledger.cash + held + state.ledger.unrealised(state.price)


def _middle(line: Line) -> float:
    quote = line.quote
    if quote is not None and quote.bid > 0 and quote.ask > 0:
        return (quote.bid + quote.ask) / 2
    return line.price
