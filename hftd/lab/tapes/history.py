"""Alpaca's history as tapes: page after page through alpaca-py's client, and a kill costs one page at most."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from hftd.core.events import Bar, Quote, Trade
from hftd.errors import HftdError, Unavailable
from hftd.plugin.keys import Keys
from hftd.tape.checks import CROSSED
from hftd.tape.parts import Parts
from hftd.tape.report import FileReport
from hftd.tape.turn import MINUTE
from hftd.venues.alpaca import wire
from hftd.venues.alpaca.stamps import text_ns
from hftd.venues.alpaca.unreachable import in_words
from hftd.venues.sim.times import rfc3339

Kind = Literal["trades", "quotes", "bars"]
KINDS: tuple[Kind, ...] = ("trades", "quotes", "bars")
PAGE = 10_000  # the most rows the venue puts on one
TIMEOUT = (3.05, 30.0)  # seconds to connect, and to wait for bytes
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # seconds between tries, unless the venue says how long
AGAIN = frozenset({429, 500, 502, 503, 504})
NONSENSE = "not what the venue documents"

_MODELS: Mapping[Kind, Any] = {"trades": wire.Trade, "quotes": wire.Quote, "bars": wire.MinuteBar}
_TAGS: Mapping[Kind, str] = {"trades": "t", "quotes": "q", "bars": "b"}


class Wish(Struct, frozen=True):
    """What is asked for: one kind of one symbol of a feed, from ``since`` on and before ``until`` (ns UTC)."""

    symbol: str
    kind: Kind
    since: int
    until: int
    feed: str

    @property
    def name(self) -> str:
        """What the tape is called: ``SPY_trades_2026-11-20T143000Z_2026-11-20T210000Z``."""
        return f"{self.symbol}_{self.kind}_{_short(self.since)}_{_short(self.until)}"


class Fetched(Struct, frozen=True):
    """What came of a wish. ``tape`` is None where the venue has nothing; ``kept``: it was there already."""

    tape: Path | None
    report: FileReport
    pages: int = 0
    kept: bool = False


Progress = Callable[[Wish, int, int], None]
"""Told after every page: the wish, rows so far, and how far they reach, ns UTC."""


class History:
    """The venue's market-data history."""

    def __init__(self, url: str, keys: Keys, pause: Callable[[float], None] = time.sleep) -> None:
        """``url`` is the base of the data API, without a path."""
        # Imported here: alpaca-py brings pandas, which takes a second.
        from alpaca.common.exceptions import APIError  # noqa: PLC0415
        from alpaca.data.historical import StockHistoricalDataClient  # noqa: PLC0415

        self._client = StockHistoricalDataClient(keys.key, keys.secret, raw_data=True, url_override=url)
        self._client._session.request = partial(self._client._session.request, timeout=TIMEOUT)
        self._client._retry_codes = []  # it would sleep as long whatever the venue says
        self._answered = APIError
        self._pause = pause

    def fetch(self, wish: Wish, into: Path, progress: Progress) -> Fetched:
        """Make the tape of a wish in the folder ``into``, or go on with it.

        Raises Unavailable where the venue does not answer, HftdError where it refuses or the tape cannot be written.
        """
        tape = into / wish.name
        file = FileReport(tape, wish.kind)
        if tape.exists():
            return Fetched(tape, file, kept=True)
        parts = Parts(tape, f"{wish.name} of {wish.feed}")
        pages = 0
        try:
            while not parts.cursor.last:
                rows, token = self._page(wish, parts.cursor.at)
                events = list(_events(wish, rows, file))
                parts.add(events, token, last=not token)
                pages += 1
                progress(wish, parts.cursor.number, events[-1].ts if events and token else wish.until)
            if not parts.cursor.number:
                parts.drop()
                return Fetched(None, file, pages)
            parts.finish({"request.json": msgspec.json.encode(wish).decode()})
        finally:
            parts.leave()
        return Fetched(tape, file, pages)

    def close(self) -> None:
        """Let go of the connections."""
        self._client._session.close()

    def _page(self, wish: Wish, token: str) -> tuple[list[dict[str, Any]], str]:
        """A page's rows, and what the next one is asked for with; empty after the last."""
        query = {
            "symbols": wish.symbol, "start": rfc3339(wish.since), "end": rfc3339(wish.until - 1),
            "limit": PAGE, "feed": wish.feed, "sort": "asc",
        }  # fmt: skip
        if wish.kind == "bars":
            query |= {"timeframe": "1Min", "adjustment": "raw"}
        if token:
            query["page_token"] = token
        answer: Any = self._asked(f"/stocks/{wish.kind}", query)
        try:
            return (answer[wish.kind] or {}).get(wish.symbol, []), answer.get("next_page_token") or ""
        except (AttributeError, KeyError, TypeError) as error:
            raise HftdError(f"{wish.name}: the venue's answer has no {wish.kind}, expected a page of them") from error

    def _asked(self, path: str, query: Mapping[str, Any]) -> Any:
        pauses = iter(PAUSES)
        while True:
            try:
                return self._client.get(path, query)
            except self._answered as error:
                said, told = f"{error.status_code} {error}", error.response.headers.get("Retry-After", "")
                if error.status_code not in AGAIN:
                    raise HftdError(f"{path}: the venue says {_line(said)}") from error
            except (OSError, ValueError) as error:  # nothing came, or no JSON
                said, told = in_words(error) if isinstance(error, OSError) else str(error), ""
            pause = next(pauses, None)
            if pause is None:
                raise Unavailable(f"{path}: {_line(said)}; the same command goes on from here")
            self._pause(float(told) if told.isdigit() else pause)


def _events(wish: Wish, rows: list[dict[str, Any]], file: FileReport) -> Iterator[Trade | Quote | Bar]:
    model, named = _MODELS[wish.kind], {"S": wish.symbol, "T": _TAGS[wish.kind]}
    for row in rows:
        file.rows += 1
        try:
            event = _event(wish.symbol, msgspec.convert({**row, **named}, model))
        except (msgspec.ValidationError, ValueError, TypeError) as error:
            file.fault(NONSENSE, f"row {file.rows}: {_line(str(row))}: {_line(str(error))}")
            continue
        if isinstance(event, Quote) and event.bid > event.ask > 0:
            file.fault(CROSSED, f"row {file.rows}: {_line(str(row))}")
            continue
        file.events += 1
        yield event


def _event(symbol: str, m: wire.Trade | wire.Quote | wire.MinuteBar) -> Trade | Quote | Bar:
    ts = text_ns(str(m.t))
    match m:
        case wire.Trade():
            return Trade(symbol, m.p, m.s, ts, ts, m.c or (), m.x, m.z, m.i)
        case wire.Quote():
            return Quote(symbol, m.bp, m.bs, m.ap, m.as_, ts, ts, m.c or (), m.bx, m.ax, m.z)
        case _:
            return Bar(symbol, m.o, m.h, m.l, m.c, m.v, ts, ts + MINUTE, "minute", m.n or 0, m.vw or 0.0)


def _short(at: int) -> str:
    return rfc3339(at).replace(":", "")


def _line(text: str) -> str:
    return " ".join(text.split())[:200]
