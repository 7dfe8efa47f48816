"""Opening tapes: several files, one stream of events in the order of time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain
from operator import attrgetter, itemgetter
from pathlib import Path

from hftd.core.events import Quote
from hftd.errors import HftdError
from hftd.tape.best import national
from hftd.tape.checks import CHECKS
from hftd.tape.layout import NUMBER, Batch, Kind, Layout, Market, Source, layout_of
from hftd.tape.parquet import MAGIC, ParquetSource
from hftd.tape.report import FileReport, TapeReport
from hftd.tape.rows import good_rows
from hftd.tape.text import TextSource
from hftd.tape.turn import events

ENDINGS = (".parquet", ".csv")


class Tape(Iterator[Market]):
    """The events of a tape, once through. ``report`` says what became of every row read so far."""

    def __init__(
        self,
        paths: Sequence[Path],
        symbols: Collection[str] | None = None,
        kinds: Collection[Kind] | None = None,
    ) -> None:
        """Look at every file; HftdError names the first that is no tape."""
        self.report = TapeReport()
        wanted = None if symbols is None else frozenset(symbols)
        recordings: dict[str, list[tuple[Layout, FileReport, Iterator[Batch]]]] = {}
        for path in files(paths):
            source = source_of(path)
            layout = layout_of(path, source.columns)
            if kinds is None or layout.kind in kinds:
                file = FileReport(path, layout.kind)
                self.report.files.append(file)
                part = layout, file, _good(source, layout, file, wanted)
                recordings.setdefault(source.recording or str(path), []).append(part)
        streams = [_recording(parts) if len(parts) > 1 else _told(*parts[0]) for parts in recordings.values()]
        self._events = streams[0] if len(streams) == 1 else merge(*streams, key=attrgetter("seen"))

    def __iter__(self) -> Iterator[Market]:
        # The iterator underneath spares a call of `__next__` here for every event.
        return self._events

    def __next__(self) -> Market:
        return next(self._events)


def open_tape(
    paths: Sequence[Path], symbols: Collection[str] | None = None, kinds: Collection[Kind] | None = None
) -> Tape:
    """The events of ``paths``, oldest first, of ``symbols`` and files of ``kinds`` only if given.

    A path is a Parquet or CSV file or a folder of them. Events are seen at the time they carry. Within one file their
    order is kept, and so it is across the files of one recording; across others, events of one time come in the order
    the files are given. Little of each file is in memory at a time. Rows that make no sense are left out and counted
    in the tape's ``report``. HftdError names a file that cannot be read or is no tape.
    """
    return Tape(paths, symbols, kinds)


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files of ``paths``; of a folder those that end as tapes do, by name. HftdError where it has none."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(each for each in path.iterdir() if each.suffix in ENDINGS)
        if not found:
            raise HftdError(f"{path}: no tape in this folder, expected files ending in {' or '.join(ENDINGS)}")
        yield from found


def source_of(path: Path) -> Source:
    """The columns of a file. HftdError where it cannot be read."""
    try:
        with path.open("rb") as file:
            parquet = file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise HftdError(f"{path}: cannot be read: {error.strerror}") from error
    return ParquetSource(path) if parquet else TextSource(path)


def told(source: Source, layout: Layout, file: FileReport) -> Iterator[Market]:
    """The events of one source's rows, in their order; ``file`` says what became of each row."""
    return _told(layout, file, _good(source, layout, file, None))


def _good(source: Source, layout: Layout, file: FileReport, wanted: frozenset[str] | None) -> Iterator[Batch]:
    return good_rows(source.batches(layout), CHECKS[layout.kind], wanted, file)


def _told(layout: Layout, file: FileReport, rows: Iterator[Batch]) -> Iterator[Market]:
    if layout.kind == "halves":
        halves: Iterator[Iterable[Quote]] = national(rows, file)
        return chain.from_iterable(halves)
    return chain.from_iterable(events(rows, layout, file))


def _recording(parts: Sequence[tuple[Layout, FileReport, Iterator[Batch]]]) -> Iterator[Market]:
    """The files of one recording as it was made: a moment may have events of several, and their numbers order them."""
    return map(itemgetter(1), merge(*(_numbered(*part) for part in parts), key=itemgetter(0)))


def _numbered(layout: Layout, file: FileReport, rows: Iterator[Batch]) -> Iterator[tuple[int, Market]]:
    for batch in rows:
        for made in events((batch,), layout, file):
            yield from zip(batch[NUMBER], made, strict=True)
