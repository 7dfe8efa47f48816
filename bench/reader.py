"""One who watches a running daemon: `python -m bench.reader WHAT FOLDER`, where its settings are.

``status`` asks how it is once a second, as a dashboard does; ``latency`` asks how fast it is; ``journal`` follows what
is written, as an exporter does. It runs when nothing else wants the core, as its unit in systemd would have it.
"""

import os
import sys
import time
from collections import deque
from itertools import count
from pathlib import Path

from hftd.cli.daemon.line import ask
from hftd.runtime.past.tail import Tail

EVERY = 1.0  # seconds
OFTEN = 0.1  # seconds between looks at the journal


def main() -> None:
    """Watch until killed; a line on standard output says that the first look is done."""
    what, state = sys.argv[1], Path(sys.argv[2]) / "state"
    (day,) = (state / "journal").iterdir()
    tail = Tail(day)
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    for look in count():
        if what == "journal":
            deque(tail.records(), 0)
        else:
            ask(state / "hftd.sock", {"ask": what})
        if not look:
            print("here", flush=True)
        time.sleep(OFTEN if what == "journal" else EVERY)


if __name__ == "__main__":
    main()
