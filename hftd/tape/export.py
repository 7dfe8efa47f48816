"""One kind of event out of a tape, as one Parquet or CSV file for other programs."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from hftd.config.expected import one_of
from hftd.core.events import Gap
from hftd.errors import HftdError
from hftd.tape.layout import WRITTEN, Kind, Layout, Market
from hftd.tape.recording import writing
from hftd.tape.report import TapeReport
from hftd.tape.sinks import ParquetSink, Sink, Stretches, TextSink
from hftd.tape.tape import ENDINGS, open_tape

LAST = 2**63
KINDS: tuple[Kind, ...] = tuple(layout.kind for layout in WRITTEN.values())


class Exported(Struct, frozen=True):
    """What was written, and what became of the rows that were read."""

    rows: int
    report: TapeReport


class Choice(Struct, frozen=True):
    """Which events: of one kind, of the symbols that are named if any, seen from ``since`` on and before ``until``."""

    kind: Kind
    symbols: frozenset[str] | None = None
    since: int = 0
    until: int = LAST

    def of(self, events: Iterable[Market]) -> Iterator[Market]:
        """The chosen ones."""
        for event in events:
            named = self.symbols is None or isinstance(event, Gap) or event.symbol in self.symbols
            if named and self.since <= event.seen < self.until and WRITTEN[type(event)].kind == self.kind:
                yield event


def export(paths: Sequence[Path], destination: Path, choice: Choice) -> Exported:
    """Write what is chosen of the tapes in ``paths``.

    HftdError where the destination is there already or is neither Parquet nor CSV by its name, or there is no such
    event.
    """
    read: tuple[Kind, ...] = ("quotes", "halves") if choice.kind == "quotes" else (choice.kind,)
    tape = open_tape(paths, choice.symbols, read)
    if not tape.report.files:
        found = sorted({file.kind for file in open_tape(paths).report.files})
        raise HftdError(f"{paths[0]}: no {choice.kind} in it, found {', '.join(found)}")
    return Exported(write(choice.of(tape), destination, choice.kind), tape.report)


def check(destination: Path) -> None:
    """Raise HftdError unless ``destination`` is free and named as a tape is."""
    if destination.suffix not in ENDINGS:
        raise HftdError(f"{destination}: expected a name ending in {one_of(ENDINGS)}")
    if destination.exists():
        raise HftdError(f"{destination}: is there already, expected a new file")


def write(events: Iterable[Market], destination: Path, kind: Kind) -> int:
    """Write ``events`` of ``kind`` to ``destination``, which is there only once it is whole; how many there were.

    Raises HftdError as ``check`` does, and where the disk does not take it.
    """
    check(destination)
    layout = next(each for each in WRITTEN.values() if each.kind == kind)
    work = destination.with_name(f".{destination.name}.part")
    with writing(destination):
        file = Stretches(_sink(work, destination.suffix, layout))
        try:
            for number, event in enumerate(events, 1):
                file.add(event, number)
            file.close()
            os.replace(work, destination)
        finally:
            work.unlink(missing_ok=True)
    return file.rows


def _sink(path: Path, ending: str, layout: Layout) -> Sink:
    return TextSink(path, layout) if ending == ".csv" else ParquetSink(path, layout, "")
