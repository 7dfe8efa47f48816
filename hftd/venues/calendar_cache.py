"""Tables of trading days, kept on disk: making one imports pandas, which takes longer than all the rest of a start.

A file belongs to one calendar, a span of whole years and one version of pandas-market-calendars, so an upgrade of the
library, the only way it learns of an unforeseen closure, makes every table anew.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from hftd.core.session import Day
from hftd.venues.exchange_calendar import Table, from_json, table, to_json

LIBRARY = "pandas-market-calendars"


def cached_table(first: date, last: date, calendar: str, environ: Mapping[str, str] | None = None) -> Table:
    """``table(first, last, calendar)``, from the disk where it is there. A folder that cannot be used costs only time.

    Raises ConfigError if nobody knows the calendar.
    """
    start, end = date(first.year, 1, 1), date(last.year, 12, 31)
    folder = _folder(os.environ if environ is None else environ)
    path = folder and folder / f"{calendar.replace('/', '_')}-{start.year}-{end.year}-{version(LIBRARY)}.json"
    made = _kept(path, calendar) if path else None
    if made is None:
        made = table(start, end, calendar)
        if path:
            _keep(path, made)
    days = tuple(day for day in made.days if str(first) <= day.date <= str(last))
    return Table(
        made.calendar, made.zone, days, tuple(day for day in made.early_closes if str(first) <= day <= str(last))
    )


def cached_days(first: date, last: date, calendar: str = "NYSE") -> tuple[Day, ...]:
    """The trading days from ``first`` to ``last``, both included. Raises ConfigError if nobody knows the calendar."""
    return cached_table(first, last, calendar).days


def _folder(environ: Mapping[str, str]) -> Path | None:
    """The service's CacheDirectory, else the user's own cache; None for who has no home."""
    given = environ.get("CACHE_DIRECTORY", "").partition(":")[0]
    if given:
        return Path(given)
    if environ.get("XDG_CACHE_HOME"):
        return Path(environ["XDG_CACHE_HOME"]) / "hftd"
    return Path(environ["HOME"]) / ".cache" / "hftd" if environ.get("HOME") else None


def _kept(path: Path, calendar: str) -> Table | None:
    with suppress(OSError, msgspec.MsgspecError, ValueError):
        made = from_json(path.read_bytes())
        if made.calendar == calendar:
            return made
    return None


def _keep(path: Path, made: Table) -> None:
    # Written beside and renamed, so that nobody ever reads half a table.
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(to_json(made))
        Path(file.name).replace(path)
