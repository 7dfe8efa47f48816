"""What the settings and the broker take off an exchange's table of trading days. Neither ever adds to it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hftd.core.session import Day, Phase
from hftd.errors import ConfigError, Unavailable


def override(days: Sequence[Day], closed: Sequence[str], early_closes: Mapping[str, str], zone: str) -> tuple[Day, ...]:
    """``days`` less those in ``closed``, and with those in ``early_closes`` (date: HH:MM in ``zone``) cut short.

    An early close moves the post-market forward with it and never makes a day longer. To be applied last, after
    ``agree``: the broker's calendar says nothing about the user's wishes. Raises ConfigError on a date or a time that
    does not exist, since a mistyped day off would be a day of trading.
    """
    for day in closed:
        _moment(day, "00:00", zone, "[session] closed")
    closes = {
        day: _moment(day, clock, zone, "[session] early_closes")
        for day, clock in early_closes.items()
    }
    cut = (_closing_at(day, closes[day.date]) if day.date in closes else day for day in days if day.date not in closed)
    return tuple(day for day in cut if day is not None)


def _closing_at(day: Day, close: int) -> Day | None:
    """``day`` with its regular phase ending at ``close``, ns, if that is earlier; None if nothing is left of it."""
    regular = day.phase("regular")
    if regular is None or close >= regular.end:
        return day
    if close <= regular.start:
        return None
    shift = regular.end - close
    moved = (
        Phase(phase.name, phase.start - shift, phase.end - shift)
        if phase.start >= regular.end
        else Phase(phase.name, phase.start, min(phase.end, close))
        for phase in day.phases
    )
    return Day(day.date, tuple(phase for phase in moved if phase.start < phase.end))


def agree(
    days: Sequence[Day],
    broker: Iterable[Mapping[str, Any]],
    asked: tuple[str, str] | None = None,
    zone: str = "America/New_York",
) -> tuple[tuple[Day, ...], tuple[str, ...]]:
    """What exchange calendar and broker agree on, and a sentence for each difference; disputed time counts as closed.

    ``broker`` has ``{"date": "2026-11-27", "open": "09:30", "close": "13:00"}`` for each session between the two dates
    ``asked``, in ``zone``; without ``asked`` only the dates from its first to its last session are compared. A day only
    one side knows is closed. Where hours differ, regular trading is what both call open, and there is no pre-market
    before a disputed open and no post-market after a disputed close. Raises Unavailable on a row that makes no sense.
    """
    theirs = dict(_hours(row, zone) for row in broker)
    if not theirs and asked is None:
        return tuple(days), ("The broker's calendar is empty: it was not compared with the exchange calendar.",)
    first, last = asked or (min(theirs), max(theirs))
    agreed: list[Day] = []
    differences: dict[str, str] = {}
    for day in days:
        if not first <= day.date <= last:
            agreed.append(day)
            continue
        both, difference = _both(day, theirs.pop(day.date, None), zone)
        if difference:
            differences[day.date] = difference
        if both:
            agreed.append(both)
    for name, hours in theirs.items():
        differences[name] = f"{name}: only the broker trades ({_clocks(hours, zone)}); taken as closed."
    return tuple(agreed), tuple(differences[name] for name in sorted(differences))


def _both(day: Day, theirs: tuple[int, int] | None, zone: str) -> tuple[Day | None, str]:
    """What is left of ``day`` where the broker opens and closes at ``theirs``, and how the two differ, if they do."""
    regular = day.phase("regular")
    ours = (regular.start, regular.end) if regular else (0, 0)
    if theirs is None:
        return None, f"{day.date}: only the exchange calendar trades ({_clocks(ours, zone)}); taken as closed."
    if theirs == ours:
        return day, ""
    start, end = max(ours[0], theirs[0]), min(ours[1], theirs[1])
    difference = f"{day.date}: the exchange calendar trades {_clocks(ours, zone)}, the broker {_clocks(theirs, zone)}; "
    if start >= end:
        return None, difference + "taken as closed."
    disputed = {"pre"} if theirs[0] != ours[0] else set()
    disputed |= {"post"} if theirs[1] != ours[1] else set()
    kept = (phase for phase in day.phases if phase.name not in disputed)
    inside = (
        Phase(phase.name, max(phase.start, start), min(phase.end, end)) if phase.name in {"regular", "break"} else phase
        for phase in kept
    )
    both = Day(day.date, tuple(phase for phase in inside if phase.start < phase.end))
    return both, difference + f"taken as open {_clocks((start, end), zone)}."


def _hours(row: Mapping[str, Any], zone: str) -> tuple[str, tuple[int, int]]:
    """The date, open and close (ns) of one row of the broker's calendar."""
    try:
        day = str(row["date"])
        return day, (_moment(day, row["open"], zone, ""), _moment(day, row["close"], zone, ""))
    except (KeyError, TypeError, ConfigError) as error:
        expected = 'expected "date", "open" and "close" such as 2026-11-27, 09:30 and 13:00'
        raise Unavailable(f"the broker's calendar: {expected}, found {dict(row)}") from error


def _moment(day: str, clock: str, zone: str, where: str) -> int:
    """The ns UTC of an HH:MM on a YYYY-MM-DD in ``zone``. Raises ConfigError, beginning with ``where``."""
    try:
        local = datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise ConfigError(f'{where}: expected a YYYY-MM-DD and HH:MM that exist, found "{day}" "{clock}"') from error
    return int(local.timestamp()) * 1_000_000_000


def _clocks(span: tuple[int, int], zone: str) -> str:
    """A span as 09:30-16:00 in ``zone``."""
    start, end = (datetime.fromtimestamp(moment // 1_000_000_000, ZoneInfo(zone)) for moment in span)
    return f"{start:%H:%M}-{end:%H:%M}"
