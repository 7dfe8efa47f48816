"""How much may be held, what is on its way counted as held."""

from hftd.core.intents import Intent
from hftd.core.risk.check import ZERO, Check, exposure_after, opening, price_of
from hftd.core.risk.limits import Limits
from hftd.core.state import State


def position(limits: Limits) -> Check:
    """The symbol's position stays within its limit; what makes it smaller may always pass."""

    def check(intent: Intent, state: State) -> str | None:
        _, after = exposure_after(intent, state)
        if abs(after) <= limits.max_position or not opening(intent, state):
            return None
        return f"position would be {after} shares, allowed {limits.max_position}"

    return check


def gross(limits: Limits) -> Check:
    """The worth of all positions and open orders together stays within its limit, unless the order only closes."""

    def check(intent: Intent, state: State) -> str | None:
        held, price = state.gross(), price_of(intent, state)
        if held + intent.shares * price <= limits.max_gross or not opening(intent, state):
            return None  # most orders pass even if all of them were new exposure
        _, after = exposure_after(intent, state)
        total = held + max(ZERO, abs(after) - state.worst(intent.symbol)) * price
        if total <= limits.max_gross:
            return None
        return f"gross exposure would be ${total:.2f}, allowed ${limits.max_gross}"

    return check


def buying_power(_: Limits) -> Check:
    """The account can pay: what opens costs no more than the venue's last word on buying power leaves."""

    def check(intent: Intent, state: State) -> str | None:
        if state.buying_power is None:
            return None
        price = price_of(intent, state)
        left = state.buying_power - (state.gross() - state.gross_then)
        if intent.shares * price <= left:
            return None  # enough, even if all of it opens
        more = opening(intent, state)
        if not more or more * price <= left:
            return None
        return f"costs ${more * price:.2f}, buying power left is ${left:.2f}"

    return check


def loss(limits: Limits) -> Check:
    """The day has not lost more than it may. What closes a position may pass."""

    def check(intent: Intent, state: State) -> str | None:
        profit = state.profit()
        if profit >= -limits.max_daily_loss or not opening(intent, state):
            return None
        return f"the day stands at ${profit:.2f}, allowed ${-limits.max_daily_loss}"

    return check
