"""A stretch of market data, lived in one go: most ticks have no consequence, and each should cost little."""

from collections.abc import Callable, Sequence
from functools import partial

from hftd import native
from hftd.core.effects import Effect
from hftd.core.events import Event, Quote, Trade
from hftd.core.state import State

# While it closes a model still hears the market; what it wishes is refused.
LISTENING = frozenset({"open", "closing"})


class Unheeded(Event, frozen=True):
    """So many prints in a row of symbols that have no line in the book, the last of them seen at ``seen`` (ns UTC).

    Nobody hears of them and nothing is valued by them, so they are counted and no more. It stands in no journal: the
    frame does, and read again it may be told print by print.
    """

    count: int
    seen: int


Tick = Trade | Quote | Unheeded
Step = Callable[[Event], Sequence[Effect]]


def count(state: State, prints: Unheeded) -> None:
    """Take prints nobody hears of."""
    state.counts["trades" if state.phase in LISTENING else "outside"] += prints.count


def messages(ticks: Sequence[Event]) -> int:
    """How many messages of the venue these were."""
    return sum(tick.count if type(tick) is Unheeded else 1 for tick in ticks)


def live_in_python(step: Step, ticks: Sequence[Tick], due: int) -> tuple[int, Sequence[Effect]]:
    """Take ticks up to the first that has consequences; how many were taken, and what follows from the last.

    One that is seen at ``due`` (ns UTC) or later is not taken: something else comes before it.
    """
    taken = 0
    for tick in ticks:
        if tick.seen >= due:
            break
        taken += 1
        effects = step(tick)
        if effects:
            return taken, effects
    return taken, ()


live: Callable[[Step, list[Tick], int], tuple[int, Sequence[Effect]]] = (
    live_in_python if native.wire is None else partial(native.wire.live, Trade, Quote)
)
