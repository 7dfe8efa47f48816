"""What it costs to be watched: tick to order with nobody reading and with three who read, in turns.

It is one daemon all the time. The readers are stopped while they do not count, and go on where they were.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from bench.clients import ROOT, trading
from bench.figures import Reading, quantile
from bench.plan import Measure, Plan
from bench.tick_to_order import PAUSE, closed_loop
from bench.venue import Venue

WHAT = ("status", "latency", "journal")
TURNS = 4
"""How often one follows the other."""


def measures(plan: Plan) -> Iterator[Measure]:
    """One daemon, watched and not watched."""
    yield partial(_run, plan)


def _run(plan: Plan) -> Sequence[Reading]:
    samples: dict[str, list[int]] = {"none": [], "three": []}
    spent = dict.fromkeys(samples, 0)
    with trading("hftd") as (venue, client), _readers(venue, client.folder) as readers:
        closed_loop(venue, plan.dropped, PAUSE)
        for _ in range(TURNS):
            for who, sign in (("none", signal.SIGSTOP), ("three", signal.SIGCONT)):
                for reader in readers:
                    reader.send_signal(sign)
                before = client.cpu()
                samples[who] += closed_loop(venue, plan.ticks, PAUSE)
                spent[who] += client.cpu() - before
        for reader in readers:
            if reader.poll() is not None:
                raise RuntimeError(f"{reader.args}: ended with {reader.returncode}")
    shares = (0.5, 0.99)
    return [
        *(Reading(f"readers/{who}/cpu", "µs/tick", spent[who] / len(taken) / 1000) for who, taken in samples.items()),
        *(
            Reading(f"readers/{who}/p{share * 100:.0f}", "µs", quantile(taken, share) / 1000)
            for who, taken in samples.items()
            for share in shares
        ),
    ]


@contextmanager
def _readers(venue: Venue, folder: Path) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """All three, reading, for the daemon with its settings in ``folder``; they take whatever core is free."""
    with ExitStack() as stack:
        running: list[subprocess.Popen[bytes]] = []
        here: list[bytes] = []
        for what in WHAT:
            command = [sys.executable, "-m", "bench.reader", what, str(folder)]
            reader = stack.enter_context(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE))
            stack.callback(reader.kill)
            os.sched_setaffinity(reader.pid, range(os.cpu_count() or 1))
            running.append(reader)
            venue.watch(reader.stdout, lambda reader=reader: here.append(reader.stdout.readline()))
        venue.until(lambda: len(here) == len(WHAT), "what three readers read first")
        yield running
