"""The simulated venue, put together: one object graph, one server on a loopback address."""

import asyncio
from collections.abc import Iterator, Sequence
from decimal import Decimal
from ipaddress import ip_address
from os import strerror

from aiohttp import web
from msgspec import Struct

from hftd.core.matching import Exchange
from hftd.core.session import Day
from hftd.errors import HftdError
from hftd.venues.sim.answers import gate
from hftd.venues.sim.audience import AUTH_SECONDS
from hftd.venues.sim.books import Books
from hftd.venues.sim.brokerage import Brokerage
from hftd.venues.sim.chaos import Scenario
from hftd.venues.sim.chaos.mischief import Mischief
from hftd.venues.sim.clock import SECOND, SimClock
from hftd.venues.sim.data_api import DataApi
from hftd.venues.sim.followers import Followers
from hftd.venues.sim.history import History
from hftd.venues.sim.player import Player
from hftd.venues.sim.times import Almanac
from hftd.venues.sim.trading_api import TradingApi
from hftd.venues.sim.wire import Market

FEEDS = ("iex", "sip", "delayed_sip", "test")


class Setup(Struct, frozen=True, kw_only=True):
    """What can be chosen of a simulated venue.

    ``speed`` is venue seconds a wall second, None: as fast as the market-data readers read. ``lead`` is how many
    seconds before the first phase played the clock stands at the start. With ``key`` and ``secret`` only those are
    let in. ``symbol_limit`` bounds a session's trades and quotes subscriptions together. ``chaos`` is what goes wrong;
    the same ``chaos_seed`` and the same requests give the same troubles.
    """

    host: str = "127.0.0.1"
    port: int = 0
    cash: Decimal = Decimal(100_000)
    speed: float | None = 1.0
    lead: float = 10.0
    phases: tuple[str, ...] = ("regular",)
    symbols: tuple[str, ...] = ()
    key: str = ""
    secret: str = ""
    symbol_limit: int | None = None
    partial_fills: bool = True
    auth_seconds: float = AUTH_SECONDS
    chaos: tuple[Scenario, ...] = ()
    chaos_seed: int = 7


class SimVenue:
    """A venue that plays ``tape`` in ``days``, the first of which is the tape's first; ``almanac`` knows more of them.

    Made inside the running event loop it will live in.
    """

    def __init__(self, setup: Setup, tape: Iterator[Market], days: Sequence[Day], almanac: Sequence[Day] = ()) -> None:
        played = [each for each in days[0].phases if each.name in setup.phases] if days else []
        if not played:
            raise HftdError(f"no {' or '.join(setup.phases)} phase in the trading days given, expected at least one")
        if not ip_address(setup.host).is_loopback:
            raise HftdError(f"host: found {setup.host}, expected a loopback address such as 127.0.0.1")
        self.setup = setup
        mischief = self._mischief = Mischief(setup.chaos, setup.chaos_seed)
        first = days[0].date
        almanac, days = mischief.days(almanac or days, first), mischief.days(days, first)
        self.clock = SimClock(played[0].start - int(setup.lead * SECOND), setup.speed)
        self.followers = Followers(self._admit)
        self.brokerage = Brokerage(
            Exchange(setup.cash, partial_fills=setup.partial_fills), mischief.publish(self.followers)
        )
        self.history = History()
        self.audience = mischief.audience(
            self.clock.now, self._admit, setup.speed is None, setup.symbol_limit, setup.auth_seconds
        )
        self.player = Player(
            clock=self.clock, tape=mischief.tape(tape), days=days, phases=setup.phases, brokerage=self.brokerage,
            history=self.history, audience=self.audience, lead=int(setup.lead * SECOND),
            onlooker=mischief.onlooker(self.brokerage),
        )  # fmt: skip
        self._almanac = Almanac(almanac)
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.1)
        self._playing: asyncio.Task[None] | None = None
        self._restarting: asyncio.Task[None] | None = None
        for symbol in setup.symbols:
            self.brokerage.meet(symbol)

    async def start(self) -> int:
        """Listen; the port. Raises ``HftdError`` when the address cannot be had."""
        self.player.catch_up()
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.setup.host, self.setup.port)
        try:
            await site.start()
        except OSError as error:
            await self._runner.cleanup()
            where = f"{self.setup.host}:{self.setup.port}"
            raise HftdError(f"cannot listen on {where}: {strerror(error.errno or 0)}, expected a free port") from error
        self._playing = asyncio.create_task(self.player.play())
        if self._mischief.outage is not None:
            self._restarting = asyncio.create_task(self._mischief.outage.keep(self._runner))
        return int(self._runner.addresses[0][1])

    async def ended(self) -> None:
        """Wait until the tape is over. Raises what stopped the playing, if anything did."""
        if self._playing is not None:
            await asyncio.shield(self._playing)

    async def stop(self) -> None:
        """Hang up on everybody."""
        for task in (self._playing, self._restarting):
            if task is not None:
                task.cancel()
        await asyncio.gather(self.audience.dismiss(), self.followers.dismiss())
        await self._runner.cleanup()

    def _admit(self, key: str, secret: str) -> bool:
        if self.setup.key:
            return (key, secret) == (self.setup.key, self.setup.secret)
        return bool(key and secret)

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[*self._mischief.middlewares(), gate(self._admit)])
        app.add_routes(Books(self.brokerage, self.clock).routes())
        app.add_routes(TradingApi(self.brokerage, self.clock, self._almanac, self._mischief.skew).routes())
        app.add_routes(DataApi(self.history).routes())
        app.add_routes([web.get(f"/v2/{feed}", self.audience.serve) for feed in FEEDS])
        app.add_routes([web.get("/stream", self.followers.serve)])
        return app
