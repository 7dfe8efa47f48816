"""How figures are written: money, shares of a whole, times."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

NONE = "–"
SECOND = 1_000_000_000


def money(dollars: float) -> str:
    """Dollars and cents with their sign: ``-$1,234.50``."""
    return f"{'-' if round(dollars, 2) < 0 else ''}${abs(dollars):,.2f}"


def per_cent(part: float | None) -> str:
    """A share of a whole in per cent."""
    return NONE if part is None else f"{part:.2%}"


def ratio(figure: float | None) -> str:
    """A figure without a unit."""
    return NONE if figure is None else f"{round(figure, 2) + 0.0:,.2f}"  # no minus zero


def clock(zone: str) -> Callable[[int], str]:
    """A function that writes a moment (ns UTC) as it is read off a clock in ``zone``."""
    place = ZoneInfo(zone)
    return lambda at: datetime.fromtimestamp(at / SECOND, UTC).astimezone(place).strftime("%Y-%m-%d %H:%M:%S")


def span(nanoseconds: int) -> str:
    """How long something took: ``1:02:03``, or seconds where it was less than a minute."""
    seconds = nanoseconds / SECOND
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
