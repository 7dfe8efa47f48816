"""What the market looked like last: one line a symbol."""

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from functools import lru_cache

from msgspec.structs import replace

from hftd.core.conditions import LastPrices
from hftd.core.events import Band, Bust, Correction, Quote, Side, Status, Trade
from hftd.core.volatility import Moves

MINUTE = 60_000_000_000
THROUGH, CENT, FINE = Decimal("0.01"), Decimal("0.01"), Decimal("0.0001")


@lru_cache(maxsize=4096)  # the way leads through text, and the same prices come again and again
def dollars(price: float) -> Decimal:
    """A market price as the number it prints as."""
    return Decimal(str(price))


@dataclass(slots=True)  # written at every tick, which costs half of what it would in a Struct
class Line:
    """One symbol: its last print that may set a price, its quote, its halt and its price bands."""

    last: Trade | None = None
    quote: Quote | None = None
    band: Band | None = None
    first: float = 0.0
    """The day's first price of a print; 0 before it."""
    halted: bool = False
    seen: int = 0
    until: int = 0
    """When the minute of the last print ends, ns UTC; 0 before a print."""
    moves: Moves = field(default_factory=Moves)
    volatility: Decimal = Decimal(0)
    """The standard deviation of a day's return as of the last whole minute; 0 where it cannot be told yet."""

    @property
    def price(self) -> float:
        """The last price; the middle of the quote where nothing has traded yet; 0 where nothing is known."""
        if self.last is not None:
            return self.last.price
        quote = self.quote
        return (quote.bid + quote.ask) / 2 if quote is not None and quote.bid > 0 and quote.ask > 0 else 0.0

    def turn(self, trade: Trade) -> None:
        """End the minute of the last print, and begin that of ``trade``; the day's first print begins its first."""
        if self.until and self.last is not None:  # where no minute was begun, the last print is yesterday's
            self.moves.add(self.last.price)
            self.volatility = self.moves.of_a_day
        self.until = trade.seen - trade.seen % MINUTE + MINUTE
        self.first = self.first or trade.price
        self.last = trade

    def far_side(self, *, buying: bool) -> Decimal:
        """What an order at the market would pay or get, in dollars; 0 where nothing is known."""
        quote = self.quote
        touch = 0.0 if quote is None else quote.ask if buying else quote.bid
        return dollars(touch or self.price)

    def beyond(self, side: Side) -> Decimal | None:
        """A limit that buys or sells at the quote and, should it move meanwhile, up to 1 % beyond; None without one."""
        quote = self.quote
        touch = 0.0 if quote is None else quote.ask if side == "buy" else quote.bid
        if touch <= 0:
            return None
        worst = dollars(touch) * (1 + THROUGH if side == "buy" else 1 - THROUGH)
        # Alpaca's trading API, POST /v2/orders: two decimals from a dollar on, four below.
        return worst.quantize(CENT if worst >= 1 else FINE, ROUND_DOWN if side == "buy" else ROUND_UP)


class Book:
    """The lines of the symbols somebody asked for; events of any other symbol leave no trace."""

    __slots__ = ("last_prices", "lines")

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self.last_prices = LastPrices()

    def watch(self, symbol: str) -> Line:
        """The line of ``symbol``, opened if need be. Only models and positions call this: it bounds the book."""
        return self.lines.setdefault(symbol, Line())

    def trade(self, trade: Trade) -> bool:
        """Take a print; whether a minute of its symbol ended with it.

        One whose sale conditions forbid it (odd lots, averages, late reports) sets no last price and ends no minute.
        """
        line = self.lines.get(trade.symbol)
        if line is None:
            return False
        seen = line.seen = trade.seen
        try:
            sets_last = self.last_prices.known[trade.tape][trade.conditions]
        except KeyError:
            sets_last = self.last_prices.learn(trade.tape, trade.conditions)
        if not sets_last:
            return False
        if seen < line.until:
            line.last = trade
            return False
        line.turn(trade)
        return True

    def quote(self, quote: Quote) -> None:
        """Take a quote."""
        line = self.lines.get(quote.symbol)
        if line is not None:
            line.seen = quote.seen
            line.quote = quote

    def bust(self, bust: Bust) -> None:
        """A print that was cancelled no longer sets the price."""
        line = self.lines.get(bust.symbol)
        if line is not None and line.last is not None and line.last.id == bust.id:
            line.last = None

    def correction(self, correction: Correction) -> None:
        """A print that was corrected sets the price it should have set."""
        line = self.lines.get(correction.symbol)
        if line is not None and line.last is not None and line.last.id == correction.old_id:
            new = correction
            line.last = replace(line.last, price=new.new_price, size=new.new_size, id=new.new_id)

    def status(self, status: Status) -> bool:
        """Take a halt or its end; whether that is news. A status that says neither changes nothing."""
        line = self.lines.get(status.symbol)
        if line is None or status.halted is None or line.halted == status.halted:
            return False
        line.halted = status.halted
        return True

    def band(self, band: Band) -> None:
        """Take new price bands."""
        line = self.lines.get(band.symbol)
        if line is not None:
            line.band = band

    def new_day(self) -> None:
        """Begin another day, of which nothing is known yet: not a price, not a halt."""
        for symbol in self.lines:
            self.lines[symbol] = Line()
