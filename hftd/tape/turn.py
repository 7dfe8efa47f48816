"""Rows as the events they tell of."""

from collections.abc import Iterable, Iterator
from itertools import repeat
from operator import add
from typing import Any

from msgspec import NODEFAULT
from msgspec.structs import fields

from hftd.core.events import Bar, Gap, Status
from hftd.tape.column import rows
from hftd.tape.layout import Batch, Layout, Market
from hftd.tape.letters import minutes
from hftd.tape.report import FileReport

MINUTE = 60_000_000_000
HALTED = {1: True, 0: False}  # any other number: the code says nothing about trading


def events(batches: Iterable[Batch], layout: Layout, file: FileReport) -> Iterator[Iterable[Market]]:
    """The events of each batch of ``layout``, in the file's order.

    Where a file does not say when a row was seen, a bar was seen when its minute was over, all else when it happened.
    """
    columns = {layout.field(column): column for column in (*layout.needs, *layout.may)}
    places = [(columns.get(field.name, field.name), field.default) for field in fields(layout.event)]
    for batch in batches:
        file.events += len(batch["ts_ns"])
        yield rows(layout.event, [_values(batch, layout, column, default) for column, default in places])


def _values(batch: Batch, layout: Layout, column: str, default: Any) -> Iterable[Any]:
    if column == "halted" and layout.event is Status:
        return map(HALTED.get, batch[column])
    found = batch.get(column)
    if found is not None and layout.event is Gap and column == "bars":
        return map(minutes, found)
    if found is not None:
        return found
    if column == "seen_ns":
        return map(add, batch["ts_ns"], repeat(MINUTE)) if layout.event is Bar else batch["ts_ns"]
    return repeat(None if default is NODEFAULT else default)
