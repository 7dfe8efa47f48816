"""Along a tape, one event after another, until something follows from one: compiled where there is a compiler."""

from collections.abc import Callable, Iterator, Sequence

from hftd import native
from hftd.core.effects import Effect
from hftd.core.events import Event, Quote, Trade
from hftd.tape.layout import Market

Met = tuple[Market, Sequence[Event] | None, Sequence[Effect]]
"""An event, what the venue reports of it, what follows from it; reports are None where nobody has heard it yet."""


def walk(
    events: Iterator[Market], due: int, trade: Callable[[Trade], Sequence[Event]],
    quote: Callable[[Quote], Sequence[Event]], step: Callable[[Event], Sequence[Effect]],
) -> Met | None:  # fmt: skip
    """Let the venue (``trade``, ``quote``) and then the engine (``step``) hear what comes before ``due`` (ns UTC).

    Stops at the first from which something follows; and before the first that is due, or is neither print nor quote.
    None: there are no more.
    """
    if native.wire is None:
        return walk_in_python(events, due, trade, quote, step)
    return native.wire.walk(events, due, Trade, Quote, trade, quote, step)


def walk_in_python(
    events: Iterator[Market], due: int, trade: Callable[[Trade], Sequence[Event]],
    quote: Callable[[Quote], Sequence[Event]], step: Callable[[Event], Sequence[Effect]],
) -> Met | None:  # fmt: skip
    """What ``walk`` does, where it is not compiled."""
    for event in events:
        # The venue acts on a print before anybody hears of it; its answers come after the print itself.
        if event.seen >= due:
            return event, None, ()
        if type(event) is Trade:
            reports = trade(event)
        elif type(event) is Quote:
            reports = quote(event)
        else:
            return event, None, ()
        effects = step(event)
        if effects or reports:
            return event, reports, effects
    return None
