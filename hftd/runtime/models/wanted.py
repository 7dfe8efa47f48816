"""What a feed is asked for: the market data the seated models listen to."""

from hftd.core.engine import Engine
from hftd.plugin.protocols import Wanted


def wanted(engine: Engine) -> Wanted:
    """What the seated models need. Prints and statuses always: risk looks at them, for what is held too.

    A model that retired today counts: its last orders are still told by prices.
    """
    seats = engine.seats.values()

    def bars(span: str) -> tuple[str, ...]:
        listening = (seat for seat in seats if "on_bar" in seat.handlers and span in seat.spans)
        return tuple(sorted({symbol for seat in listening for symbol in seat.symbols}))

    every = tuple(sorted(engine.state.symbols | _held(engine)))
    quotes = tuple(sorted({symbol for seat in seats if "on_quote" in seat.handlers for symbol in seat.symbols}))
    return Wanted(
        trades=every, quotes=quotes, statuses=every, lulds=every,
        bars=bars("minute"), updated_bars=bars("updated"), daily_bars=bars("day"),
    )  # fmt: skip


def _held(engine: Engine) -> set[str]:
    """Symbols a model holds, though none listens to them any more."""
    ledgers = engine.state.accounts.ledgers.values()
    return {symbol for ledger in ledgers for symbol, position in ledger.positions.items() if position.shares}
