"""A risk check: positions are not opened between two times of day in New York."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from hftd import hookimpl
from hftd.core.risk.check import opening

NEW_YORK = ZoneInfo("America/New_York")
START, END = time(12, 0), time(13, 0)


def lunch(limits):
    def check(intent, state):
        now = datetime.fromtimestamp(state.now / 1e9, NEW_YORK).time()
        if START <= now < END and opening(intent, state):
            return f"it is {now:%H:%M} in New York, positions are opened from {END:%H:%M} on"
        return None

    return check


@hookimpl
def register_checks():
    return {"lunch": lunch}
