"""Events as the columns they are written in: the way back from ``turn``."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from hftd.tape.layout import NUMBER, Layout, Market
from hftd.tape.letters import joined, written


def names(layout: Layout) -> tuple[str, ...]:
    """The columns of a file that is written: all its layout knows, and the row's place in the recording."""
    return (*layout.needs, *layout.may, NUMBER)


def columns(layout: Layout, events: Sequence[Market], numbers: Sequence[int]) -> dict[str, list[Any]]:
    """The values of ``names``, one of each for every event; ``numbers`` are the events' places in the recording."""
    made: dict[str, list[Any]] = {}
    for name in (*layout.needs, *layout.may):
        values: Iterable[Any] = map(attrgetter(layout.field(name)), events)
        if name == "bars":
            values = map(written, values)
        elif name == "conditions":
            values = map(joined, values)
        elif name == "halted":
            values = (None if value is None else int(value) for value in values)
        made[name] = list(values)
    made[NUMBER] = list(numbers)
    return made
