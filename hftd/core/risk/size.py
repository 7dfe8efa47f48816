"""How large one order may be."""

from hftd.core.intents import Intent
from hftd.core.risk.check import ZERO, Check, price_of
from hftd.core.risk.limits import Limits
from hftd.core.state import State


def lot(limits: Limits) -> Check:
    """The size is a multiple of the lot.

    Passes nevertheless: nothing.
    """

    def check(intent: Intent, _: State) -> str | None:
        return f"{intent.shares} shares are no multiple of {limits.lot}" if intent.shares % limits.lot else None

    return check


def size(limits: Limits) -> Check:
    """The size is above 0, and neither too small nor too large.

    Passes nevertheless: nothing.
    """

    def check(intent: Intent, _: State) -> str | None:
        if intent.shares <= ZERO:
            return f"{intent.shares} shares are not above 0"
        if limits.min_shares <= intent.shares <= limits.max_shares:
            return None
        return f"{intent.shares} shares are not between {limits.min_shares} and {limits.max_shares}"

    return check


def notional(limits: Limits) -> Check:
    """The order's worth in dollars is not too large.

    It is shares times the limit, or at the market times the far side of the quote, or the last price where nobody
    quotes. An order nobody can value is refused.

    Passes nevertheless: nothing.
    """

    def check(intent: Intent, state: State) -> str | None:
        price = price_of(intent, state)
        if not price:
            return f"no price of {intent.symbol} is known, so the order cannot be valued"
        worth = intent.shares * price
        return f"${worth:.2f} is more than ${limits.max_notional}" if worth > limits.max_notional else None

    return check
