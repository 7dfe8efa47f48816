"""A tape of one symbol as columns of numbers."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from msgspec import Struct

from hftd.core.conditions import sets_last
from hftd.core.events import Quote, Trade
from hftd.tape import TapeReport
from hftd.tape.layout import Market

Column = np.ndarray[Any, Any]


class Trades(Struct, frozen=True):
    """Prints: when they were seen and the venue's times (ns UTC), dollars, shares.

    ``sets`` is whether a print may set the last price in the regular session.
    """

    at: Column
    ts: Column
    price: Column
    size: Column
    sets: Column


class Quotes(Struct, frozen=True):
    """Best bids and offers: when they were seen and the venue's times (ns UTC), dollars, shares; 0: nobody quotes."""

    at: Column
    ts: Column
    bid: Column
    bid_size: Column
    ask: Column
    ask_size: Column


class Columns(Struct, frozen=True):
    """A tape of one symbol: its prints, its quotes, and ``is_quote`` in the order both come in.

    ``last`` is the price positions are valued at in the end: of the last print that may set it, else the middle of
    the last quote; dollars, 0 where there is none.
    """

    symbol: str
    trades: Trades
    quotes: Quotes
    is_quote: Column
    last: float = 0.0
    report: TapeReport | None = None

    def __len__(self) -> int:
        return len(self.is_quote)


def of_events(symbol: str, events: Iterable[Market]) -> Columns:
    """Columns of the prints and quotes among ``events``, which are all of ``symbol`` and in order."""
    told = [event for event in events if isinstance(event, Trade | Quote)]
    prints = [event for event in told if isinstance(event, Trade)]
    quotes = [event for event in told if isinstance(event, Quote)]
    return Columns(
        symbol,
        Trades(
            *_times(prints),
            _column(prints, "price", np.float64),
            _column(prints, "size", np.int64),
            np.array([sets_last(each.tape, each.conditions, True) for each in prints], np.bool_),
        ),
        Quotes(
            *_times(quotes),
            _column(quotes, "bid", np.float64),
            _column(quotes, "bid_size", np.int64),
            _column(quotes, "ask", np.float64),
            _column(quotes, "ask_size", np.int64),
        ),
        np.array([isinstance(event, Quote) for event in told], np.bool_),
        _last(prints, quotes),
    )


def _times(events: Sequence[Trade | Quote]) -> tuple[Column, Column]:
    seen, ts = _column(events, "seen", np.int64), _column(events, "ts", np.int64)
    return seen, seen if np.array_equal(seen, ts) else ts  # one column less to hold


def _column(events: Sequence[Trade | Quote], name: str, kind: type) -> Column:
    return np.array(list(map(attrgetter(name), events)), kind)


def _last(prints: Sequence[Trade], quotes: Sequence[Quote]) -> float:
    for each in reversed(prints):
        if sets_last(each.tape, each.conditions):
            return each.price
    for quote in quotes[-1:]:
        if quote.bid > 0 and quote.ask > 0:
            return (quote.bid + quote.ask) / 2
    return 0.0
