"""Times of the command line: how long, and when."""

import argparse
import re
from datetime import UTC, datetime

SECOND = 1_000_000_000


def span(text: str) -> float:
    """``20s``, ``5m`` or ``1h`` in seconds. Raises ArgumentTypeError."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no span of time, expected one such as 20s, 5m or 1h")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


def moment(text: str) -> int:
    """A date or time of the command line, ns UTC. Raises ArgumentTypeError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"found {text}, expected a date or a time such as 2026-11-20T14:30") from None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return int(aware.timestamp()) * SECOND
