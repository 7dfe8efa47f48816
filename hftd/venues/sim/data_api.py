"""The market-data REST API for stocks: what was played so far (trading API, section 10)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from aiohttp import web

from hftd.core.events import Bar, Quote, Trade
from hftd.core.matching.rejection import Rejection
from hftd.venues.sim.answers import json
from hftd.venues.sim.history import History
from hftd.venues.sim.times import nanoseconds, rfc3339
from hftd.venues.sim.wire import bar_fields, message

USUAL, MOST = 1000, 10_000
TIMEFRAME = re.compile(r"(\d+)(Min|T|Hour|H|Day|D)")
MINUTES = {"Min": 1, "T": 1, "Hour": 60, "H": 60, "Day": 0, "D": 0}
KINDS = {"trades": "trade", "quotes": "quote", "bars": "bar"}

Tick = Trade | Quote | Bar


class DataApi:
    """Answers from one history."""

    def __init__(self, history: History) -> None:
        self._history = history

    def routes(self) -> list[web.RouteDef]:
        """Every path of the API, for many symbols and for one."""
        return [
            web.get("/v2/stocks/snapshots", self.snapshots),
            web.get("/v2/stocks/{kind:trades|quotes|bars}", self.past),
            web.get("/v2/stocks/{kind:trades|quotes|bars}/latest", self.latest),
            web.get("/v2/stocks/{symbol}/snapshot", self.snapshots),
            web.get("/v2/stocks/{symbol}/{kind:trades|quotes|bars}", self.past),
            web.get("/v2/stocks/{symbol}/{kind:trades|quotes|bars}/latest", self.latest),
        ]

    async def past(self, request: web.Request) -> web.Response:
        """A page of ticks or bars: symbol after symbol, each by time."""
        kind, query = request.match_info["kind"], request.query
        start, end, limit = _moment(query, "start", 0), _moment(query, "end", 2**63), _limit(query)
        token = query.get("page_token", "")
        found: dict[str, list[dict[str, Any]]] = {}
        skip = int(token) if token.isdigit() else 0
        seen = 0
        for symbol in _symbols(request):
            ticks = [each for each in self._ticks(symbol, kind, query) if start <= each.ts <= end]
            if query.get("sort") == "desc":
                ticks.reverse()
            page = ticks[max(0, skip - seen) : max(0, skip + limit - seen)]
            seen += len(ticks)
            if page:
                found[symbol] = [_shown(each) for each in page]
        more = str(skip + limit) if seen > skip + limit else None
        return self._answer(request, kind, found, next_page_token=more)

    async def latest(self, request: web.Request) -> web.Response:
        """The last tick or bar of each symbol."""
        kind = request.match_info["kind"]
        found = {
            symbol: _shown(ticks[-1])
            for symbol in _symbols(request)
            if (ticks := self._ticks(symbol, kind, request.query))
        }
        if "symbol" in request.match_info:
            symbol = request.match_info["symbol"]
            return json({"symbol": symbol, KINDS[kind]: found.get(symbol)})
        return json({kind: found})

    async def snapshots(self, request: web.Request) -> web.Response:
        """Latest trade, quote and bars of each symbol."""
        found = {symbol: self._snapshot(symbol) for symbol in _symbols(request) if symbol in self._history.symbols}
        if "symbol" in request.match_info:
            symbol = request.match_info["symbol"]
            return json({"symbol": symbol, **found.get(symbol, {})})
        return json(found)

    # ---- inside ------------------------------------------------------------------------------------------------

    def _answer(self, request: web.Request, kind: str, found: Mapping[str, Any], **more: Any) -> web.Response:
        if "symbol" in request.match_info:
            symbol = request.match_info["symbol"]
            return json({"symbol": symbol, kind: found.get(symbol, []), **more})
        return json({kind: found, **more})

    def _ticks(self, symbol: str, kind: str, query: Mapping[str, str]) -> Sequence[Tick]:
        past = self._history.symbols.get(symbol)
        if past is None:
            return ()
        if kind == "bars":
            return self._history.bars(symbol, _minutes(query.get("timeframe", "1Min")))
        return past.trades if kind == "trades" else past.quotes

    def _snapshot(self, symbol: str) -> dict[str, Any]:
        past = self._history.symbols[symbol]
        days = list(past.days.values())
        return {
            "latestTrade": _shown(past.trades[-1]) if past.trades else None,
            "latestQuote": _shown(past.quotes[-1]) if past.quotes else None,
            "minuteBar": _shown(past.minutes[-1]) if past.minutes else None,
            "dailyBar": _shown(days[-1]) if days else None,
            "prevDailyBar": _shown(days[-2]) if len(days) > 1 else None,
        }


def _shown(tick: Tick) -> dict[str, Any]:
    """A tick under its one-letter names, without the stream's ``T`` and ``S``."""
    if isinstance(tick, Bar):
        return bar_fields(tick, rfc3339)
    named: dict[str, Any] = msgspec.to_builtins(message(tick, rfc3339))
    return {key: value for key, value in named.items() if key not in ("T", "S")}


def _symbols(request: web.Request) -> list[str]:
    given = request.match_info.get("symbol") or request.query.get("symbols", "")
    if not given:
        raise Rejection(400, 40010000, "symbols is required")
    return sorted(set(given.split(",")))


def _minutes(timeframe: str) -> int:
    parts = TIMEFRAME.fullmatch(timeframe)
    if parts is None or not int(parts[1]) or (MINUTES[parts[2]] == 0 and parts[1] != "1"):
        raise Rejection(400, 40010000, f"invalid timeframe: {timeframe}")
    return int(parts[1]) * MINUTES[parts[2]]


def _moment(query: Mapping[str, str], key: str, default: int) -> int:
    try:
        return nanoseconds(query[key]) if query.get(key) else default
    except ValueError:
        raise Rejection(400, 40010000, f"invalid {key}: {query[key]}") from None


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(USUAL))
    if not text.isdigit() or not 1 <= int(text) <= MOST:
        raise Rejection(400, 40010000, f"invalid limit: must be between 1 and {MOST}")
    return int(text)
