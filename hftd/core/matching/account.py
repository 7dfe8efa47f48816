"""Cash and positions of one account, at cost. Money is Decimal dollars, shares are signed."""

from decimal import Decimal

from msgspec import Struct

ZERO = Decimal(0)
NANO = Decimal("1e-9")
MARGIN_FROM = Decimal(2000)
"""Equity from which an account may borrow and sell short (FINRA 4210 as amended in 2026)."""


class Holding(Struct, gc=False):
    """One position: signed shares, their signed cost, and the profit its closed part has made."""

    shares: Decimal = ZERO
    cost: Decimal = ZERO
    realized: Decimal = ZERO

    @property
    def average(self) -> Decimal:
        """Average entry price in dollars; 0 when flat."""
        return self.cost / self.shares if self.shares else ZERO

    def take(self, shares: Decimal, price: Decimal) -> None:
        """Add a fill of signed ``shares`` at ``price``. What it closes leaves at average cost, the rest is opened."""
        closed = ZERO
        if self.shares and (self.shares > 0) != (shares > 0):
            closed = min(abs(shares), abs(self.shares)).copy_sign(self.shares)
            freed = self.cost if closed == self.shares else (self.cost * closed / self.shares).quantize(NANO)
            self.shares -= closed
            self.cost -= freed
            self.realized += closed * price - freed
        opened = shares + closed
        self.shares += opened
        self.cost += opened * price


class Account:
    """Cash, positions and what they are worth. ``prices`` are the last dollars seen for each symbol."""

    def __init__(self, cash: Decimal, multiplier: int) -> None:
        self.start = cash
        self.cash = cash
        self.holdings: dict[str, Holding] = {}
        self.leverage = multiplier

    def take(self, symbol: str, shares: Decimal, price: Decimal, fee: Decimal = ZERO) -> None:
        """Book a fill of signed ``shares`` at ``price`` dollars, for a ``fee`` in dollars."""
        self.holdings.setdefault(symbol, Holding()).take(shares, price)
        self.cash -= shares * price + fee

    def shares(self, symbol: str) -> Decimal:
        """The signed position in ``symbol``."""
        holding = self.holdings.get(symbol)
        return holding.shares if holding else ZERO

    def value(self, symbol: str, price: Decimal | None) -> Decimal:
        """Signed market value of one position at ``price``; at cost when no price is known."""
        holding = self.holdings.get(symbol)
        if holding is None:
            return ZERO
        return holding.cost if price is None else holding.shares * price

    def multiplier(self, equity: Decimal) -> int:
        """How many times its ``equity`` an account may trade with: once below the margin minimum."""
        return self.leverage if equity >= MARGIN_FROM else 1
