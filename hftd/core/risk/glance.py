"""Most intents pass every check by far, and one look tells: a fraction of the price of asking 26 checks one by one.

The checks stay the rule. The look errs on one side only: what it calls sure, every check would pass; for all else the
checks are asked, and they say what is wrong. What makes a check long is left out: a worst case is taken for one that
is worse still, and what is rare (a thrown switch, a halted symbol, own orders on the other side) is never sure.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from hftd import native
from hftd.core.blotter import Blotter, Bound
from hftd.core.book import Book, Line, dollars
from hftd.core.events import Quote, Trade
from hftd.core.intents import Intent, exact
from hftd.core.ledger import Ledger, Position
from hftd.core.risk.check import ZERO
from hftd.core.risk.limits import Limits
from hftd.core.risk.price import CENT, DOLLAR
from hftd.core.risk.value_at_risk import QUANTILE
from hftd.core.state import MINUTE, SECOND, State

Glance = Callable[[Intent, State], int]
"""How much is sure to let an intent pass: nothing, the checks of the moment and the order, or all that hftd ships."""

NOTHING, ORDER, ALL = range(3)


class Bounds(NamedTuple):
    """What limits come to, as the look compares with them; times in nanoseconds."""

    allowed: frozenset[str]
    collar: Decimal
    skew: int
    oldest: int
    same: int
    a_second: int
    a_minute: int
    a_day: int
    open: int
    lot: Decimal
    least: Decimal
    most: Decimal
    notional: Decimal
    position: Decimal
    positions: int
    exposure: Decimal
    at_risk: Decimal
    fallback: Decimal
    lowest: Decimal
    drawdown: Decimal


def bounds_of(limits: Limits) -> Bounds:
    """The bounds under ``limits``."""
    return Bounds(
        frozenset(limits.symbols), exact(limits.collar), int(limits.max_skew_seconds * 1e9),
        int(limits.stale_seconds * 1e9), limits.same_order_per_second, limits.orders_per_second,
        limits.orders_per_minute, limits.orders_per_day, limits.max_open_orders, limits.lot, limits.min_shares,
        limits.max_shares, limits.max_notional, limits.max_position, limits.max_positions,
        min(limits.max_gross, limits.max_net), limits.max_value_at_risk, exact(limits.fallback_volatility),
        -limits.max_daily_loss, limits.max_drawdown,
    )  # fmt: skip


def glance(limits: Limits) -> Glance:
    """The look at an intent under ``limits``: first at the moment and the order itself, then at the account."""
    bounds = bounds_of(limits)
    sure = glance_in_python(bounds)
    if native.wire is None:
        return sure
    classes = (Intent, State, Line, Bound, Position, Blotter, Ledger, Quote, Book, Trade)
    return native.wire.Glance(sure, dollars, classes, (ZERO, CENT, DOLLAR, QUANTILE), bounds)


def glance_in_python(bounds: Bounds) -> Glance:
    """The look within ``bounds``, where it is not compiled."""
    allowed, collar, skew, oldest = bounds.allowed, bounds.collar, bounds.skew, bounds.oldest
    a_second, a_minute, a_day, same = bounds.a_second, bounds.a_minute, bounds.a_day, bounds.same
    lot, least, most, notional, most_open = bounds.lot, bounds.least, bounds.most, bounds.notional, bounds.open
    bears = _account(bounds)

    def sure(intent: Intent, state: State) -> int:
        try:
            symbol, shares, limit, blotter, sent = intent.symbol, intent.shares, intent.limit, state.blotter, state.pace
            now, line, own = state.now, state.book.lines.get(symbol), blotter.bound.get(symbol)
            if (
                line is None or not line.seen or now - line.seen > oldest or line.halted
                or state.phase != "open" or state.halted or not state.reconciled or state.stopping
                or state.frozen or state.rejects or not -skew <= state.skew <= skew
                or symbol not in (allowed or state.symbols) or (state.regular is not None and state.extended)
                or len(blotter.open) >= most_open or len(state.recent) >= same or state.counts["orders"] >= a_day
                or (len(sent) >= a_second and sent[-a_second] > now - SECOND)
                or (len(sent) >= a_minute and sent[-a_minute] > now - MINUTE)
                or not least <= shares <= most or shares % lot
                or (own is not None and (own.unknown or (own.selling if intent.side == "buy" else own.buying)))
            ):  # fmt: skip
                return NOTHING
            if limit is None:
                worth = shares * line.far_side(buying=intent.side == "buy")
            elif line.band is None and limit >= DOLLAR and not limit % CENT:
                last = dollars(line.price)
                if abs(limit - last) > collar * last:
                    return NOTHING
                worth = shares * limit
            else:
                return NOTHING
            if not ZERO < worth <= notional:
                return NOTHING
            return ALL if bears(intent, state, line, worth) else ORDER
        except ArithmeticError:  # figures beyond all measure: the check that minds them says so
            return NOTHING

    return sure


def _account(bounds: Bounds) -> Callable[[Intent, State, Line, Decimal], bool]:
    """Whether the account bears the worth of an intent in dollars, all of it taken as new exposure."""
    most, most_symbols, exposure, lowest = bounds.position, bounds.positions, bounds.exposure, bounds.lowest
    at_risk, unknown, drawdown = bounds.at_risk, bounds.fallback, bounds.drawdown

    def bears(intent: Intent, state: State, line: Line, worth: Decimal) -> bool:
        ledger, working, lines = state.ledger, state.blotter.bound, state.book.lines
        positions, size = ledger.positions, intent.shares
        profit, gross, moving, others = -ledger.fees, worth, worth * (line.volatility or unknown), 0
        for symbol in positions | working:
            position, bound, other = positions.get(symbol), working.get(symbol), lines.get(symbol)
            if other is None or other.last is None:
                return False  # valued at what it cost, or at its quote
            price, held = dollars(other.last.price), ZERO
            if position is not None:
                held = abs(position.shares)
                profit += position.profit(price, other.first)
            if bound is not None:  # as if each open order made the position larger
                held += bound.buying + bound.selling
            if held:
                dear = held * price
                gross += dear
                moving += dear * (other.volatility or unknown)
                if symbol == intent.symbol:
                    size += held
                else:
                    others += 1
        return (
            size <= most and others < most_symbols and gross <= exposure and QUANTILE * moving <= at_risk
            and (state.buying_power is None or gross - state.gross_then <= state.buying_power)
            and profit >= lowest and state.peak - profit <= drawdown
        )  # fmt: skip

    return bears
