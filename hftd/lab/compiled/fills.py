"""Where the orders of decisions would fill: the simulated venue's rules for market orders, without its account.

An order fills at once at the far side of the quote; where nobody quotes that side, at the next print that may set
the last price or the next quote of that side, whichever comes first. It fills whole. Orders leave while the session
is open, and what has not filled when it is closing is withdrawn.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

import numpy as np
from msgspec import Struct

from hftd.lab.compiled.columns import Column, Columns
from hftd.lab.compiled.decide import Decisions
from hftd.lab.compiled.model import Compiled
from hftd.lab.compiled.sessions import Stretch
from hftd.lab.compiled.wishes import BUY, SELL, TARGET


class Fills(Struct, frozen=True):
    """``orders`` that were sent; of those that filled, signed shares and dollars a share.

    A target beyond flat takes two orders and two fills, at one price: ``through`` counts them, and they stand together.
    """

    orders: int
    through: int
    shares: Column
    prices: Column


def fills(compiled: Compiled, columns: Columns, sessions: Sequence[Stretch], decisions: Decisions) -> Fills:
    """What would come of ``decisions`` if no risk check and no venue minded."""
    trades, quotes = columns.trades, columns.quotes
    places = _on_tape(compiled, columns, decisions.places)
    quote_places = np.flatnonzero(columns.is_quote) if len(quotes.at) else np.empty(0, np.int64)
    next_quotes = np.searchsorted(quote_places, places, side="right")
    shares, prices = np.zeros(len(places)), np.zeros(len(places))
    orders, through = _walk()(
        places, next_quotes, decisions.codes, decisions.shares, columns.is_quote,
        trades.at, trades.price, trades.sets, quotes.at, quotes.bid, quotes.ask,
        np.array([session.start for session in sessions], np.int64),
        np.array([session.last for session in sessions], np.int64),
        shares, prices,
    )  # fmt: skip
    filled = shares != 0
    return Fills(int(orders), int(through), shares[filled], prices[filled])


def _on_tape(compiled: Compiled, columns: Columns, places: Column) -> Column:
    """Places among all events, from places among those the model hears."""
    if len(compiled.kinds) > 1 or not len(columns.quotes.at) or not len(columns.trades.at):
        return places
    heard = columns.is_quote if compiled.kinds == ("quote",) else ~columns.is_quote
    return np.flatnonzero(heard)[places]


@lru_cache(maxsize=1)
def _walk() -> Callable[..., Any]:
    numba: Any = import_module("numba")
    return numba.njit(walk)  # type: ignore[no-any-return]


def walk(
    places: Column, next_quotes: Column, codes: Column, wanted: Column, is_quote: Column,
    trade_at: Column, trade_price: Column, sets: Column, quote_at: Column, bid: Column, ask: Column,
    starts: Column, lasts: Column, shares: Column, prices: Column,
) -> tuple[int, int]:  # fmt: skip
    """Write signed shares and price of each decision's order, 0 where it has none or it does not fill.

    Gives back how many orders were sent, and how many targets went through flat.

    ``next_quotes`` counts the quotes up to each place and so is the row of the next one.
    """
    held, lost, orders, through, session = 0.0, 0.0, 0, 0, 0
    for n in range(len(places)):
        place, q = places[n], next_quotes[n]
        t = place + 1 - q
        now = quote_at[q - 1] if is_quote[place] else trade_at[t - 1]
        while session + 1 < len(starts) and now >= starts[session + 1]:
            session += 1
            held -= lost
            lost = 0.0
        if now >= lasts[session]:
            continue
        signed = wanted[n] if codes[n] == BUY else -wanted[n] if codes[n] == SELL else wanted[n] - held
        if signed == 0.0 or (codes[n] != TARGET and wanted[n] < 0.0):
            continue
        turns = codes[n] == TARGET and held * signed < 0.0 and abs(signed) > abs(held)
        orders += 2 if turns else 1
        held += signed
        side = ask if signed > 0.0 else bid
        price = side[q - 1] if q else 0.0
        while price == 0.0 and place + 1 < len(is_quote):
            place += 1
            if is_quote[place]:
                price, now = side[q], quote_at[q]
                q += 1
            else:
                price, now = trade_price[t] if sets[t] else 0.0, trade_at[t]
                t += 1
            if now >= lasts[session]:
                price = 0.0
                break
        if price == 0.0:
            lost += signed
        else:
            shares[n], prices[n] = signed, price
            through += 1 if turns else 0
    return orders, through
