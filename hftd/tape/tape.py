"""Opening tapes: several files, one stream of events in the order of time."""

from collections.abc import Collection, Iterator, Sequence
from heapq import merge
from itertools import chain
from operator import attrgetter
from pathlib import Path

from hftd.core.events import Quote, Trade
from hftd.errors import HftdError
from hftd.tape.best import national, quotes
from hftd.tape.checks import HALF, QUOTE, TRADE
from hftd.tape.layout import Source, layout_of
from hftd.tape.parquet import MAGIC, ParquetSource
from hftd.tape.prints import prints
from hftd.tape.report import FileReport, TapeReport
from hftd.tape.rows import good_rows
from hftd.tape.text import TextSource


class Tape(Iterator[Trade | Quote]):
    """The events of a tape, once through. ``report`` says what became of every row read so far."""

    def __init__(self, paths: Sequence[Path], symbols: Collection[str] | None = None) -> None:
        """Look at every file; HftdError names the first that is no tape."""
        self.report = TapeReport()
        wanted = None if symbols is None else frozenset(symbols)
        streams = [self._stream(path, wanted) for path in paths]
        self._events = streams[0] if len(streams) == 1 else merge(*streams, key=attrgetter("seen"))

    def __iter__(self) -> Iterator[Trade | Quote]:
        # The iterator underneath spares a call of `__next__` here for every event.
        return self._events

    def __next__(self) -> Trade | Quote:
        return next(self._events)

    def _stream(self, path: Path, wanted: frozenset[str] | None) -> Iterator[Trade | Quote]:
        source = _source(path)
        layout = layout_of(path, source.columns)
        file = FileReport(path, layout.kind)
        self.report.files.append(file)
        batches = source.batches(layout)
        if layout.kind == "trades":
            return chain.from_iterable(prints(good_rows(batches, TRADE, wanted, file), file))
        if layout.kind == "halves":
            return chain.from_iterable(national(good_rows(batches, HALF, wanted, file), file))
        return chain.from_iterable(quotes(good_rows(batches, QUOTE, wanted, file), file))


def open_tape(paths: Sequence[Path], symbols: Collection[str] | None = None) -> Tape:
    """The events of ``paths`` (Parquet or CSV, trades or quotes), oldest first, of ``symbols`` only if given.

    Events are seen at the time they carry. Within one file their order is kept; across files events of one time
    come in the order the files are given. Little of each file is in memory at a time. Rows that make no sense are
    left out and counted in the tape's ``report``. HftdError names a file that cannot be read or is no tape.
    """
    return Tape(paths, symbols)


def _source(path: Path) -> Source:
    try:
        with path.open("rb") as file:
            parquet = file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise HftdError(f"{path}: cannot be read: {error.strerror}") from error
    return ParquetSource(path) if parquet else TextSource(path)
