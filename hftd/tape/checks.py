"""Whether a row of a tape makes sense, and if not, what is wrong with it."""

from collections.abc import Callable
from math import isfinite
from operator import add, gt
from typing import NamedTuple

from hftd.tape.layout import Batch

NO_TIME = "time missing or before the row above"
NO_SYMBOL = "no symbol"
NO_PRICE = "price not a number above zero"
NO_SIZE = "size not a number of shares"
NO_QUOTE = "bid or ask not a number, or neither given"
CROSSED = "bid above ask"


class Check(NamedTuple):
    """One kind of row: ``sound`` judges a whole batch at once, ``fault`` names what is wrong with one row or "".

    Neither looks at the time. ``sound`` may only say yes where ``fault`` finds nothing in any row.
    """

    sound: Callable[[Batch], bool]
    fault: Callable[[Batch, int], str]


# Whole columns go through `sum`, `min` and `map` in C, which costs a tenth of a look at every row. A sum that is
# finite says there is no NaN, which `min` could miss.


def _sound_trades(batch: Batch) -> bool:
    prices = batch["price"]
    return isfinite(sum(prices)) and min(prices) > 0 and min(batch["size"]) >= 0 and all(batch["symbol"])


def _trade_fault(batch: Batch, row: int) -> str:
    if not batch["symbol"][row]:
        return NO_SYMBOL
    price = batch["price"][row]
    if not (isfinite(price) and price > 0):
        return NO_PRICE
    return "" if batch["size"][row] >= 0 else NO_SIZE


def _sound_halves(batch: Batch) -> bool:
    bids, asks = batch["bid"], batch["ask"]
    return (
        isfinite(sum(bids))
        and isfinite(sum(asks))
        and min(bids) >= 0
        and min(asks) >= 0
        and min(map(add, bids, asks)) > 0
        and min(batch["bid_size"]) >= 0
        and min(batch["ask_size"]) >= 0
        and all(batch["symbol"])
    )


def _half_fault(batch: Batch, row: int) -> str:
    if not batch["symbol"][row]:
        return NO_SYMBOL
    bid, ask = batch["bid"][row], batch["ask"][row]
    if not (isfinite(bid) and isfinite(ask) and bid >= 0 and ask >= 0 and bid + ask > 0):
        return NO_QUOTE
    return "" if batch["bid_size"][row] >= 0 and batch["ask_size"][row] >= 0 else NO_SIZE


def _sound_quotes(batch: Batch) -> bool:
    return _sound_halves(batch) and not any(map(gt, batch["bid"], batch["ask"]))


def _quote_fault(batch: Batch, row: int) -> str:
    crossed = batch["bid"][row] > batch["ask"][row] > 0
    return _half_fault(batch, row) or (CROSSED if crossed else "")


TRADE = Check(_sound_trades, _trade_fault)
HALF = Check(_sound_halves, _half_fault)
QUOTE = Check(_sound_quotes, _quote_fault)
