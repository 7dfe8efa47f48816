"""How much a day may cost. Both limits throw the kill switch."""

from hftd.core.risk.check import Check, Tripwire
from hftd.core.risk.limits import Limits
from hftd.core.state import State


def loss(limits: Limits) -> Check:
    """The day has not lost more than it may.

    The day's profit is what was taken and what is on paper at the last prices, after fees; what was brought into the
    day counts from the day's first price on. A day beyond the limit throws the kill switch: open orders are withdrawn,
    and trading is over until an operator says ``hftd resume``, whatever prices do afterwards.

    Passes nevertheless: what closes a position.
    """
    lowest = -limits.max_daily_loss

    def broken(state: State) -> str | None:
        profit = state.profit()
        return f"the day stands at ${profit:.2f}, allowed ${lowest}" if profit < lowest else None

    return Tripwire(broken)


def drawdown(limits: Limits) -> Check:
    """The day's profit has not fallen too far below its peak.

    The peak is the highest profit of the day, marked after each fill, after each settlement with the venue, and each
    minute; it begins at 0, and at the profit of the moment when an operator says ``hftd resume``. A fall beyond the
    limit throws the kill switch, as ``loss`` does.

    Passes nevertheless: what closes a position.
    """
    most = limits.max_drawdown

    def broken(state: State) -> str | None:
        profit = state.profit()
        down = state.peak - profit
        return f"the day stands at ${profit:.2f}, ${down:.2f} below its peak, allowed ${most}" if down > most else None

    return Tripwire(broken)
