"""The calendars hftd ships: every exchange pandas-market-calendars knows."""

from datetime import date

from hftd.core.session import Day
from hftd.plugin.hookspecs import CalendarFactory
from hftd.plugin.marks import hookimpl
from hftd.venues.calendar_cache import cached_table


@hookimpl
def register_calendars() -> dict[str, CalendarFactory]:
    """``exchange`` answers for every calendar no plugin registers by its own name."""
    return {"exchange": exchange}


def exchange(calendar: str, first: date, last: date) -> tuple[str, tuple[Day, ...]]:
    """The zone and the trading days of an exchange. Raises ConfigError where nobody knows it."""
    made = cached_table(first, last, calendar)
    return made.zone, made.days
