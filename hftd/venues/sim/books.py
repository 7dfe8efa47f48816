"""``GET /sim/books``: the whole truth about the account, for programs that check what others believe of it."""

from typing import Any

from aiohttp import web

from hftd.core.events import Fill
from hftd.core.matching import plain
from hftd.venues.sim.answers import json
from hftd.venues.sim.brokerage import Brokerage
from hftd.venues.sim.clock import SimClock

BOOKS = "/sim/books"


class Books:
    """Reads one account's books. No venue has such a page, and no scenario touches it."""

    def __init__(self, brokerage: Brokerage, clock: SimClock) -> None:
        self._brokerage = brokerage
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """The one path."""
        return [web.get(BOOKS, self.show)]

    async def show(self, _: web.Request) -> web.Response:
        """Every order with all its executions, oldest first; signed positions; cash, now and at the start.

        ``now`` and ``at`` are ns UTC on the venue's clock; money and shares are strings of digits.
        """
        account = self._brokerage.exchange.account
        held = {name: {"qty": plain(each.shares), "cost": plain(each.cost)} for name, each in account.holdings.items()}
        orders = [
            {**each, "executions": [_execution(fill) for fill in self._brokerage.executions(each["id"])]}
            for each in self._brokerage.sheets()
        ]
        return json(
            {
                "now": self._clock.now(),
                "cash": plain(account.cash),
                "cash_start": plain(account.start),
                "positions": held,
                "orders": orders,
            }
        )


def _execution(fill: Fill) -> dict[str, Any]:
    return {
        "id": fill.execution,
        "side": fill.side,
        "qty": plain(fill.shares),
        "price": plain(fill.price),
        "at": fill.ts,
    }
