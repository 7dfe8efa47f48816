"""A tape with the bars a venue would have sent: models that decide on bars hear them in a replay as they do live."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

from hftd.core.bars import SECOND, BarBuilder
from hftd.core.events import Trade
from hftd.core.session import NEVER, Day
from hftd.tape.layout import Market

HALF_MINUTE = 30 * SECOND
NIGHT = 34_200 * SECOND  # New York opens 9.5 hours after midnight, but on days the clock is changed, which are Sundays


class _Window(Struct, frozen=True):
    """A phase bars are sent in, and when its day and its regular session began, ns UTC."""

    start: int
    end: int
    midnight: int
    opens: int


def with_bars(tape: Iterable[Market], days: Sequence[Day], phases: Collection[str]) -> Iterator[Market]:
    """The events of ``tape`` with bars by the rules of Alpaca's, sent in ``phases`` of ``days``.

    A minute's bar comes before the print that ends it, or with the first event of another symbol half a minute has
    passed with; the last one comes with the end of its phase. The first is that of the minute before the open.
    """
    windows = iter(_windows(days, phases))
    window, builder, midnight, half, sending = next(windows, None), BarBuilder(0, 0), 0, 0, False
    for event in tape:
        now = event.seen
        while window is not None and now >= window.end:
            yield from builder.until(window.end) if sending else ()
            window, sending = next(windows, None), False
        if window is not None and now >= window.midnight > midnight:
            midnight = window.midnight
            builder = BarBuilder(midnight, window.opens)
        sending = window is not None and now >= window.start
        if now // HALF_MINUTE != half:
            half = now // HALF_MINUTE
            over = builder.until(now)
            yield from over if sending else ()
        if type(event) is Trade:
            over = builder.add(event)
            yield from over if sending else ()
        yield event
    if window is not None and sending:
        yield from builder.until(window.end)


def _windows(days: Sequence[Day], phases: Collection[str]) -> Iterator[_Window]:
    for day in days:
        regular = day.phase("regular")
        opens = regular.start if regular is not None else day.phases[0].start if day.phases else NEVER
        for phase in day.phases:
            if phase.name in phases:
                yield _Window(phase.start, phase.end, opens - NIGHT, opens)
