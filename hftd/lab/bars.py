"""A tape with the bars a venue would have sent: models that decide on bars hear them in a replay as they do live."""

from collections.abc import Iterable, Iterator, Sequence

from hftd.core.bars import BarBuilder
from hftd.core.events import Trade
from hftd.core.session import NEVER, Day
from hftd.tape.layout import Market

DAY_BEFORE_OPEN = 34_200_000_000_000  # New York opens 9.5 hours after midnight, on days the clock is not changed


def with_bars(tape: Iterable[Market], days: Sequence[Day]) -> Iterator[Market]:
    """The events of ``tape``, each minute's bar before the print that ends the minute, the last one with its session.

    Bars are built by the rules of Alpaca's, one day of ``days`` at a time; prints before the first day make none.
    """
    coming = iter(days)
    builder, close, following = BarBuilder(0, 0), NEVER, next(coming, None)
    for event in tape:
        while event.seen >= close:
            yield from builder.until(close)
            close = NEVER
        while following is not None and following.phases and event.seen >= following.phases[0].start:
            regular = following.phase("regular") or following.phases[0]
            builder, close = BarBuilder(regular.start - DAY_BEFORE_OPEN, regular.start), regular.end
            following = next(coming, None)
        if type(event) is Trade:
            yield from builder.add(event)
        yield event
    if close != NEVER:
        yield from builder.until(close)
