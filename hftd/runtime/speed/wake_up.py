"""What it costs to wake up: how much later than asked for a sleep in the kernel ends."""

import time
from statistics import median

TIMES = 40
SPAN = 1e-3  # seconds; long enough that an idle processor goes into a sleep state it takes time to leave


def lateness(times: int = TIMES, span: float = SPAN) -> float:
    """Microseconds that the median of so many sleeps of ``span`` seconds ends too late; it takes their sum."""
    late = []
    for _ in range(times):
        due = time.perf_counter() + span
        time.sleep(span)
        late.append(time.perf_counter() - due)
    return median(late) * 1e6
