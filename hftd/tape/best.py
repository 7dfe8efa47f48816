"""The national best bid and offer out of rows of one side each."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from hftd.core.events import Quote
from hftd.tape.checks import CROSSED
from hftd.tape.layout import Batch
from hftd.tape.report import FileReport


def national(batches: Iterable[Batch], file: FileReport) -> Iterator[Iterable[Quote]]:
    """The national best bid and offer of each batch of half quotes.

    These are Lean's tick quotes: each row is the new national best of one side and the exchange that makes it (not
    that exchange's own best, by which real days would be crossed throughout); a price of 0 leaves that side as it
    was. An update is a row of the bid and then one of the ask, with one time: both are taken in before the quote is
    told, so no quote mixes old and new. A quote whose bid is above its ask is left out and counted; one whose bid
    equals its ask is told, for markets do lock.
    """
    best = NationalBest(file)
    for batch in batches:
        yield best.quotes(batch)
    yield best.rest()


class Standing(Struct, gc=False):
    """The best of both sides of one symbol as last told."""

    bid: float = 0.0
    bid_size: int = 0
    bid_exchange: str = ""
    ask: float = 0.0
    ask_size: int = 0
    ask_exchange: str = ""


class NationalBest:
    """Both sides of every symbol, and the bid whose ask may be in the next row."""

    def __init__(self, file: FileReport) -> None:
        self._file = file
        self._standing: dict[str, Standing] = {}
        self._bid: tuple[str, int, tuple[str, ...]] | None = None

    def quotes(self, batch: Batch) -> list[Quote]:
        """The quotes that rows complete."""
        told: list[Quote | None] = []
        count = len(batch["ts_ns"])
        for at, symbol, bid, bid_size, ask, ask_size, exchange, conditions in zip(
            batch["ts_ns"], batch["symbol"], batch["bid"], batch["bid_size"], batch["ask"], batch["ask_size"],
            batch["exchange"], batch.get("conditions", [()] * count), strict=True,
        ):  # fmt: skip
            if self._bid is not None and (bid or self._bid[:2] != (symbol, at)):
                told.append(self._quote(*self._bid))
            self._bid = None
            sides = self._standing.get(symbol)
            if sides is None:
                sides = self._standing[symbol] = Standing()
            if bid:
                sides.bid, sides.bid_size, sides.bid_exchange = bid, bid_size, exchange
            if ask:
                sides.ask, sides.ask_size, sides.ask_exchange = ask, ask_size, exchange
                told.append(self._quote(symbol, at, conditions))
            else:
                self._bid = symbol, at, conditions
        return self._count(told)

    def rest(self) -> list[Quote]:
        """The quote of a last bid that no ask followed."""
        last = [] if self._bid is None else [self._quote(*self._bid)]
        self._bid = None
        return self._count(last)

    def _quote(self, symbol: str, at: int, conditions: tuple[str, ...]) -> Quote | None:
        best = self._standing[symbol]
        if best.bid > best.ask > 0:
            self._file.fault(CROSSED, f"{symbol} at {at}: bid {best.bid}, ask {best.ask}")
            return None
        return Quote(
            symbol, best.bid, best.bid_size, best.ask, best.ask_size, at, at,
            conditions, best.bid_exchange, best.ask_exchange,
        )  # fmt: skip

    def _count(self, told: list[Quote | None]) -> list[Quote]:
        quotes = [quote for quote in told if quote is not None]
        self._file.events += len(quotes)
        return quotes
