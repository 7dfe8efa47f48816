"""A calendar without nights: every day is a session from midnight to midnight, UTC."""

from datetime import UTC, datetime, timedelta

from hftd import hookimpl
from hftd.core.session import Day, Phase

DAY = 86_400_000_000_000  # ns


def always(calendar, first, last):
    days = []
    for number in range((last - first).days + 1):
        date = first + timedelta(days=number)
        start = int(datetime(date.year, date.month, date.day, tzinfo=UTC).timestamp()) * 1_000_000_000
        days.append(Day(date.isoformat(), (Phase("regular", start, start + DAY),)))
    return "UTC", tuple(days)


@hookimpl
def register_calendars():
    return {"ALWAYS": always}
