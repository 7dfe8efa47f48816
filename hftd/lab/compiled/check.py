"""Whether a compiled model decides what it decides in the engine: both play a sample of the tape, every time."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from math import isnan
from pathlib import Path

import numpy as np
from msgspec import Struct

from hftd.core.session import Schedule
from hftd.lab.compiled import sample
from hftd.lab.compiled.by_engine import Told, Wished, tell
from hftd.lab.compiled.columns import Columns
from hftd.lab.compiled.decide import Decisions, Keeping
from hftd.lab.compiled.model import Compiled
from hftd.lab.compiled.sample import Window
from hftd.lab.compiled.wishes import BUY, NOTHING, SELL, TARGET

WORDS = {NOTHING: "nothing", BUY: "buy", SELL: "sell", TARGET: "target"}


class Checked(Struct, frozen=True):
    """``events`` both played, and the ``decisions`` among them; ``difference`` is the first, in words, or ""."""

    events: int
    decisions: int
    difference: str


def places(compiled: Compiled, columns: Columns, windows: Sequence[Window]) -> list[int]:
    """Where the windows begin and end, in events the model hears: what ``decide`` is to keep."""
    return [_place(compiled, columns, number) for window in windows for number in (window.first, window.last)]


def check(
    compiled: Compiled, columns: Columns, decisions: Decisions, windows: Sequence[Window],
    schedule: Callable[[], Schedule], paths: Sequence[Path] = (),
) -> Checked:  # fmt: skip
    """Play ``windows`` in the engine, and compare wishes and what the model knows in the end.

    ``decisions`` must have kept the ``places``. The first window is read from ``paths`` again, where there are any,
    and so checks the columns too; the others are made of the columns.
    """
    events = wishes = 0
    for number, window in enumerate(windows):
        first, last = (_place(compiled, columns, each) for each in (window.first, window.last))
        if number or not paths:
            told_of = sample.from_columns(columns, window)
        else:
            told_of = sample.from_files(paths, columns.symbol, window)
        told = tell(compiled.plan, schedule(), told_of, compiled.symbol, decisions.kept[first])
        expected = _wished(compiled, columns, decisions, window, first, last)
        found = difference(columns, window, told, expected, decisions.kept[last])
        if found:
            return Checked(events, wishes, found)
        events, wishes = events + told.heard, wishes + len(expected)
    return Checked(events, wishes, "")


def _wished(
    compiled: Compiled, columns: Columns, decisions: Decisions, window: Window, first: int, last: int
) -> list[Wished]:
    start, stop = np.searchsorted(decisions.places, [first, last])
    numbers = decisions.places[start:stop] - first
    if len(compiled.kinds) == 1:
        heard = columns.is_quote[window.first : window.last] == (compiled.kinds[0] == "quote")
        numbers = np.flatnonzero(heard)[numbers]
    codes, shares = decisions.codes[start:stop], decisions.shares[start:stop]
    return list(zip(numbers.tolist(), codes.tolist(), shares.tolist(), strict=True))


def difference(
    columns: Columns, window: Window, told: Told, expected: Sequence[Wished], knows: Keeping
) -> str:
    """In words the first difference between what was wished and known in the end; empty where there is none."""
    if told.benched:
        return f"the engine benches it: {told.benched}"
    for plain, compiled in zip_longest(told.wished, expected):
        if plain != compiled:
            number = min(each[0] for each in (plain, compiled) if each is not None)
            words = [_words(each if each is not None and each[0] == number else None) for each in (plain, compiled)]
            at = datetime.fromtimestamp(_at(columns, window.first + number) / 1e9, UTC).isoformat(" ", "milliseconds")
            return (
                f"at event {window.first + number + 1:,} ({at}) the model decides {words[0]} in the engine,"
                f" {words[1]} compiled"
            )
    for name, value in knows.items():
        if not _same(told.knows[name], value):
            return (
                f"before event {window.last + 1:,} self.{name} is {told.knows[name]!r} in the engine,"
                f" {value!r} compiled"
            )
    return ""


def _words(wished: Wished | None) -> str:
    return "nothing" if wished is None else f"{WORDS.get(wished[1], 'another wish')} {wished[2]:g}"


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float) and isnan(one):
        return isnan(other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _place(compiled: Compiled, columns: Columns, number: int) -> int:
    """How many events the model hears come before event ``number`` of the tape."""
    if len(compiled.kinds) > 1:
        return number
    quotes = int(np.count_nonzero(columns.is_quote[:number]))
    return quotes if compiled.kinds[0] == "quote" else number - quotes


def _at(columns: Columns, number: int) -> int:
    quotes = int(np.count_nonzero(columns.is_quote[:number]))
    at = columns.quotes.at[quotes] if columns.is_quote[number] else columns.trades.at[number - quotes]
    return int(at)
