"""A risk check: no intent between two times of day in New York. What closes a position may pass."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from hftd import hookimpl
from hftd.core.risk.check import opening

NEW_YORK = ZoneInfo("America/New_York")
START, END = time(12, 0), time(13, 0)


def lunch(limits):
    def check(intent, state):
        now = datetime.fromtimestamp(state.now / 1e9, NEW_YORK).time()
        if not START <= now < END or not opening(intent, state):
            return None
        return f"it is {now:%H:%M} in New York, positions are not opened from {START:%H:%M} to {END:%H:%M}"

    return check


@hookimpl
def register_checks():
    return {"lunch": lunch}
