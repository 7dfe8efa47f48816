"""How many orders may leave."""

from hftd.core.intents import Intent
from hftd.core.risk.check import Check
from hftd.core.risk.limits import Limits
from hftd.core.state import MINUTE, SECOND, State


def open_orders(limits: Limits) -> Check:
    """Not too many orders are open at one time, all models' together.

    Passes nevertheless: nothing.
    """
    most = limits.max_open_orders

    def check(_: Intent, state: State) -> str | None:
        count = len(state.blotter.open)
        return f"{count} orders are open, allowed {most}" if count >= most else None

    return check


def pace(limits: Limits) -> Check:
    """Orders of the last second, the last minute and the day stay within their limits, all models' together.

    Passes nevertheless: nothing.
    """
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


def same_order(limits: Limits) -> Check:
    """A model does not send the same order over and over: a runaway is stopped.

    Orders are the same that have model, symbol, side, shares and limit in common; those of the last second count.

    Passes nevertheless: nothing.
    """
    most = limits.same_order_per_second

    def check(intent: Intent, state: State) -> str | None:
        if len(state.recent) < most:
            return None
        since, same = state.now - SECOND, 0
        for order in state.recent:
            # Looked at one by one, and in this order, since a model gone wild makes this the dearest check of all.
            if (
                order.shares == intent.shares and order.symbol == intent.symbol and order.side == intent.side
                and order.model == state.asking and order.limit == intent.limit and order.at > since
            ):  # fmt: skip
                same += 1
        if same < most:
            return None
        return f"{state.asking} sent the same order {same} times in the last second, allowed {most}"

    return check
