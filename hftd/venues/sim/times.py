"""Times as the REST API writes them, and the clock and calendar objects (trading API, section 6)."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hftd.core.session import Day

SECOND = 1_000_000_000
NEW_YORK = ZoneInfo("America/New_York")


def rfc3339(ns: int) -> str:
    """``2023-12-12T22:31:24.668464435Z``, trailing zeros trimmed."""
    second, rest = divmod(ns, SECOND)
    text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{rest:09d}".rstrip("0") + "Z" if rest else text + "Z"


def nanoseconds(text: str) -> int:
    """The reverse; also accepts an offset, a date alone, and fewer digits. Raises ``ValueError``."""
    head, dot, tail = text.replace("Z", "+00:00").replace(" ", "+").partition(".")
    if not dot:
        moment = datetime.fromisoformat(head)
        return _whole(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    digits = len(tail) - len(tail.lstrip("0123456789"))
    moment = datetime.fromisoformat(head + (tail[digits:] or "+00:00"))
    return _whole(moment) + int(tail[:digits][:9].ljust(9, "0"))


def _whole(moment: datetime) -> int:
    return int(moment.timestamp()) * SECOND


def eastern(ns: int) -> str:
    """The moment on New York's clock, with its offset."""
    second, rest = divmod(ns, SECOND)
    text = datetime.fromtimestamp(second, NEW_YORK).isoformat()
    return f"{text[:19]}.{rest:09d}{text[19:]}" if rest else text


def eastern_date(ns: int) -> date:
    """The date on New York's clock."""
    return datetime.fromtimestamp(ns // SECOND, NEW_YORK).date()


class Almanac:
    """The trading days known to the venue."""

    def __init__(self, days: Sequence[Day]) -> None:
        regular = [(day, phase) for day in days if (phase := day.phase("regular"))]
        self._days = [day for day, _ in regular]
        self._opens = [phase.start for _, phase in regular]
        self._closes = [phase.end for _, phase in regular]

    def clock(self, now: int) -> dict[str, Any]:
        """``GET /v2/clock``. Beyond the last day known, the next moments are a day on."""
        opened, closed = bisect_right(self._opens, now), bisect_right(self._closes, now)
        beyond = now + 86_400 * SECOND
        return {
            "timestamp": eastern(now),
            "is_open": opened > closed,
            "next_open": eastern(self._opens[opened] if opened < len(self._opens) else beyond),
            "next_close": eastern(self._closes[closed] if closed < len(self._closes) else beyond),
        }

    def calendar(self, start: str, end: str) -> list[dict[str, Any]]:
        """``GET /v2/calendar`` between two dates, both included; an empty one does not bound."""
        return [_calendar_item(day) for day in self._days if (start or "") <= day.date <= (end or "9999")]


def _calendar_item(day: Day) -> dict[str, Any]:
    regular = day.phase("regular")
    assert regular is not None  # noqa: S101 - the almanac keeps no other days
    pre, post = day.phase("pre") or regular, day.phase("post") or regular
    return {
        "date": day.date,
        "open": _hour(regular.start, ":"),
        "close": _hour(regular.end, ":"),
        "session_open": _hour(pre.start, ""),
        "session_close": _hour(post.end, ""),
        "settlement_date": _settlement(day.date),
    }


def _hour(ns: int, colon: str) -> str:
    return datetime.fromtimestamp(ns // SECOND, NEW_YORK).strftime(f"%H{colon}%M")


def _settlement(day: str) -> str:
    """The next weekday: good enough for a paper account, which settles nothing."""
    moment = date.fromisoformat(day) + timedelta(days=1)
    while moment.weekday() >= 5:
        moment += timedelta(days=1)
    return moment.isoformat()
