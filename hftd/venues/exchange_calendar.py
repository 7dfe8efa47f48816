"""When an exchange trades, by pandas-market-calendars.

``python -m hftd.venues.exchange_calendar NYSE 2026-01-01 2026-12-31`` prints a ``Table`` as JSON, so that a daemon can
have one made by a short-lived process: pandas takes half a second to import and 80 MB, and stays out of the daemon.
"""

import sys
import warnings
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

import msgspec
from msgspec import Struct

from hftd.core.session import NEVER, Day, Phase
from hftd.errors import OK, USAGE, ConfigError, HftdError

# Which of the library's market times begin and end each of our phases.
BOUNDS = {
    "pre": ("pre", "market_open"),
    "regular": ("market_open", "market_close"),
    "break": ("break_start", "break_end"),
    "post": ("market_close", "post"),
}


class Table(Struct, frozen=True):
    """A calendar's trading days, its time zone, and the dates among them that close earlier than usual."""

    calendar: str
    zone: str
    days: tuple[Day, ...]
    early_closes: tuple[str, ...]


def table(first: date, last: date, calendar: str = "NYSE") -> Table:
    """The trading days from ``first`` to ``last``, both included, as pandas-market-calendars knows them.

    The phases "pre" and "post" exist where the calendar defines them: post is 13:00-17:00 on New York's early closes.
    Holidays to come follow rules only: a day of mourning is unknown until a release of the library brings it.
    Raises ConfigError if the library has no such calendar or no times for it; ValueError if the days are not in order.
    """
    import pandas_market_calendars as library  # noqa: PLC0415 - costs half a second that only this function needs

    names = library.get_calendar_names()
    if calendar not in names:
        near = dict.fromkeys([*get_close_matches(calendar.upper(), names), "NYSE", "NASDAQ", "LSE", "24/7"])
        raise ConfigError(f'expected a calendar such as {", ".join(near)}, found "{calendar}"')
    # The library's own use of pandas warns of pandas to come: nothing its callers could act on.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            source = library.get_calendar(calendar)
            # The library still fills in times an exchange has given up, such as Seoul's lunch break.
            known = [name for name in source.market_times if name not in source.discontinued_market_times]
            times = source.schedule(first, last, market_times=known)
            early = source.early_closes(times).index if len(times) else []
        except (NotImplementedError, KeyError) as error:
            message = f'expected a calendar that pandas-market-calendars has times for, found "{calendar}"'
            raise ConfigError(message) from error
    days = tuple(
        Day(row[0].date().isoformat(), _phases(dict(zip(known, row[1:], strict=True)))) for row in times.itertuples()
    )
    return Table(calendar, str(source.tz), days, tuple(stamp.date().isoformat() for stamp in early))


def trading_days(first: date, last: date, calendar: str = "NYSE") -> tuple[Day, ...]:
    """The days of ``table``, for who needs no more."""
    return table(first, last, calendar).days


def _phases(stamps: Mapping[str, Any]) -> tuple[Phase, ...]:
    """The phases of a day from the library's market times; where a day has none, Chicago's break lasts from t to t."""
    # A stamp's value is in ns whatever unit its column has, and that of a missing one is far below zero.
    times = {name: int(stamp.value) for name, stamp in stamps.items() if stamp.value > -NEVER}
    return tuple(
        Phase(name, times[start], times[end])
        for name, (start, end) in BOUNDS.items()
        if start in times and end in times and times[start] < times[end]
    )


def to_json(made: Table) -> bytes:
    """The table on one line."""
    return msgspec.json.encode(made) + b"\n"


def from_json(line: bytes) -> Table:
    """The table that ``to_json`` wrote. Raises msgspec.DecodeError on anything else."""
    return msgspec.json.decode(line, type=Table)


def main(argv: Sequence[str]) -> int:
    """Print the table of a calendar between two dates; the exit status, with one line on stderr if it is not 0."""
    try:
        calendar, (first, last) = argv[0], sorted(date.fromisoformat(day) for day in argv[1:])
    except (IndexError, ValueError):
        sys.stderr.write("usage: python -m hftd.venues.exchange_calendar NYSE 2026-01-01 2026-12-31\n")
        return USAGE
    try:
        sys.stdout.buffer.write(to_json(table(first, last, calendar)))
    except HftdError as error:
        sys.stderr.write(f"hftd: {error}\n")
        return error.exit_status
    return OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
