"""A calendar without nights: every day is a session from midnight to midnight, UTC."""

from datetime import UTC, datetime, time, timedelta

from hftd import hookimpl
from hftd.core.session import Day, Phase

SECOND = 1_000_000_000  # ns


def midnight(date):
    return int(datetime.combine(date, time(0), UTC).timestamp()) * SECOND


def always(calendar, first, last):
    dates = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    days = [
        Day(date.isoformat(), (Phase("regular", midnight(date), midnight(date + timedelta(days=1))),)) for date in dates
    ]
    return "UTC", tuple(days)


@hookimpl
def register_calendars():
    return {"ALWAYS": always}
