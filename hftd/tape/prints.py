"""Rows of prints as ``Trade`` events."""

from collections.abc import Iterable, Iterator
from itertools import repeat

from hftd.core.events import Trade
from hftd.tape.layout import Batch
from hftd.tape.report import FileReport


def prints(batches: Iterable[Batch], file: FileReport) -> Iterator[Iterable[Trade]]:
    """The trades of each batch, in the file's order, seen when they happened."""
    for batch in batches:
        times = batch["ts_ns"]
        file.events += len(times)
        yield map(
            Trade, batch["symbol"], batch["price"], batch["size"], times, times,
            batch.get("conditions", repeat(())), batch.get("exchange", repeat("")), batch.get("tape", repeat("")),
        )  # fmt: skip
