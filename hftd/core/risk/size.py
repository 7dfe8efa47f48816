"""How large one order may be."""

from hftd.core.intents import Intent
from hftd.core.risk.check import ZERO, Check, price_of, worth_of
from hftd.core.risk.limits import Limits
from hftd.core.state import State


def lot(limits: Limits) -> Check:
    """The size is a multiple of the lot.

    Passes nevertheless: nothing.
    """
    lot = limits.lot

    def check(intent: Intent, _: State) -> str | None:
        return f"{intent.shares} shares are no multiple of {lot}" if intent.shares % lot else None

    return check


def size(limits: Limits) -> Check:
    """The size is above 0, and neither too small nor too large.

    Passes nevertheless: nothing.
    """
    least, most = limits.min_shares, limits.max_shares

    def check(intent: Intent, _: State) -> str | None:
        shares = intent.shares
        if shares <= ZERO:
            return f"{shares} shares are not above 0"
        return None if least <= shares <= most else f"{shares} shares are not between {least} and {most}"

    return check


def notional(limits: Limits) -> Check:
    """The order's worth in dollars is not too large.

    It is shares times the limit, or at the market times the far side of the quote, or the last price where nobody
    quotes. An order nobody can value is refused.

    Passes nevertheless: nothing.
    """
    most = limits.max_notional

    def check(intent: Intent, state: State) -> str | None:
        worth = worth_of(intent, state)
        if not worth and not price_of(intent, state):
            return f"no price of {intent.symbol} is known, so the order cannot be valued"
        return f"${worth:.2f} is more than ${most}" if worth > most else None

    return check
