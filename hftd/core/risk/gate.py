"""Whether anything may be traded at all, now and in this symbol."""

from hftd.core.intents import Intent
from hftd.core.risk.check import Check, opening
from hftd.core.risk.limits import Limits
from hftd.core.state import State


def halt(_: Limits) -> Check:
    """The kill switch is not thrown.

    Passes nevertheless: what closes a position, unless no record of it could be written.
    """

    def check(intent: Intent, state: State) -> str | None:
        if state.unwritten:
            return f"no order without its record: {state.unwritten}"
        return f"trading is stopped: {state.halted}" if state.halted and opening(intent, state) else None

    return check


def frozen(_: Limits) -> Check:
    """The symbol's position adds up: what we hold by our fills is what the venue says.

    Passes nevertheless: nothing, until the figures agree or an operator says ``hftd accept``.
    """

    def check(intent: Intent, state: State) -> str | None:
        theirs = state.frozen.get(intent.symbol)
        if theirs is None:
            return None
        ours = state.ledger.shares(intent.symbol)
        return f"the venue holds {theirs.shares} {intent.symbol}, we {ours}: say `hftd accept {intent.symbol}`"

    return check


def session(_: Limits) -> Check:
    """The market is open, the account is reconciled, and nobody asked us to stop; before and after the regular session
    also: it is a limit order for the day, since no other may go out then.

    Passes nevertheless: nothing.
    """

    def check(intent: Intent, state: State) -> str | None:
        if state.phase != "open":
            return f"the session is {state.phase}, orders go out while it is open"
        if not state.reconciled:
            return "the account has not been reconciled with the venue yet"
        if state.stopping:
            return "the daemon is stopping"
        if not state.extended or (intent.limit is not None and intent.tif == "day"):
            return None
        found = "at the market" if intent.limit is None else f'for "{intent.tif}"'
        return f"outside the regular session only limit orders for the day go out, this one is {found}"

    return check


def clock(limits: Limits) -> Check:
    """Our clock agrees with the venue's, and nobody set the machine's: else no time can be believed.

    Passes nevertheless: nothing.
    """
    most = int(limits.max_skew_seconds * 1e9)

    def check(_: Intent, state: State) -> str | None:
        skew = state.skew
        return f"the clock is off by {skew / 1e9:+.3f} s, allowed {most / 1e9:.3f} s" if abs(skew) > most else None

    return check


def symbol(limits: Limits) -> Check:
    """The symbol is one that may be traded: named in the settings, or where those name none, by a model.

    Passes nevertheless: nothing.
    """
    allowed = frozenset(limits.symbols)

    def check(intent: Intent, state: State) -> str | None:
        if intent.symbol in (allowed or state.symbols):
            return None
        return f"{intent.symbol} is not among {', '.join(sorted(allowed or state.symbols)) or 'no symbols at all'}"

    return check


def unknown_order(_: Limits) -> Check:
    """No order of this symbol has an unknown fate: no new risk on top of risk nobody can measure.

    Passes nevertheless: nothing, since nobody can tell what would close.
    """

    def check(intent: Intent, state: State) -> str | None:
        bound = state.blotter.bound.get(intent.symbol)
        if bound is None or not bound.unknown:
            return None
        return f"{bound.unknown} order(s) in {intent.symbol} have an unknown fate"

    return check


def market_halt(_: Limits) -> Check:
    """The symbol is not halted, and a limit price lies inside its price bands (limit up, limit down).

    Passes nevertheless: nothing.
    """

    def check(intent: Intent, state: State) -> str | None:
        line = state.book.lines.get(intent.symbol)
        if line is None:
            return None
        if line.halted:
            return f"{intent.symbol} is halted"
        if line.band is not None and intent.limit is not None:
            lower, upper = line.band.lower, line.band.upper
            if not lower <= float(intent.limit) <= upper:
                return f"limit {intent.limit} is outside the bands {lower} to {upper}"
        return None

    return check
