"""What each piece of the way from a tick to its order takes by itself, without a venue and without a wait.

Pieces that are compiled where there is a compiler are measured as they are then and as they are in Python. Two figures
each. ``hot`` is processor time of a call among thousands, with everything in the caches. ``rested`` is
the median time of a call before which other data went through the caches, which is how a tick finds the program after
a pause. What the kernel does is left out, but for the journal's own write.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from statistics import median
from unittest.mock import patch

from bench.figures import Reading
from bench.pieces_made import COMPILED, PIECES
from bench.plan import Measure, Plan
from hftd import native
from hftd.runtime.past import journal, record
from hftd.runtime.wire import framing

CACHES = 2 * 1024 * 1024  # bytes: what a core's own caches hold


def measures(plan: Plan) -> Iterator[Measure]:
    """Each piece."""
    for name in PIECES:
        yield partial(_run, plan, name, "Python")
        if name in COMPILED and native.wire is not None:
            yield partial(_run, plan, name, "compiled")


def _run(plan: Plan, name: str, twin: str) -> Sequence[Reading]:
    with ExitStack() as stack:
        if twin == "Python":
            _in_python(stack)
        piece = PIECES[name](stack)
        gc.collect()
        gc.disable()
        stack.callback(gc.enable)
        hot = processor_time(piece, plan.calls)
        rested = time_after_a_rest(piece, plan.calls // 20)
    row = f"pieces/{name}/{twin}"
    return [Reading(f"{row}/hot", "µs", hot), Reading(f"{row}/rested", "µs", rested)]


def _in_python(stack: ExitStack) -> None:
    """Do without what is compiled."""
    stack.enter_context(patch.object(native, "wire", None))
    stack.enter_context(patch.object(framing, "split", framing.split_in_python))
    stack.enter_context(patch.object(record, "append", record.append_in_python))
    stack.enter_context(patch.object(journal, "add_frames", record.add_frames_in_python))


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
