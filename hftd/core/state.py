"""Everything the engine owns. It changes in ``Engine.step`` and nowhere else."""

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec import Struct

from hftd.core.accounts import Accounts
from hftd.core.blotter import Blotter
from hftd.core.book import Book
from hftd.core.events import Carry, Held, PhaseName, Side, VenuePosition
from hftd.core.intents import Intent
from hftd.core.ledger import Ledger, Position
from hftd.core.orders import Order
from hftd.core.valuation import Valuation, profit, value

SECOND, MINUTE = 1_000_000_000, 60_000_000_000
TRAVEL = 5 * SECOND  # an order may take so long: one that comes too late would wait for the next day


class Row(Struct, gc=False):
    """Rejections in a row, and when the last of them came (ns UTC)."""

    count: int = 0
    at: int = 0


COUNTED = ("trades", "quotes", "bars", "outside", "buy_intents", "sell_intents", "orders", "refused", "fills")


@dataclass(slots=True, eq=False)  # in slots, the compiled steps find what they look at and change at once
class State:
    """One trading day in memory: the market, our orders, our money, the clock, the counters."""

    now: int = 0
    """The time, ns UTC."""
    phase: PhaseName = "asleep"
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    skew: int = 0
    """How far another clock is ahead of the time (ns); 0 while they agree."""
    day: str = ""
    run: str = ""
    phase_until: int = 0
    regular: tuple[int, int] | None = None
    """When the day's regular session begins and ends, ns UTC, where more than that is traded."""
    reconciled: bool = False
    """Whether the account was settled in this session."""
    opened: bool = False
    """Whether models were told that it is open, which ends with ``closed``: a restart tells them once."""
    settled: bool = False
    """Whether any snapshot was ever settled with: before that, the venue's positions are simply taken over."""
    stopping: bool = False
    """Whether the daemon leaves."""
    flattening: bool = False
    """Whether every position is being traded away, because an operator said so."""
    halted: str = ""
    """Why trading is stopped until an operator resumes it; empty while it is not."""
    unwritten: str = ""
    """Why the journal takes no record, so that nothing is closed either; empty while it does."""
    frozen: dict[str, VenuePosition] = field(default_factory=dict)
    """Positions that do not add up, as the venue has them: no new risk in these until somebody accepts them."""
    doubtful: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """Positions that did not add up when the venue was last asked, ours and the venue's, where orders are at rest."""
    foreign_filled: dict[str, Decimal] = field(default_factory=dict)
    """Shares filled of orders that are not ours, by client id, as the venue last said."""
    buying_power: Decimal | None = None
    feeds: dict[str, bool] = field(default_factory=dict)
    foreign: frozenset[str] = frozenset()
    """Client ids of orders that are open at the venue and not ours, as it last said."""
    foreign_moved: dict[str, Decimal] = field(default_factory=dict)
    """What such orders did to positions that were moving whenever the venue was asked, signed shares."""

    book: Book = field(default_factory=Book)
    blotter: Blotter = field(default_factory=Blotter)
    ledger: Ledger = field(default_factory=Ledger)
    accounts: Accounts = field(default_factory=Accounts)
    aims: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    """Targets beyond flat by model and symbol, whose closing order is on its way."""
    leaving: set[str] = field(default_factory=set)
    """Models that retired and whose positions are being traded away."""
    pace: deque[int] = field(default_factory=deque)
    """When orders were sent, back to a minute before the last one; the pace check bounds its length."""
    recent: deque[Order] = field(default_factory=deque)
    """Orders that were sent, back to a second before the last one."""
    rejects: dict[str, Row] = field(default_factory=dict)
    """The venue's rejections in a row, by symbol; an order it takes ends the row."""
    peak: Decimal = Decimal(0)
    """The day's highest profit in dollars, of the moments it was marked at."""
    gross_then: Decimal = Decimal(0)
    """Gross exposure when the venue last said what the buying power is."""
    asking: str = ""
    """The model whose intent is being checked; empty while nothing is."""
    asked: Intent | None = None
    # Worked out once for all checks of an intent: what it may cost, the day's profit, and every sum.
    asked_worth: Decimal | None = None
    asked_profit: Decimal | None = None
    sums: Valuation | None = None
    symbols: frozenset[str] = frozenset()
    """Symbols models asked for."""
    refusals: dict[str, int] = field(default_factory=dict)

    @property
    def extended(self) -> bool:
        """Whether it is before or after the regular session, or an order may arrive after it."""
        regular = self.regular
        return regular is not None and not regular[0] <= self.now < regular[1] - TRAVEL

    def new_day(self, day: str, run: str) -> None:
        """Begin another day: counters start again, profit taken is put away, positions stay.

        The market begins anew, and the venue's positions are taken over with its first word: what happened to them
        over night happened to none of our orders.
        """
        self.day, self.run = day, run
        self.aims.clear()
        self.settled, self.foreign, self.foreign_filled, self.foreign_moved = False, frozenset(), {}, {}
        self.doubtful = {}
        self.counts = dict.fromkeys(self.counts, 0)
        self.refusals, self.rejects, self.peak = {}, {}, Decimal(0)
        self.book.new_day()
        self.ledger.new_day()
        self.accounts.new_day()

    def aim(self, model: str, symbol: str, shares: Decimal | None) -> None:
        """Note a target beyond flat, or that there is none any more."""
        self.aims.pop((model, symbol), None)
        if shares is not None:
            self.aims[model, symbol] = shares

    def carry(self, event: Carry) -> None:
        """Take over what the day before left, and nothing else: a state that went on must be as one that begins."""
        self.phase, self.opened, self.reconciled, self.unwritten, self.regular = "asleep", False, False, "", None
        self.halted, self.flattening, self.skew = event.halted, event.flattening, event.skew
        self.buying_power, self.gross_then = None, Decimal(0)
        self.ledger, self.accounts, self.blotter = Ledger(event.cash), Accounts(), Blotter()
        self.leaving = set(event.leaving)
        for pending in (self.feeds, self.frozen, self.aims, self.pace, self.recent):
            pending.clear()
        for left in event.orders:
            self.blotter.take_over(left)
        for held in event.held:
            ledger = self.accounts.of(held.model) if held.model else self.ledger
            ledger.positions[held.symbol] = Position(held.shares, held.cost)
            self.book.watch(held.symbol)

    def carried(self) -> tuple[Held, ...]:
        """What every account holds."""
        ledgers = {"": self.ledger, **self.accounts.ledgers}
        return tuple(
            Held(model, symbol, position.shares, position.cost)
            for model in sorted(ledgers)
            for symbol, position in sorted(ledgers[model].positions.items())
            if position.shares
        )

    def wished(self, side: Side) -> None:
        """Count an intent of a model that may send."""
        self.counts["buy_intents" if side == "buy" else "sell_intents"] += 1

    def send(self, order: Order) -> None:
        """Count an order that leaves and enter it in the blotter."""
        self.counts["orders"] += 1
        at, pace, recent = order.at, self.pace, self.recent
        pace.append(at)
        while pace[0] <= at - MINUTE:
            pace.popleft()
        recent.append(order)
        while recent[0].at <= at - SECOND:
            recent.popleft()
        self.blotter.add(order)

    def refuse(self, code: str) -> None:
        """Count a refusal."""
        self.counts["refused"] += 1
        self.refusals[code] = self.refusals.get(code, 0) + 1

    def rejected(self, symbol: str, at: int) -> None:
        """Count an order in ``symbol`` the venue rejected."""
        row = self.rejects.setdefault(symbol, Row())
        row.count, row.at = row.count + 1, at

    def taken(self, symbol: str) -> None:
        """The venue took an order in ``symbol``: what it rejects next is the first in a row."""
        self.rejects.pop(symbol, None)

    def mark(self) -> None:
        """Note the day's highest profit."""
        profit = self.profit()
        if profit > self.peak:
            self.peak = profit

    def ask(self, model: str, intent: Intent | None) -> None:
        """Begin to check an intent of ``model``, or the account (no intent); with no name, end it.

        Nothing moves meanwhile, so sums are made once.
        """
        self.asking, self.asked = model, intent
        self.asked_worth = self.asked_profit = self.sums = None

    def price(self, symbol: str) -> float:
        """The price positions in ``symbol`` are valued at; 0 where none is known."""
        line = self.book.lines.get(symbol)
        return line.price if line is not None else 0.0

    def worst(self, symbol: str) -> Decimal:
        """Shares of ``symbol``, unsigned, that may be held at the most, whichever of its open orders fill."""
        held, bound = self.ledger.shares(symbol), self.blotter.bound.get(symbol)
        if bound is None or not (bound.buying or bound.selling):
            return abs(held)
        return max(abs(held + bound.buying), abs(held - bound.selling))

    def valuation(self) -> Valuation:
        """What the account is worth as of now."""
        if self.sums is not None:
            return self.sums
        made = value(self.ledger, self.blotter, self.book)
        if self.asking:
            self.sums, self.asked_profit = made, made.profit
        return made

    def profit(self) -> Decimal:
        """The day's profit in dollars: taken and on paper, after fees. What was brought into the day is not its own."""
        if self.asked_profit is not None:
            return self.asked_profit
        made = profit(self.ledger, self.book)
        if self.asking:
            self.asked_profit = made
        return made

    def gross(self) -> Decimal:
        """What all positions are worth together at the worst of their open orders, in dollars."""
        return self.valuation().gross


def open_account(cash: Decimal) -> State:
    """A fresh state that holds ``cash`` dollars and needs no venue's word: where replay begins."""
    state = State()
    state.ledger.cash = cash
    state.reconciled = True
    return state
