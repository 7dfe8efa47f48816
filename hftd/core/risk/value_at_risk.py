"""How much a day may cost that has not happened yet."""

from decimal import Decimal

from hftd.core.intents import Intent, exact
from hftd.core.risk.check import ZERO, Check, exposure_after, opening, price_of, worth_of
from hftd.core.risk.limits import Limits
from hftd.core.state import State

# One-sided: the loss that 99 of 100 days stay below, in standard deviations of a normal distribution.
QUANTILE = Decimal("2.326")


def value_at_risk(limits: Limits) -> Check:
    """The loss that 99 of 100 days stay below, were everything held for a day, stays within its limit.

    It is 2.326 (the one-sided 99 % quantile of the normal distribution) times the sum, over all symbols, of the
    position's worth at the worst of its open orders times the volatility of a day. Adding up takes the symbols to move
    as one, longs and shorts alike, and errs on the high side.

    The volatility is that of RiskMetrics (1996): the root of the exponentially weighted mean, with the decay factor
    0.94, of the squared log returns of one minute's last price over the minute's before, times the root of the 390
    minutes of a session. A symbol with fewer than 30 returns today counts with the volatility in the settings.

    Passes nevertheless: what closes a position.
    """
    most, unknown = limits.max_value_at_risk, exact(limits.fallback_volatility)

    def check(intent: Intent, state: State) -> str | None:
        sums = state.sums or state.valuation()
        line = state.book.lines.get(intent.symbol)
        volatility = (line.volatility if line is not None else ZERO) or unknown
        held = sums.moving + unknown * sums.unmeasured
        if QUANTILE * (held + worth_of(intent, state) * volatility) <= most:
            return None  # even if all of it were new exposure
        if not opening(intent, state):
            return None
        _, after = exposure_after(intent, state)
        more = max(ZERO, abs(after) - state.worst(intent.symbol)) * price_of(intent, state)
        at_risk = QUANTILE * (held + more * volatility)
        if at_risk <= most:
            return None
        return f"value at risk would be ${at_risk:.2f}, allowed ${most}"

    return check
