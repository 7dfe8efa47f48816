"""What each piece of the way from a tick to its order takes by itself, without a venue and without a wait.

Two figures a piece. ``hot`` is processor time of a call among thousands, with everything in the caches. ``rested`` is
the median time of a call before which other data went through the caches, which is how a tick finds the program after
a pause. What the kernel does is left out, but for the journal's own write.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from statistics import median

from bench.figures import Reading
from bench.pieces_made import PIECES
from bench.plan import Measure, Plan

CACHES = 2 * 1024 * 1024  # bytes: what a core's own caches hold


def measures(plan: Plan) -> Iterator[Measure]:
    """Each piece."""
    for name, made in PIECES.items():
        yield partial(_run, plan, name, made)


def _run(plan: Plan, name: str, made: Callable[[ExitStack], Callable[[], object]]) -> Sequence[Reading]:
    with ExitStack() as stack:
        piece = made(stack)
        gc.collect()
        gc.disable()
        stack.callback(gc.enable)
        hot = processor_time(piece, plan.calls)
        rested = time_after_a_rest(piece, plan.calls // 20)
    return [Reading(f"pieces/{name}/hot", "µs", hot), Reading(f"pieces/{name}/rested", "µs", rested)]


def processor_time(piece: Callable[[], object], calls: int) -> float:
    """Processor time of one call in µs, of so many; an empty call is taken off."""

    def spent(call: Callable[[], object]) -> int:
        began = time.process_time_ns()
        for _ in range(calls):
            call()
        return time.process_time_ns() - began

    def nothing() -> None:
        pass

    spent(piece)
    return max(spent(piece) - spent(nothing), 1) / calls / 1000


def time_after_a_rest(piece: Callable[[], object], calls: int) -> float:
    """The median time of one call in µs, other data going through the caches before each."""
    other = bytes(CACHES)
    times = []
    for _ in range(calls):
        other.count(1)
        began = time.perf_counter_ns()
        piece()
        times.append(time.perf_counter_ns() - began)
    return median(times) / 1000
