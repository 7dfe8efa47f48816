"""The trading days the daemon goes by: the calendar's, less what the broker disputes and the settings take off."""

import logging
from datetime import UTC, datetime, timedelta

from hftd.config.schema import Session
from hftd.core.session import Day, Schedule, schedule
from hftd.errors import ConfigError, HftdError
from hftd.runtime import message_ids
from hftd.runtime.back_office import BackOffice
from hftd.venues.days_off import agree, override

log = logging.getLogger("hftd")

BEFORE, AHEAD = timedelta(days=7), timedelta(days=30)  # the table is made anew every morning
SECOND = 1_000_000_000


def trading_days(office: BackOffice, settings: Session, now: int) -> tuple[Day, ...]:
    """The days around ``now``, agreed with the broker where it answers. Raises ConfigError, HftdError."""
    today = datetime.fromtimestamp(now / 1e9, UTC).date()
    first, last = str(today - BEFORE), str(today + AHEAD)
    answer, failure = office.wait("days", [settings.calendar, first, last])
    if failure:
        raise ConfigError(f"[session] {failure}")
    zone, days = answer
    rows, failure = office.wait("calendar", [first, last])
    if failure:
        log.warning("the broker's calendar cannot be had (%s): trading by the exchange calendar alone", failure)
    else:
        days, differences = agree(days, rows, (first, last), zone)
        for difference in differences:
            log.error("calendars differ: %s", difference, extra={"message_id": message_ids.CALENDAR_DIFFERS})
    days = override(days, settings.closed, settings.early_closes, zone)
    if not days:
        raise HftdError(f"[session] calendar: {settings.calendar} has no session between {first} and {last}")
    return days


def make_schedule(days: tuple[Day, ...], settings: Session) -> Schedule:
    """The daemon's moments on those days."""
    return Schedule(
        schedule(
            days,
            settings.phases,
            int(settings.wake_before_seconds * SECOND),
            int(settings.stop_before_seconds * SECOND),
            int(settings.linger_seconds * SECOND),
        )
    )
