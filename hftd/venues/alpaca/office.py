"""Everything of Alpaca that may take its time, through alpaca-py: account, positions, orders, assets, clock,
calendar, history. It runs in the back office's own process, so neither its waits nor its imports touch the loop.

alpaca-py 0.44 sends without a time-out, retries every method on 429 and 504, and does not read ``Retry-After``; all
three are set right here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from hftd.core.events import Bar, LookedUp, Snapshot, VenueOrder, VenuePosition
from hftd.errors import TooOften, Unavailable
from hftd.plugin.keys import Keys
from hftd.venues.alpaca.later import later
from hftd.venues.alpaca.orders import status
from hftd.venues.alpaca.stamps import text_ns
from hftd.venues.alpaca.unreachable import in_words

with later("pandas", "numpy"):
    from alpaca.common.exceptions import APIError
    from alpaca.data.enums import DataFeed
    from alpaca.data.historical import StockHistoricalDataClient
    from alpaca.data.requests import StockBarsRequest, StockLatestTradeRequest
    from alpaca.data.timeframe import TimeFrame
    from alpaca.trading.client import TradingClient
    from alpaca.trading.enums import QueryOrderStatus
    from alpaca.trading.requests import GetCalendarRequest, GetOrdersRequest

TIMEOUT = (3.05, 10.0)  # seconds to connect, and to wait for bytes
RECENT = 500  # orders a page of GET /v2/orders may hold


class AlpacaOffice:
    """One account, asked politely."""

    def __init__(self, trading_url: str, data_url: str, feed: str, keys: Keys) -> None:
        """Bases of the trading and the data API, without a path."""
        self._trading = TradingClient(keys.key, keys.secret, paper=True, raw_data=True, url_override=trading_url)
        self._data = StockHistoricalDataClient(keys.key, keys.secret, raw_data=True, url_override=data_url)
        self._feed = DataFeed(feed) if feed != "test" else DataFeed.IEX
        for client in (self._trading, self._data):
            client._session.request = partial(_asked, client._session.request)
            client._session.hooks["response"].append(_heed)
            client._retry = 0  # whether to ask again is the daemon's to say: it knows what is left of the budget

    def snapshot(self, asked: int, brief: bool = False) -> Snapshot:
        """The account, its positions and its orders, as of ``asked``: the most recent ones, or only the open ones."""
        which = QueryOrderStatus.OPEN if brief else QueryOrderStatus.ALL
        # Orders before positions: what the orders call finished is then certainly in the positions.
        orders: Any = self._trading.get_orders(GetOrdersRequest(status=which, limit=RECENT))
        positions: Any = self._trading.get_all_positions()
        account: Any = self._trading.get_account()
        return Snapshot(
            asked,
            asked,
            account["account_number"],
            Decimal(account["cash"]),
            Decimal(account["buying_power"]),
            tuple(VenuePosition(p["symbol"], Decimal(p["qty"]), Decimal(p["avg_entry_price"])) for p in positions),
            # An options order of several legs, placed by hand, has neither symbol nor side; none of ours lacks them.
            tuple(_venue_order(order) for order in orders if order["symbol"] and order["side"]),
            brief,
        )

    def order(self, order: str, asked: int) -> LookedUp:
        """What became of one order, by its client order id."""
        try:
            found: Any = self._trading.get_order_by_client_id(order)
        except APIError as error:
            if error.status_code != 404:
                raise
            return LookedUp(order, None, asked)
        return LookedUp(order, _venue_order(found), asked)

    def is_paper(self, account: str) -> bool:
        """Whether it is a paper account: Alpaca begins the numbers of those, and of no others, with PA."""
        return account.startswith("PA")

    def open_orders(self) -> Sequence[VenueOrder]:
        """Every open order of the account that has a symbol and a side, as ours have."""
        orders: Any = self._trading.get_orders(GetOrdersRequest(status=QueryOrderStatus.OPEN, limit=RECENT))
        return [_venue_order(order) for order in orders if order["symbol"] and order["side"]]

    def cancel(self, venue_id: str) -> str:
        """Ask to withdraw one order. DELETE /v2/orders/{id}: 404 is no such order, 422 one that has ended."""
        try:
            self._trading.cancel_order_by_id(venue_id)
        except APIError as error:
            if error.status_code not in (404, 422):
                raise
            return str(error)
        return ""

    def cancel_all(self) -> int:
        """Cancel every open order of the account; how many were asked for."""
        return len(self._trading.cancel_orders())

    def clock(self) -> int:
        """The venue's time, ns UTC."""
        clock: Any = self._trading.get_clock()
        return _zoned_ns(clock["timestamp"])

    def calendar(self, start: str, end: str) -> Iterable[Mapping[str, Any]]:
        """The venue's own trading days between two dates."""
        span = GetCalendarRequest(start=date.fromisoformat(start), end=date.fromisoformat(end))
        days: Any = self._trading.get_calendar(span)
        return [{key: day[key] for key in ("date", "open", "close")} for day in days]

    def tradable(self, symbol: str) -> str:
        """Empty where the venue trades ``symbol``, else in words why not."""
        try:
            asset: Any = self._trading.get_asset(symbol)
        except APIError as error:
            if error.status_code != 404:
                raise
            return f"the venue does not know {symbol}"
        return (
            "" if asset["tradable"] and asset["status"] == "active" else f"{symbol} is {asset['status']}, not tradable"
        )

    def bars(self, symbol: str, since: int, until: int) -> Sequence[Bar]:
        """Minute bars that began between two moments (ns UTC)."""
        request = StockBarsRequest(
            symbol_or_symbols=symbol, timeframe=TimeFrame.Minute, feed=self._feed,
            start=datetime.fromtimestamp(since / 1e9, UTC), end=datetime.fromtimestamp(until / 1e9, UTC),
        )  # fmt: skip
        answer: Any = self._data.get_stock_bars(request)
        return [
            Bar(symbol, b["o"], b["h"], b["l"], b["c"], int(b["v"]), text_ns(b["t"]), until, "minute", b["n"], b["vw"])
            for b in answer.get(symbol, ())
        ]

    def last_trade(self, symbol: str) -> int:
        """When the venue's latest print of ``symbol`` was, ns UTC."""
        answer: Any = self._data.get_stock_latest_trade(
            StockLatestTradeRequest(symbol_or_symbols=symbol, feed=self._feed)
        )
        return text_ns(answer[symbol]["t"])


def _asked(request: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """The response to a request that has so long. Raises Unavailable where there is none."""
    try:
        return request(*arguments, timeout=TIMEOUT, **named)
    except OSError as error:  # every error of requests is one
        raise Unavailable(in_words(error)) from error


def _heed(response: Any, **_: Any) -> None:
    """Raises TooOften for 429, and for 503 that says when to ask again (RFC 9110 sections 10.2.3 and 15.6.4)."""
    asked = response.headers.get("Retry-After", "")
    seconds = float(asked) if asked.isascii() and asked.isdigit() else 0.0  # a date is not read
    if response.status_code == 429 or (response.status_code == 503 and seconds):
        response.close()  # nobody reads it: what it came on is not kept either
        said = f"{response.status_code} {response.reason or 'too many requests'}"
        raise TooOften(f"{said}: asked to wait {seconds:.0f} s" if seconds else said, seconds)


def _venue_order(order: Mapping[str, Any]) -> VenueOrder:
    return VenueOrder(
        order["client_order_id"],
        order["id"],
        order["symbol"],
        order["side"],
        Decimal(order["qty"] or 0),
        Decimal(order["filled_qty"] or 0),
        Decimal(order["filled_avg_price"] or 0),
        status(order["status"]),
        None if order.get("limit_price") is None else Decimal(order["limit_price"]),
    )


def _zoned_ns(text: str) -> int:
    """RFC 3339 with any offset; the clock's answer carries New York's. Microseconds are enough here."""
    return int(datetime.fromisoformat(text).timestamp() * 1_000_000) * 1000
