"""Whether the price an order rests on can be believed."""

from decimal import Decimal

from hftd.core.book import dollars
from hftd.core.intents import Intent, exact
from hftd.core.risk.check import Check
from hftd.core.risk.limits import Limits
from hftd.core.state import State

CENT, MIL, DOLLAR = Decimal("0.01"), Decimal("0.0001"), Decimal(1)


def tick(_: Limits) -> Check:
    """A limit price is positive and in cents; below a dollar, in hundredths of a cent (SEC Rule 612).

    Passes nevertheless: an order at the market.
    """

    def check(intent: Intent, _: State) -> str | None:
        limit = intent.limit
        if limit is None:
            return None
        if limit <= 0:
            return f"limit {limit} is not above 0"
        step = CENT if limit >= DOLLAR else MIL
        return f"limit {limit} is no multiple of {step}" if limit % step else None

    return check


def stale(limits: Limits) -> Check:
    """The last thing heard of the symbol, a print or a quote, is recent.

    Passes nevertheless: nothing.
    """
    oldest = int(limits.stale_seconds * 1e9)

    def check(intent: Intent, state: State) -> str | None:
        line = state.book.lines.get(intent.symbol)
        if line is None or not line.seen:
            return f"nothing was heard of {intent.symbol} yet"
        age = state.now - line.seen
        return None if age <= oldest else f"{intent.symbol} was last heard of {age / 1e9:.1f} s ago"

    return check


def collar(limits: Limits) -> Check:
    """A limit price is not far worse than the last price: a typo is not a trade.

    Worse is higher for a buy and lower for a sell.

    Passes nevertheless: an order at the market, and a limit better than the last price.
    """
    allowed = exact(limits.collar)

    def check(intent: Intent, state: State) -> str | None:
        if intent.limit is None:
            return None
        last = dollars(state.price(intent.symbol))
        if not last:
            return f"no price of {intent.symbol} is known to hold limit {intent.limit} against"
        worse = (intent.limit - last if intent.side == "buy" else last - intent.limit) / last
        if worse <= allowed:
            return None
        return f"limit {intent.limit} is {worse:.2%} worse than the last {last}, allowed {allowed:.2%}"

    return check
