"""Two clocks that differ: by how much at the least, and what a state must mend when its own is set back."""

from collections import deque

from hftd.core.events import ClockSkew
from hftd.core.state import MINUTE, State


def least_skew(asked: int, told: int, answered: int) -> int:
    """The least, in ns, a clock can be ahead of ours (negative: behind) that said ``told`` between two times of ours.

    Nobody knows when between question and answer it was said: what that allows is no difference.
    """
    return told - answered if told > answered else min(0, told - asked)


def hear(state: State, event: ClockSkew) -> None:
    """Note by how much clocks differ; a time of ours that is in the future by now comes back."""
    state.skew = event.ns
    if event.seen < state.now:
        set_back(state, event.seen)


def set_back(state: State, now: int) -> None:
    """Bring back to ``now`` (ns) what happened at times that are yet to come.

    Else prices would seem fresh, and orders recent, for as long as the clock was wrong.
    """
    state.now = now
    for line in state.book.lines.values():
        line.seen = min(line.seen, now)
        line.until = min(line.until, now - now % MINUTE + MINUTE)
    state.pace = deque(min(at, now) for at in state.pace)
    state.recent = deque(order for order in state.recent if order.at <= now)
    for row in state.rejects.values():
        row.at = min(row.at, now)
    blotter = state.blotter
    for bound in blotter.bound.values():
        bound.touched = min(bound.touched, now)
    for working in (*blotter.open.values(), *blotter.done.values()):
        working.assumed_at = min(working.assumed_at, now)
