"""How many orders may leave."""

from hftd.core.intents import Intent
from hftd.core.risk.check import Check
from hftd.core.risk.limits import Limits
from hftd.core.state import MINUTE, State

SECOND = 1_000_000_000


def open_orders(limits: Limits) -> Check:
    """Not too many orders are open at one time."""

    def check(_: Intent, state: State) -> str | None:
        count = len(state.blotter.open)
        return f"{count} orders are open, allowed {limits.max_open_orders}" if count >= limits.max_open_orders else None

    return check


def pace(limits: Limits) -> Check:
    """Orders of the last second, the last minute and the day stay within their limits."""
    a_second, a_minute, a_day = limits.orders_per_second, limits.orders_per_minute, limits.orders_per_day

    def check(_: Intent, state: State) -> str | None:
        sent = state.pace
        if len(sent) >= a_second and sent[-a_second] > state.now - SECOND:
            return f"{a_second} orders left in the last second, allowed {a_second}"
        if len(sent) >= a_minute and sent[-a_minute] > state.now - MINUTE:
            return f"{a_minute} orders left in the last minute, allowed {a_minute}"
        if state.counts["orders"] >= a_day:
            return f"{state.counts['orders']} orders left today, allowed {a_day}"
        return None

    return check
