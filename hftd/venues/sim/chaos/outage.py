"""A venue that is away for a while: every connection drops, and new ones are reset as soon as they ask anything."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from aiohttp import web

from hftd.venues.sim.answers import Answer
from hftd.venues.sim.books import BOOKS
from hftd.venues.sim.chaos.scenario import Luck
from hftd.venues.sim.chaos.spells import Spells
from hftd.venues.sim.chaos.world import Restart
from hftd.venues.sim.sockets import reset

TICK = 0.05
"""Seconds between two looks at the clock."""


class Outage:
    """Restarts of one venue. Connections are taken and reset rather than refused, since its books stay open to all."""

    def __init__(self, scenario: Restart, luck: Luck, now: Callable[[], float] = time.monotonic) -> None:
        self._spells = Spells(luck, scenario.every, scenario.seconds)
        self._now = now
        self._readers: WeakSet[asyncio.Transport] = WeakSet()

    async def keep(self, runner: web.AppRunner) -> None:
        """Hang up on everybody whenever a restart begins; runs until it is cancelled."""
        while True:
            if self._spells.begins(self._now()):
                self._hang_up(runner)
            await asyncio.sleep(TICK)

    def door(self) -> Any:
        """A middleware that resets who comes while the venue is away."""

        @web.middleware
        async def check(request: web.Request, handler: Answer) -> web.StreamResponse:
            transport = request.transport
            if not isinstance(transport, asyncio.Transport):
                return await handler(request)
            if request.path == BOOKS:
                self._readers.add(transport)
                return await handler(request)
            self._readers.discard(transport)
            if self._now() < self._spells.until:
                reset(transport)
                return web.Response()
            return await handler(request)

        return check

    def _hang_up(self, runner: web.AppRunner) -> None:
        """Reset every connection but those that last read the books."""
        for each in runner.server.connections if runner.server is not None else ():
            if isinstance(each.transport, asyncio.Transport) and each.transport not in self._readers:
                reset(each.transport)
