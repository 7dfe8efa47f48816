"""What a feed is asked for: the market data the seated models listen to."""

from collections.abc import Iterable

from hftd.core.engine import Engine
from hftd.core.seat import Seat
from hftd.plugin.protocols import Wanted

COUNTED = ("trades", "quotes", "bars")
"""Channels that say who needs more: plans count these, and every venue's answer lists them."""


def wanted(engine: Engine) -> Wanted:
    """What the seated models need, and what the last orders and the positions of the others are told by.

    A model that retired today counts; one that is benched does not, and gives room to those that play.
    """
    seats = [seat for seat in engine.seats.values() if seat.standing != "benched"]
    return _needs(seats, {symbol for seat in seats for symbol in seat.symbols} | _at_stake(engine))


def lacking(engine: Engine, sent: Wanted) -> list[Seat]:
    """Models that play and need more than is ``sent``."""
    return [seat for seat in engine.seats.values() if seat.plays and not _within(_needs([seat], seat.symbols), sent)]


def _needs(seats: Iterable[Seat], symbols: Iterable[str]) -> Wanted:
    """What ``seats`` listen to; of all ``symbols`` prints and statuses, since risk looks at them."""

    def told(handler: str, span: str = "") -> tuple[str, ...]:
        listening = (seat for seat in seats if handler in seat.handlers and (not span or span in seat.spans))
        return tuple(sorted({symbol for seat in listening for symbol in seat.symbols}))

    every = tuple(sorted(set(symbols)))
    return Wanted(
        trades=every, quotes=told("on_quote"), statuses=every, lulds=every,
        bars=told("on_bar", "minute"), updated_bars=told("on_bar", "updated"), daily_bars=told("on_bar", "day"),
    )  # fmt: skip


def _within(needs: Wanted, sent: Wanted) -> bool:
    return all(set(getattr(needs, channel)) <= set(getattr(sent, channel)) for channel in COUNTED)


def _at_stake(engine: Engine) -> set[str]:
    """Symbols of open orders, and of what models hold, though none may listen to them any more."""
    ledgers = engine.state.accounts.ledgers.values()
    held = {symbol for ledger in ledgers for symbol, position in ledger.positions.items() if position.shares}
    return held | {working.order.symbol for working in engine.state.blotter.of()}
