"""Everything the engine owns. It changes in ``Engine.step`` and nowhere else."""

from collections import deque
from decimal import Decimal

from hftd.core.blotter import Blotter
from hftd.core.book import Book
from hftd.core.events import PhaseName
from hftd.core.ledger import Ledger


class State:
    """One trading day in memory: the market, our orders, our money, the clock, the counters."""

    def __init__(self) -> None:
        self.now = 0
        self.day = ""
        self.run = ""
        self.phase: PhaseName = "asleep"
        self.phase_until = 0
        self.reconciled = False
        self.stopping = False
        self.halted = ""
        """Why trading is stopped for good, in words; empty while it is not."""
        self.buying_power: Decimal | None = None
        self.gross_then = Decimal(0)
        """Gross exposure when the venue last said what the buying power is."""
        self.feeds: dict[str, bool] = {}

        self.book = Book()
        self.blotter = Blotter()
        self.ledger = Ledger()
        self.pace: deque[int] = deque()
        """When the orders of the last minute were sent; its length is bounded by the pace check."""
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
        self.halted = ""
        self.pace.clear()
        self.ledger.fees = Decimal(0)
        for position in self.ledger.positions.values():
            position.realised = Decimal(0)

    def price(self, symbol: str) -> float:
        """The price positions in ``symbol`` are valued at; 0 where none is known."""
        line = self.book.lines.get(symbol)
        return line.price if line is not None else 0.0

    def profit(self) -> Decimal:
        """The day's profit in dollars: taken and on paper, after fees."""
        return self.ledger.realised() + self.ledger.unrealised(self.price)

    def gross(self) -> Decimal:
        """What all positions and open orders are worth together, in dollars; at cost where no price is known."""
        total = Decimal(0)
        for symbol, held in self.ledger.positions.items():
            if held.shares:
                price = self.price(symbol)
                total += abs(held.shares) * Decimal(str(price)) if price else abs(held.cost)
        for symbol, bound in self.blotter.bound.items():
            if bound.buying or bound.selling:
                total += max(bound.buying, bound.selling) * Decimal(str(self.price(symbol)))
        return total
