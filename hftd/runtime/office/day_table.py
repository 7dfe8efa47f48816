"""The trading days the daemon goes by: the calendar's, less what the broker disputes and the settings take off."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hftd.config.schema import Session
from hftd.core.session import Day, Schedule, schedule
from hftd.errors import HftdError, Unavailable
from hftd.runtime.office.back_office import BackOffice
from hftd.runtime.people import message_ids
from hftd.venues.days_off import agree, override

log = logging.getLogger("hftd")

BEFORE, AHEAD = timedelta(days=7), timedelta(days=30)  # the table is made anew after every session
SECOND = 1_000_000_000


class DayTable:
    """Asks the back office for the days around a moment, and makes a schedule of them."""

    def __init__(self, office: BackOffice, settings: Session) -> None:
        self._office = office
        self._settings = settings

    def wait(self, now: int) -> Schedule:
        """The schedule around ``now`` (ns), waiting for it. Raises ConfigError, Unavailable, HftdError."""
        first, last = _span(now)
        zone, days = self._office.wait("days", [self._settings.calendar, first, last])
        rows, failure = None, ""
        try:
            rows = self._office.wait("calendar", [first, last])
        except Unavailable as error:
            failure = str(error)
        return self._made(zone, days, rows, failure, first, last)

    def ask(self, now: int, done: Callable[[Schedule | None], None]) -> None:
        """The same while the loop runs; ``done`` gets None where it cannot be had, and that is said."""
        first, last = _span(now)

        def with_days(answer: Any, failure: str) -> None:
            if answer is None:
                log.warning("the calendar cannot be had, the old table goes on: %s", failure)
                done(None)
                return
            self._office.ask("calendar", [first, last], lambda rows, failure: with_rows(answer, rows, failure))

        def with_rows(answer: Any, rows: Any, failure: str) -> None:
            zone, days = answer
            try:
                done(self._made(zone, days, rows, failure, first, last))
            except HftdError as error:
                log.error("the old table of days goes on: %s", error)
                done(None)

        self._office.ask("days", [self._settings.calendar, first, last], with_days)

    def _made(self, zone: str, days: tuple[Day, ...], rows: Any, failure: str, first: str, last: str) -> Schedule:
        settings = self._settings
        if rows is None:
            log.warning("the broker's calendar cannot be had (%s): trading by the exchange calendar alone", failure)
        else:
            days, differences = agree(days, rows, (first, last), zone)
            for difference in differences:
                log.error("calendars differ: %s", difference, extra={"message_id": message_ids.CALENDAR_DIFFERS})
        days = override(days, settings.closed, settings.early_closes, zone)
        if not days:
            raise HftdError(f"[session] calendar: {settings.calendar} has no session between {first} and {last}")
        return make_schedule(days, settings)


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


def _span(now: int) -> tuple[str, str]:
    today = datetime.fromtimestamp(now / 1e9, UTC).date()
    return str(today - BEFORE), str(today + AHEAD)
