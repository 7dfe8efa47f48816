"""Money and positions, kept by average cost. A position is the sum of its signed fills, and nothing else moves it."""

from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct

from hftd.core.book import dollars
from hftd.core.events import Fill, VenuePosition
from hftd.core.orders import signed

ZERO = Decimal(0)


class Position(Struct, gc=False):
    """Signed ``shares`` and what they cost (signed like them); ``realised`` is profit taken, fees not counted."""

    shares: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    carried: Decimal = ZERO
    """Signed shares brought into the day: their profit on paper up to the day's first price is not the day's."""
    carried_cost: Decimal = ZERO

    @property
    def average(self) -> Decimal:
        """Dollars a share; 0 when flat."""
        return self.cost / self.shares if self.shares else ZERO

    def carry(self) -> None:
        """Count the day's profit of what is held from the day's first price on."""
        self.carried, self.carried_cost = self.shares, self.cost

    def profit(self, price: Decimal, first: float) -> Decimal:
        """The day's profit at ``price``, before fees; what was carried into the day counts from its ``first`` price on.

        Dollars; before the day's first print (0) that is ``price`` itself, and without a price (0) nothing is on paper.
        """
        profit = self.realised
        if price:
            profit += self.shares * price - self.cost
        if self.carried and (first or price):
            profit -= self.carried * (dollars(first) if first else price) - self.carried_cost
        return profit

    def trade(self, shares: Decimal, price: Decimal) -> None:
        """Add signed ``shares`` at ``price``: what closes realises its profit, what opens adds to the cost."""
        held, opening = self.shares, shares
        after = held + shares
        if held * shares < 0:
            before = self.cost
            # Closing everything removes the cost exactly; a part removes its share, rounded by the context.
            if abs(shares) < abs(held):
                closing, opening, self.cost = shares, ZERO, before * after / held
            else:
                closing, opening, self.cost = -held, after, ZERO
            self.realised += -closing * price - (before - self.cost)
        if opening:
            self.cost += opening * price
        self.shares = after


class Ledger:
    """Cash, fees and one position a symbol. Cash + positions at cost - realised + fees never changes by trading."""

    __slots__ = ("cash", "fees", "positions")

    def __init__(self, cash: Decimal = ZERO) -> None:
        self.cash = cash
        self.fees = ZERO
        self.positions: dict[str, Position] = {}

    def fill(self, fill: Fill) -> None:
        """Book one execution."""
        self.book(fill.symbol, signed(fill.side, fill.shares), fill.price, fill.fee)

    def book(self, symbol: str, shares: Decimal, price: Decimal, fee: Decimal) -> None:
        """Book signed ``shares`` of ``symbol`` at ``price``; shares and dollars."""
        position = self.positions.get(symbol)
        if position is None:
            position = self.positions[symbol] = Position()
        position.trade(shares, price)
        self.cash -= shares * price
        if fee:
            self.cash -= fee
            self.fees += fee

    def adopt(self, theirs: VenuePosition) -> Position:
        """Take the venue's word for a position, and give it back; profit already taken stays on the books."""
        ours = self.positions.setdefault(theirs.symbol, Position())
        ours.shares, ours.cost = theirs.shares, theirs.shares * theirs.price
        return ours

    def shares(self, symbol: str) -> Decimal:
        """Signed shares held."""
        position = self.positions.get(symbol)
        return position.shares if position is not None else ZERO

    def unrealised(self, price: Callable[[str], float]) -> Decimal:
        """Profit on paper at ``price(symbol)``; a symbol without a price (0) counts at cost."""
        total = ZERO
        for symbol, position in self.positions.items():
            mark = price(symbol) if position.shares else 0.0
            if mark:
                total += position.shares * dollars(mark) - position.cost
        return total

    def new_day(self) -> None:
        """Begin another day: profit taken is put away, what is held is carried into it."""
        self.fees = ZERO
        self.positions = {symbol: position for symbol, position in self.positions.items() if position.shares}
        for position in self.positions.values():
            position.realised = ZERO
            position.carry()
