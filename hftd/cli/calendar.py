"""``hftd calendar``: whether the exchange is open, and its next days as the settings have them."""

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from hftd.cli.options.settings import add_config
from hftd.config.schema import Session
from hftd.core.session import Day
from hftd.errors import OK
from hftd.venues.days_off import override
from hftd.venues.exchange_calendar import Table, table

# No exchange plans to be shut for two weeks.
CLOSURE = timedelta(14)
SAID = {"pre": "pre-market", "regular": "open", "break": "closed for a break", "post": "post-market"}
TIMES = (("pre", "start"), ("regular", "start"), ("regular", "end"), ("post", "end"))
HEADING = "pre      open     close    post     "


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    command = commands.add_parser(
        "calendar",
        help="when the exchange is open",
        description="Whether the exchange is open and its next days: its calendar, with the overrides of the settings. "
        "The running daemon compares both with the broker's calendar too.",
    )
    add_config(command)
    command.add_argument("--from", dest="first", type=_day, metavar="DATE", help="first day (default: today)")
    command.add_argument("--days", type=_count, default=10, metavar="N", help="how many trading days (default: 10)")
    command.add_argument("--calendar", metavar="NAME", help="show this calendar, whatever the settings say")
    command.add_argument("--json", action="store_true", help="the days as JSON, times in UTC")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace, clock: Callable[[], int] = time.time_ns) -> int:
    """Print the calendar as of ``clock``, ns UTC. Raises ConfigError, or Refused for settings that are closed to us."""
    session = _session(arguments.config, arguments.calendar)
    now = clock()
    today = _local(now, UTC).date()
    near = _table(session.calendar, today - timedelta(2), today + CLOSURE)
    zone = ZoneInfo(near.zone)
    first = arguments.first or _local(now, zone).date()
    known = _table(session.calendar, first, first + timedelta(2 * arguments.days) + CLOSURE)
    days = _overridden(known, session)[: arguments.days]
    if arguments.json:
        print(json.dumps([plain(day, day.date in _early(known, days)) for day in days], indent=2))
    else:
        print(f"{session.calendar}: {standing(_overridden(near, session), now, zone)}\n")
        print("\n".join(rows(known, days)))
    return OK


def standing(days: Sequence[Day], now: int, zone: tzinfo) -> str:
    """Whether the exchange is open at ``now`` (ns UTC) and until when; if it is not, when it opens next."""
    clock = f"{_local(now, zone):%a %Y-%m-%d %H:%M %Z}"
    inside = [phase for day in days for phase in day.phases if phase.start <= now < phase.end]
    if inside:
        # A break lies inside the regular phase and starts after it.
        phase = max(inside, key=lambda one: one.start)
        return f"{SAID[phase.name]} at {clock}, until {_local(phase.end, zone):%H:%M}"
    opens = [regular.start for day in days if (regular := day.phase("regular")) and regular.start > now]
    return f"closed at {clock}" + (f", opens {_local(min(opens), zone):%a %Y-%m-%d %H:%M}" if opens else "")


def rows(known: Table, days: Sequence[Day]) -> Iterator[str]:
    """The table: a line for each of ``days``, and for each day among them that only the calendar, ``known``, has."""
    zones = (ZoneInfo(known.zone), ZoneInfo("UTC"))
    yield f"{'':17}{known.zone:36}UTC"
    yield f"{'date':12}{'day':5}{HEADING}{HEADING}".rstrip()
    early = _early(known, days)
    ours = {day.date: day for day in days}
    for theirs in known.days:
        if theirs.date > max(ours, default=""):
            return
        day = ours.get(theirs.date)
        times = "".join(_times(day, zone) for zone in zones) if day else "closed"
        remark = "early close" if theirs.date in early else ""
        remark += " [settings]" if day != theirs else ""
        yield f"{theirs.date}  {date.fromisoformat(theirs.date):%a}  {times}{remark}".rstrip()


def plain(day: Day, early: bool) -> dict[str, object]:
    """A day for programs. Times are ISO 8601 in UTC: nanoseconds would be rounded by readers with float numbers."""
    phases = {
        phase.name: {"start": f"{_local(phase.start, UTC):%Y-%m-%dT%H:%M:%SZ}",
                     "end": f"{_local(phase.end, UTC):%Y-%m-%dT%H:%M:%SZ}"}
        for phase in day.phases
    }  # fmt: skip
    return {"date": day.date, "phases": phases, "early_close": early}


def _times(day: Day, zone: tzinfo) -> str:
    """The day's bells in ``zone``, those on another date than its own marked +1 or -1; blank where it has none."""
    cells = []
    for name, bell in TIMES:
        phase = day.phase(name)
        local = _local(getattr(phase, bell), zone) if phase else None
        away = (local.date() - date.fromisoformat(day.date)).days if local else 0
        cells.append(f"{f'{local:%H:%M}' if local else '':5}{f'{away:+d}' if away else '':4}")
    return "".join(cells)


def _early(known: Table, days: Sequence[Day]) -> frozenset[str]:
    """Dates that close early, by the calendar or because the settings cut them short."""
    planned = set(known.days)
    return frozenset(known.early_closes) | {day.date for day in days if day not in planned}


def _overridden(known: Table, session: Session) -> tuple[Day, ...]:
    return override(known.days, session.closed, session.early_closes, known.zone)


def _session(path: Path, calendar: str | None) -> Session:
    """The file's settings; for a calendar asked for by name, none: overrides are for the exchange of the file."""
    from hftd.config.load import load  # noqa: PLC0415 - every command is imported to make the help page

    return Session(calendar=calendar) if calendar else load(path).session


def _table(calendar: str, first: date, last: date) -> Table:
    """The days from ``first`` to ``last`` of the installed plugin that has the calendar, else of the library."""
    from hftd.plugin import host  # noqa: PLC0415 - as above

    part = host.load(None).parts("calendars").get(calendar)
    if part is None:
        return table(first, last, calendar)
    zone, days = part.factory(calendar, first, last)
    return Table(calendar, zone, days, ())


def _local(moment: int, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(moment // 1_000_000_000, zone)


def _day(text: str) -> date:
    """A date of the command line. Raises ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f'expected a date such as 2026-11-27, found "{text}"') from error


def _count(text: str) -> int:
    """A number of days of the command line, held to what a calendar can know. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 2000:
        raise argparse.ArgumentTypeError(f'expected a number from 1 to 2000, found "{text}"')
    return int(text)
