"""Everything the engine owns. It changes in ``Engine.step`` and nowhere else."""

from collections import deque
from decimal import Decimal

from hftd.core.blotter import Blotter
from hftd.core.book import Book, dollars
from hftd.core.events import PhaseName, Side, VenuePosition
from hftd.core.ledger import Ledger
from hftd.core.orders import Order

MINUTE = 60_000_000_000


class State:
    """One trading day in memory: the market, our orders, our money, the clock, the counters."""

    def __init__(self) -> None:
        self.now = 0
        self.day = ""
        self.run = ""
        self.phase: PhaseName = "asleep"
        self.phase_until = 0
        self.opened = False
        """Whether models were told that the session is open; it ends with ``closed``. A restart tells them once."""
        self.reconciled = False
        self.settled = False
        """Whether any snapshot was ever settled with: before that, the venue's positions are simply taken over."""
        self.stopping = False
        self.halted = ""
        """Why trading is stopped until an operator resumes it, in words; empty while it is not."""
        self.flattening = False
        """Every position is being traded away, because an operator said so."""
        self.frozen: dict[str, VenuePosition] = {}
        """Positions that do not add up, as the venue has them: no new risk in these until somebody accepts them."""
        self.foreign_filled: dict[str, Decimal] = {}
        """Shares filled of orders that are not ours, by client id, as the venue last said."""
        self.buying_power: Decimal | None = None
        self.gross_then = Decimal(0)
        """Gross exposure when the venue last said what the buying power is."""
        self.feeds: dict[str, bool] = {}
        self.foreign: frozenset[str] = frozenset()
        """Client ids of orders that are open at the venue and not ours, as it last said."""

        self.foreign_moved: dict[str, Decimal] = {}
        """What such orders did to positions that were moving whenever the venue was asked, signed shares."""

        self.book = Book()
        self.blotter = Blotter()
        self.ledger = Ledger()
        self.pace: deque[int] = deque()
        """When orders were sent, back to a minute before the last one; the pace check bounds its length."""
        self.symbols: frozenset[str] = frozenset()
        """Symbols models asked for."""
        self.counts: dict[str, int] = dict.fromkeys(
            ("trades", "quotes", "bars", "outside", "buy_intents", "sell_intents", "orders", "refused", "fills"), 0
        )
        self.refusals: dict[str, int] = {}

    def new_day(self, day: str, run: str) -> None:
        """Begin another day: counters start again, profit taken is put away, positions stay."""
        self.day, self.run = day, run
        self.counts = dict.fromkeys(self.counts, 0)
        self.refusals = {}
        self.book.new_day()
        self.ledger.new_day()

    def wished(self, side: Side) -> None:
        """Count an intent of a model that may send."""
        self.counts["buy_intents" if side == "buy" else "sell_intents"] += 1

    def send(self, order: Order) -> None:
        """Count an order that leaves and enter it in the blotter."""
        self.counts["orders"] += 1
        while self.pace and self.pace[0] <= order.at - MINUTE:
            self.pace.popleft()
        self.pace.append(order.at)
        self.blotter.add(order)

    def refuse(self, code: str, reason: str) -> None:
        """Count a refusal. One for the day's loss throws the kill switch, whatever prices do afterwards."""
        self.counts["refused"] += 1
        self.refusals[code] = self.refusals.get(code, 0) + 1
        if code == "loss":
            self.halted = self.halted or reason

    def price(self, symbol: str) -> float:
        """The price positions in ``symbol`` are valued at; 0 where none is known."""
        line = self.book.lines.get(symbol)
        return line.price if line is not None else 0.0

    def first_price(self, symbol: str) -> float:
        """The day's first price of ``symbol``; before its first print, what it is valued at now."""
        line = self.book.lines.get(symbol)
        return (line.first or line.price) if line is not None else 0.0

    def profit(self) -> Decimal:
        """The day's profit in dollars: taken and on paper, after fees. What was brought into the day is not its own."""
        ledger = self.ledger
        return ledger.realised() + ledger.unrealised(self.price) - ledger.brought(self.first_price)

    def worst(self, symbol: str) -> Decimal:
        """Shares of ``symbol``, unsigned, that may be held at the most, whichever of its open orders fill."""
        held, bound = self.ledger.shares(symbol), self.blotter.bound.get(symbol)
        if bound is None or not (bound.buying or bound.selling):
            return abs(held)
        return max(abs(held + bound.buying), abs(held - bound.selling))

    def gross(self) -> Decimal:
        """What all positions are worth together at the worst of their open orders, in dollars.

        Without a known price a position counts at its average cost.
        """
        total = Decimal(0)
        positions = self.ledger.positions
        for symbol in {**positions, **self.blotter.bound}:
            most = self.worst(symbol)
            if most:
                price = self.price(symbol)
                held = positions.get(symbol)
                total += most * (dollars(price) if price else held.average if held is not None else Decimal(0))
        return total
