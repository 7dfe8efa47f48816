"""Whether a row of a tape makes sense, and if not, what is wrong with it."""

from collections.abc import Callable, Mapping
from math import isfinite
from operator import add, gt
from typing import NamedTuple, get_args

from hftd.core.events import Bar
from hftd.tape.column import bounds, distinct, lowest
from hftd.tape.layout import PRICES, Batch, Kind
from hftd.tape.letters import minutes

NO_TIME = "time missing or before the row above"
NO_SYMBOL = "no symbol"
NO_PRICE = "price not a number above zero"
NO_SIZE = "size not a number of shares"
NO_QUOTE = "bid or ask not a number"
NO_SIDE = "neither bid nor ask given"
CROSSED = "bid above ask"
NO_BAR = "open, high, low and close not four prices, or not in the range they make"
NO_SPAN = "span not minute, day or updated"
BAND = "lower price above upper"
NO_FEED = "no feed"
NO_END = "a gap that ends before it began"
NO_BARS = "bars not the minutes of a gap"

SPANS = frozenset(get_args(Bar.__annotations__["span"]))


class Check(NamedTuple):
    """One kind of row: ``sound`` judges a whole batch at once, ``fault`` names what is wrong with one row or "".

    Neither looks at the time. ``sound`` may only say yes where ``fault`` finds nothing in any row.
    """

    sound: Callable[[Batch], bool]
    fault: Callable[[Batch, int], str]


# Whole columns are judged in C, which costs a tenth of a look at every row, or less.


def _sound_trades(batch: Batch) -> bool:
    low, high = bounds(batch["price"])
    return low > 0 and isfinite(high) and lowest(batch["size"]) >= 0 and all(distinct(batch["symbol"]))


def _trade_fault(batch: Batch, row: int) -> str:
    if not batch["symbol"][row]:
        return NO_SYMBOL
    price = batch["price"][row]
    if not (isfinite(price) and price > 0):
        return NO_PRICE
    return "" if batch["size"][row] >= 0 else NO_SIZE


def _sound_sides(batch: Batch) -> bool:
    (lowest_bid, highest_bid), (lowest_ask, highest_ask) = bounds(batch["bid"]), bounds(batch["ask"])
    return (
        lowest_bid >= 0
        and lowest_ask >= 0
        and isfinite(highest_bid + highest_ask)
        and lowest(batch["bid_size"]) >= 0
        and lowest(batch["ask_size"]) >= 0
        and all(distinct(batch["symbol"]))
    )


def _side_fault(batch: Batch, row: int) -> str:
    if not batch["symbol"][row]:
        return NO_SYMBOL
    bid, ask = batch["bid"][row], batch["ask"][row]
    if not (isfinite(bid) and isfinite(ask) and bid >= 0 and ask >= 0):
        return NO_QUOTE
    return "" if batch["bid_size"][row] >= 0 and batch["ask_size"][row] >= 0 else NO_SIZE


def _sound_halves(batch: Batch) -> bool:
    return _sound_sides(batch) and min(map(add, batch["bid"], batch["ask"])) > 0


def _half_fault(batch: Batch, row: int) -> str:
    neither = not batch["bid"][row] + batch["ask"][row] > 0
    return _side_fault(batch, row) or (NO_SIDE if neither else "")


# A whole quote may lack both sides: then nobody quotes, which is a fact like another.
def _sound_quotes(batch: Batch) -> bool:
    return _sound_sides(batch) and not any(map(gt, batch["bid"], batch["ask"]))


def _quote_fault(batch: Batch, row: int) -> str:
    crossed = batch["bid"][row] > batch["ask"][row] > 0
    return _side_fault(batch, row) or (CROSSED if crossed else "")


def _sound_bars(batch: Batch) -> bool:
    lows, highs = batch["low"], batch["high"]
    return (
        isfinite(sum(lows) + sum(highs) + sum(batch["open"]) + sum(batch["close"]))
        and min(lows) > 0
        and not any(map(gt, lows, map(min, batch["open"], batch["close"])))
        and not any(map(gt, map(max, batch["open"], batch["close"]), highs))
        and min(batch["volume"]) >= 0
        and all(batch["symbol"])
        and SPANS.issuperset(batch.get("span", ()))
    )


def _bar_fault(batch: Batch, row: int) -> str:
    if not batch["symbol"][row]:
        return NO_SYMBOL
    opened, high, low, closed = (batch[name][row] for name in ("open", "high", "low", "close"))
    if not (isfinite(opened + high + low + closed) and 0 < low <= min(opened, closed) <= max(opened, closed) <= high):
        return NO_BAR
    if batch["volume"][row] < 0:
        return NO_SIZE
    return "" if "span" not in batch or batch["span"][row] in SPANS else NO_SPAN


def _sound_others(batch: Batch) -> bool:
    return not any(_other_fault(batch, row) for row in range(len(batch["symbol"])))


def _other_fault(batch: Batch, row: int) -> str:
    if not batch["symbol"][row]:
        return NO_SYMBOL
    if not all(isfinite(batch[name][row]) and batch[name][row] >= 0 for name in PRICES & batch.keys()):
        return NO_PRICE
    return BAND if "lower" in batch and batch["lower"][row] > batch["upper"][row] else ""


TRADE = Check(_sound_trades, _trade_fault)
HALF = Check(_sound_halves, _half_fault)
QUOTE = Check(_sound_quotes, _quote_fault)
def _sound_gaps(batch: Batch) -> bool:
    return not any(_gap_fault(batch, row) for row in range(len(batch["feed"])))


def _gap_fault(batch: Batch, row: int) -> str:
    if not batch["feed"][row]:
        return NO_FEED
    if batch["until_ns"][row] < batch["ts_ns"][row]:
        return NO_END
    bars = batch["bars"][row] if "bars" in batch else ""
    return NO_BARS if bars and not minutes(bars) else ""


OTHER = Check(_sound_others, _other_fault)
CHECKS: Mapping[Kind, Check] = {
    "trades": TRADE, "quotes": QUOTE, "halves": HALF, "bars": Check(_sound_bars, _bar_fault),
    "statuses": OTHER, "bands": OTHER, "corrections": OTHER, "busts": OTHER, "gaps": Check(_sound_gaps, _gap_fault),
}  # fmt: skip
