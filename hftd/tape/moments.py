"""Times as other programs write them, as nanoseconds since 1970 UTC."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["ns", "us", "ms", "s", "iso"]
SECOND = 10**9
SCALES: Mapping[str, int] = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": SECOND}
UNKNOWN = -1
BEYOND = 2**63  # no tape has room for so large a number

_FRACTION = re.compile(r"[.,](\d+)")
_EPOCH = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))


def moments(texts: Sequence[str], unit: Unit, zone: ZoneInfo) -> list[int]:
    """The times ``texts`` say, -1 where one says none.

    ``iso`` is ISO 8601, to the nanosecond, of ``zone`` where it names none; any other is how much time has passed since
    1970 UTC, in that unit, with a fraction if it likes.
    """
    return [_iso(text, zone) if unit == "iso" else _passed(text, SCALES[unit]) for text in texts]


def _passed(text: str, scale: int) -> int:
    try:
        passed = int(text) * scale if text.isdecimal() else Decimal(text) * scale
        # Looked at before it is made whole: a one with a million zeros takes for ever.
        return int(passed) if 0 <= passed < BEYOND else UNKNOWN
    except (ArithmeticError, ValueError):
        return UNKNOWN


def _iso(text: str, zone: ZoneInfo) -> int:
    fraction = _FRACTION.search(text)
    try:
        whole = datetime.fromisoformat(_FRACTION.sub("", text.strip(), count=1))
    except ValueError:
        return UNKNOWN
    aware = whole if whole.tzinfo else whole.replace(tzinfo=zone)
    seconds = (aware - _EPOCH) // timedelta(seconds=1)
    at = seconds * SECOND + (int(fraction[1][:9].ljust(9, "0")) if fraction else 0)
    return at if 0 <= at < BEYOND else UNKNOWN
