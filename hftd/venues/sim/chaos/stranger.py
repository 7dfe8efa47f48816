"""Somebody else at the same desk."""

from contextlib import suppress

from hftd.core.events import Trade
from hftd.core.matching import Rejection
from hftd.venues.sim.brokerage import Brokerage
from hftd.venues.sim.chaos.scenario import Luck
from hftd.venues.sim.chaos.spells import Spells
from hftd.venues.sim.chaos.world import Stranger
from hftd.venues.sim.clock import SECOND
from hftd.venues.sim.wire import Market

MOST_SHARES = 10
AWAY = 0.9
"""Where its resting bids lie, as a share of the last price."""


class Interloper:
    """Places an order now and then, after the tape has been matched; its client order ids begin with ``stranger-``.

    Every third of its orders is a bid that rests far below the market until its next turn.
    """

    def __init__(self, scenario: Stranger, luck: Luck, brokerage: Brokerage) -> None:
        self._turns = Spells(luck, scenario.every)
        self._luck = luck
        self._brokerage = brokerage
        self._number = 0
        self._resting = ""

    def see(self, event: Market) -> None:
        """Look at one event of the tape, and perhaps trade its symbol."""
        if isinstance(event, Trade) and self._brokerage.exchange.open and self._turns.begins(event.seen / SECOND):
            # The venue refuses a stranger as it refuses anybody.
            with suppress(Rejection):
                self._withdraw(event.seen)
            with suppress(Rejection):
                self._order(event)

    def _withdraw(self, now: int) -> None:
        resting, self._resting = self._resting, ""
        if resting:
            self._brokerage.cancel(resting, now)

    def _order(self, trade: Trade) -> None:
        self._number += 1
        body = {
            "symbol": trade.symbol,
            "qty": 1 + self._luck.below(MOST_SHARES),
            "side": "sell" if self._luck.hit(0.5) else "buy",
            "type": "market",
            "time_in_force": "day",
            "client_order_id": f"stranger-{self._number}",
        }
        if self._number % 3 == 0:
            body |= {"side": "buy", "type": "limit", "limit_price": round(trade.price * AWAY, 2)}
        self._brokerage.submit(body, trade.seen)
        if self._number % 3 == 0:
            self._resting = self._brokerage.by_client_id(f"stranger-{self._number}")["id"]
