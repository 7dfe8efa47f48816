"""When a scripted event happens, and in which symbol, where the script does not say."""

from typing import Any

from msgspec.structs import replace

from hftd.core.events import Bar, Event, Gap
from hftd.testing.build import SECOND

MINUTE, DAY = 60 * SECOND, 86_400 * SECOND


def stamped(event: Event, now: int, symbol: str) -> Event:
    """``event`` with a time after ``now`` (ns UTC) and with ``symbol``, where it has none of its own."""
    said: dict[str, Any] = {"symbol": symbol} if getattr(event, "symbol", None) == "" else {}
    if not event.seen:
        said |= _times(event, now, symbol)
    return replace(event, **said) if said else event


def _times(event: Event, now: int, symbol: str) -> dict[str, Any]:
    match event:
        case Bar(span="minute"):
            return {"ts": _whole(now), "seen": _whole(now) + MINUTE}
        case Bar(span="updated"):
            return {"ts": _whole(now + SECOND) - MINUTE, "seen": now + SECOND}
        case Bar():
            return {"ts": _whole(now, DAY), "seen": now + SECOND}
        case Gap(since=since, until=until, bars=bars):
            end = now + until - since
            return {"since": now, "until": end, "seen": end, "bars": _in_gap(bars, now, end, symbol)}
    times = {"ts", "seen"} & set(event.__struct_fields__)
    return dict.fromkeys(times, now + SECOND)


def _in_gap(bars: tuple[Bar, ...], since: int, seen: int, symbol: str) -> tuple[Bar, ...]:
    first = _whole(since - 1) + MINUTE
    return tuple(
        replace(bar, symbol=bar.symbol or symbol, ts=first + place * MINUTE, seen=seen)
        for place, bar in enumerate(bars)
    )


def _whole(moment: int, span: int = MINUTE) -> int:
    """The beginning of the minute, or of the day (UTC), that ``moment`` is in."""
    return moment - moment % span
