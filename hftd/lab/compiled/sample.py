"""Which part of a tape the engine plays as well, and the events of it."""

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from random import Random

import numpy as np
from msgspec import Struct

from hftd.core.events import Quote, Trade
from hftd.lab.compiled.columns import Columns
from hftd.lab.compiled.sessions import Stretch
from hftd.tape import open_tape

FIRST = 20_000  # events from the beginning of the first session
NIGHT = 1_000  # around the first night, at either side of it
WINDOWS, LENGTH = 8, 2_500  # and so many windows anywhere, of so many events


class Window(Struct, frozen=True):
    """Events of a tape from number ``first`` to before ``last``."""

    first: int
    last: int


def windows(columns: Columns, sessions: Sequence[Stretch], seed: int) -> list[Window]:
    """The beginning of the first session, the first night, and windows drawn with ``seed`` from all sessions."""
    spans = [(_before(columns, session.start), _before(columns, session.end)) for session in sessions]
    spans = [(first, last) for first, last in spans if first < last]
    if not spans:
        return []
    start = spans[0][0]
    beginning = Window(start, min(start + FIRST, len(columns)))
    found = [Window(max(first, before - NIGHT), min(after + NIGHT, last))
             for (first, before), (after, last) in islice(pairwise(spans), 1)]  # fmt: skip
    random = Random(seed)  # noqa: S311 - no secret
    for _ in range(WINDOWS):
        place = random.randrange(sum(last - first for first, last in spans))
        for first, last in spans:
            if place < last - first:
                found.append(Window(first + place, min(first + place + LENGTH, last)))
                break
            place -= last - first
    return [beginning, *(window for window in found if window.last > beginning.last)]


def from_files(paths: Sequence[Path], symbol: str, window: Window) -> Iterator[Trade | Quote]:
    """The events of a window, read from the files once more."""
    told = (event for event in open_tape(paths, [symbol]) if isinstance(event, Trade | Quote))
    return islice(told, window.first, window.last)


def from_columns(columns: Columns, window: Window) -> Iterator[Trade | Quote]:
    """The events of a window, made of the columns."""
    q = int(np.count_nonzero(columns.is_quote[: window.first]))
    t, trades, quotes = window.first - q, columns.trades, columns.quotes
    for is_quote in columns.is_quote[window.first : window.last].tolist():
        if is_quote:
            yield Quote(
                columns.symbol, float(quotes.bid[q]), int(quotes.bid_size[q]),
                float(quotes.ask[q]), int(quotes.ask_size[q]),
                int(quotes.ts[q]), int(quotes.at[q]),
            )  # fmt: skip
            q += 1
        else:
            yield Trade(
                columns.symbol, float(trades.price[t]), int(trades.size[t]), int(trades.ts[t]), int(trades.at[t])
            )
            t += 1


def _before(columns: Columns, moment: int) -> int:
    """How many events are seen before ``moment``."""
    return sum(int(np.searchsorted(at, moment)) for at in (columns.trades.at, columns.quotes.at))
