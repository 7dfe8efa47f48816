"""The trading REST API: orders, positions, account, assets, clock and calendar (trading API, section 2)."""

from decimal import ROUND_DOWN, Decimal
from typing import Any

import msgspec
from aiohttp import web

from hftd.core.matching import Rejection, plain
from hftd.core.matching.rejection import missing
from hftd.venues.sim import statements
from hftd.venues.sim.answers import body_of, json
from hftd.venues.sim.brokerage import Brokerage
from hftd.venues.sim.clock import SimClock
from hftd.venues.sim.listing import listing
from hftd.venues.sim.tickets import check_symbol, number
from hftd.venues.sim.times import Almanac

NANO_SHARE = Decimal("1e-9")


class TradingApi:
    """Answers for one account. ``skew`` is how far ahead the clock shown is of the venue's own, ns."""

    def __init__(self, brokerage: Brokerage, clock: SimClock, almanac: Almanac, skew: int = 0) -> None:
        self._brokerage = brokerage
        self._exchange = brokerage.exchange
        self._clock = clock
        self._almanac = almanac
        self._skew = skew
        self._configuration = statements.configuration()

    def routes(self) -> list[web.RouteDef]:
        """Every path of the API."""
        return [
            web.post("/v2/orders", self.submit),
            web.get("/v2/orders", self.orders),
            web.delete("/v2/orders", self.cancel_all),
            web.get("/v2/orders:by_client_order_id", self.by_client_id),
            web.get("/v2/orders/{id}", self.order),
            web.patch("/v2/orders/{id}", self.replace),
            web.delete("/v2/orders/{id}", self.cancel),
            web.get("/v2/positions", self.positions),
            web.delete("/v2/positions", self.close_all),
            web.get("/v2/positions/{symbol}", self.position),
            web.delete("/v2/positions/{symbol}", self.close),
            web.get("/v2/account", self.account),
            web.get("/v2/account/configurations", self.configuration),
            web.patch("/v2/account/configurations", self.configure),
            web.get("/v2/account/portfolio/history", self.portfolio_history),
            web.get("/v2/assets", self.assets),
            web.get("/v2/assets/{symbol}", self.asset),
            web.get("/v2/clock", self.clock),
            web.get("/v2/calendar", self.calendar),
        ]

    # ---- orders ------------------------------------------------------------------------------------------------

    async def submit(self, request: web.Request) -> web.Response:
        """Take an order."""
        return json(self._brokerage.submit(await body_of(request), self._clock.now()))

    async def orders(self, request: web.Request) -> web.Response:
        """List orders."""
        return json(listing(self._brokerage.sheets(), request.query))

    async def order(self, request: web.Request) -> web.Response:
        """Show one order."""
        return json(self._brokerage.sheet(request.match_info["id"]))

    async def by_client_id(self, request: web.Request) -> web.Response:
        """Show one order by the client's id."""
        return json(self._brokerage.by_client_id(request.query.get("client_order_id", "")))

    async def replace(self, request: web.Request) -> web.Response:
        """Amend one order."""
        return json(self._brokerage.replace(request.match_info["id"], await body_of(request), self._clock.now()))

    async def cancel(self, request: web.Request) -> web.Response:
        """Withdraw one order."""
        self._brokerage.cancel(request.match_info["id"], self._clock.now())
        return web.Response(status=204)

    async def cancel_all(self, _: web.Request) -> web.Response:
        """Withdraw every order."""
        return json(self._cancel_all(), 207)

    # ---- positions ---------------------------------------------------------------------------------------------

    async def positions(self, _: web.Request) -> web.Response:
        """List positions."""
        return json(statements.positions(self._exchange))

    async def position(self, request: web.Request) -> web.Response:
        """Show one position."""
        return json(statements.position(self._exchange, self._named(request)))

    async def close(self, request: web.Request) -> web.Response:
        """Close one position, or part of it, by a market order."""
        return json(self._close(self._named(request), dict(request.query)))

    async def close_all(self, request: web.Request) -> web.Response:
        """Close every position by market orders."""
        if request.query.get("cancel_orders", "").lower() == "true":
            self._cancel_all()
        held = [each["symbol"] for each in statements.positions(self._exchange)]
        return json([self._closed(symbol) for symbol in held], 207)

    # ---- the account and the world -----------------------------------------------------------------------------

    async def account(self, _: web.Request) -> web.Response:
        """Show the account."""
        return json(statements.account(self._exchange, self._clock.now()))

    async def configuration(self, _: web.Request) -> web.Response:
        """Show the account's settings."""
        return json(self._configuration)

    async def configure(self, request: web.Request) -> web.Response:
        """Change settings; the simulated venue remembers them and does nothing about them."""
        wanted = await body_of(request)
        self._configuration |= {key: wanted[key] for key in self._configuration if key in wanted}
        return json(self._configuration)

    async def portfolio_history(self, _: web.Request) -> web.Response:
        """Show what the account was worth."""
        return json(statements.portfolio_history(self._exchange, self._clock.now()))

    async def assets(self, _: web.Request) -> web.Response:
        """List the symbols met so far."""
        return json([statements.asset(symbol) for symbol in sorted(self._brokerage.symbols.values())])

    async def asset(self, request: web.Request) -> web.Response:
        """Show one asset."""
        symbol = self._named(request)
        try:
            return json(statements.asset(check_symbol(symbol)))
        except Rejection:
            raise missing(f"asset not found for {symbol}") from None

    async def clock(self, _: web.Request) -> web.Response:
        """Tell the venue's time."""
        return json(self._almanac.clock(self._clock.now() + self._skew))

    async def calendar(self, request: web.Request) -> web.Response:
        """List trading days."""
        return json(self._almanac.calendar(request.query.get("start", "")[:10], request.query.get("end", "")[:10]))

    # ---- inside ------------------------------------------------------------------------------------------------

    def _named(self, request: web.Request) -> str:
        return self._brokerage.symbol(request.match_info["symbol"])

    def _cancel_all(self) -> list[dict[str, Any]]:
        found = self._brokerage.open_orders()
        for each in found:
            self._brokerage.cancel(each, self._clock.now())
        return [{"id": each, "status": 200, "body": self._brokerage.sheet(each)} for each in found]

    def _close(self, symbol: str, query: dict[str, str]) -> bytes:
        statements.position(self._exchange, symbol)
        shares = self._exchange.account.shares(symbol)
        part, percentage = number(query, "qty"), number(query, "percentage")
        if percentage is not None:
            part = (abs(shares) * percentage / 100).quantize(NANO_SHARE, ROUND_DOWN)
        return self._brokerage.submit(
            {
                "symbol": symbol,
                "qty": plain(abs(shares) if part is None else part),
                "side": "sell" if shares > 0 else "buy",
                "type": "market",
                "time_in_force": "day",
            },
            self._clock.now(),
        )

    def _closed(self, symbol: str) -> dict[str, Any]:
        try:
            answer = self._close(symbol, {})
        except Rejection as refusal:
            return {"symbol": symbol, "status": refusal.http, "body": refusal.body}
        order: dict[str, Any] = msgspec.json.decode(answer)
        return {"symbol": symbol, "status": 200, "order_id": order["id"], "body": order}
