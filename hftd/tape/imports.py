"""Files of other programs as tapes of hftd's own: one folder for each file, and none is made twice."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from hftd.errors import HftdError
from hftd.tape.binance import Capture
from hftd.tape.layout import Market, layout_of
from hftd.tape.lean import LeanSource
from hftd.tape.recording import Recording
from hftd.tape.report import FileReport
from hftd.tape.tape import told
from hftd.tape.text import Reading, TextSource

ENDINGS = frozenset({".gz", ".zip", ".csv", ".txt", ".json", ".jsonl", ".ws"})

Opened = tuple[str, Iterator[Market]]
Opener = Callable[[Path, FileReport], Opened]
"""What a file's tape is to be called, and its events; the report is told what became of each row."""


class Imported(Struct, frozen=True):
    """What came of one file. ``rows`` are those written, by kind of event; ``kept``: its tape was there already."""

    tape: Path
    rows: Mapping[str, int]
    report: FileReport
    kept: bool = False


def lean(path: Path, file: FileReport) -> Opened:
    """A zip of Lean's."""
    source = LeanSource(path, file)
    file.kind = source.layout.kind
    return source.name, told(source, source.layout, file)


def binance(lot: Decimal) -> Opener:
    """Captures of Binance's, whose amounts are counted in ``lot``."""

    def opened(path: Path, file: FileReport) -> Opened:
        return stem(path), Capture(path, file, lot).events()

    return opened


def plain(reading: Reading) -> Opener:
    """CSV files with a header, read as ``reading`` says."""

    def opened(path: Path, file: FileReport) -> Opened:
        source = TextSource(path, reading)
        layout = layout_of(path, source.columns)
        file.kind = layout.kind
        return stem(path), told(source, layout, file)

    return opened


def import_file(opener: Opener, path: Path, into: Path) -> Imported:
    """Make a tape of ``path`` in the folder ``into``, unless it is there.

    Raises HftdError where the file cannot be read or holds nothing, or the tape cannot be written.
    """
    file = FileReport(path, "")
    name, events = opener(path, file)
    tape = into / name
    if tape.exists():
        return Imported(tape, {}, file, kept=True)
    with Recording(tape) as recording:
        recording.add(events)
        if not recording.number:
            raise HftdError(f"{path}: no event in its {file.rows} rows{_first(file)}")
        recording.close({})
    return Imported(tape, recording.rows, file)


def stem(path: Path) -> str:
    """The file's name without the endings that say how it is stored."""
    while path.suffix in ENDINGS:
        path = path.with_suffix("")
    return path.name


def _first(file: FileReport) -> str:
    return next((f", {fault}: {example}" for fault, example in file.examples.items()), "")
