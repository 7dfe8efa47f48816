"""What a tape file holds, at a glance: a Parquet file is not read for it, but its footer and its symbols."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from hftd.core.events import Gap
from hftd.errors import HftdError
from hftd.tape.arrow import arrow
from hftd.tape.layout import layout_of
from hftd.tape.parquet import SYMBOLS, ParquetSource
from hftd.tape.tape import ENDINGS, open_tape, source_of


class Facts(Struct, frozen=True):
    """One file. ``first`` and ``last`` are when its first and last event were seen, ns UTC; 0 where it has none."""

    path: Path
    kind: str
    symbols: tuple[str, ...]
    rows: int
    first: int
    last: int
    bytes: int


def facts(path: Path) -> Facts:
    """What the file holds. Raises HftdError where it is no tape or cannot be read."""
    source = source_of(path)
    kind = layout_of(path, source.columns).kind
    size = path.stat().st_size
    if isinstance(source, ParquetSource):
        return Facts(path, kind, *_from_footer(path, "seen_ns" if "seen_ns" in source.columns else "ts_ns"), size)
    symbols: set[str] = set()
    rows = first = last = 0
    for event in open_tape([path]):
        if not isinstance(event, Gap):
            symbols.add(event.symbol)
        rows, first, last = rows + 1, first or event.seen, event.seen
    return Facts(path, kind, tuple(sorted(symbols)), rows, first, last, size)


def found(paths: Iterable[Path]) -> Iterator[Path]:
    """Every file among ``paths`` and every tape, however deep, in folders among them, by name."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for each in sorted(path.iterdir()):
            if each.name.startswith("."):
                continue  # being written, or not meant to be seen
            if each.is_dir():
                yield from found([each])
            elif each.suffix in ENDINGS and _is_tape(each):
                yield each


def _is_tape(path: Path) -> bool:
    try:
        layout_of(path, source_of(path).columns)
    except HftdError:
        return False
    return True


def _from_footer(path: Path, clock: str) -> tuple[tuple[str, ...], int, int, int]:
    """Symbols, rows, and when the first and the last row was seen."""
    _, parquet = arrow(path)
    with parquet.ParquetFile(path) as file:
        said = (file.schema_arrow.metadata or {}).get(SYMBOLS.encode())
        if said is None and "symbol" in file.schema_arrow.names:
            symbols = {symbol for batch in file.iter_batches(columns=["symbol"]) for symbol in _unique(batch)}
        else:
            symbols = set((said or b"").decode().split())
        place = file.schema_arrow.names.index(clock)
        groups = [file.metadata.row_group(number).column(place) for number in range(file.metadata.num_row_groups)]
        spans = [column.statistics for column in groups if column.statistics and column.statistics.has_min_max]
        first, last = min((span.min for span in spans), default=0), max((span.max for span in spans), default=0)
        return tuple(sorted(symbols)), file.metadata.num_rows, first, last


def _unique(batch: Any) -> Iterator[str]:
    yield from (symbol for symbol in batch.column(0).unique().to_pylist() if symbol)
