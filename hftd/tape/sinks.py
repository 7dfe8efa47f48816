"""Files being written: Parquet and CSV, a stretch of events at a time."""

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from hftd.tape.arrow import arrow
from hftd.tape.columns import columns, names
from hftd.tape.layout import PRICES, WHOLE, Layout, Market
from hftd.tape.parquet import FORMAT, RECORDING, SYMBOLS

GROUP = 131_072
"""Rows a row group has at most; what is copied together is brought near it."""


class Sink(Protocol):
    """A file of one kind of event."""

    def add(self, events: Sequence[Market], numbers: Sequence[int]) -> None:
        """Write some events; ``numbers`` are their places in the recording."""

    def close(self) -> None:
        """Finish the file, and wait until the disk has it."""


class ParquetSink:
    """One Parquet file of hftd's own. Raises HftdError without pyarrow, OSError where the disk does not take it."""

    def __init__(self, path: Path, layout: Layout, recording: str) -> None:
        """``recording`` names what the rows are numbered in."""
        self._arrow, self._parquet = arrow(path)
        self._path = path
        self._layout = layout
        self._symbols: set[str] = set()
        self._schema = self._arrow.schema(
            [(name, self._type(name)) for name in names(layout)], {FORMAT: "1", RECORDING: recording}
        )
        self._file = self._parquet.ParquetWriter(path, self._schema, compression="zstd")

    def add(self, events: Sequence[Market], numbers: Sequence[int]) -> None:
        """Write some events."""
        made = columns(self._layout, events, numbers)
        self._symbols.update(made.get("symbol", ()))
        arrays = [self._arrow.array(values, self._type(name)) for name, values in made.items()]
        self._file.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))

    def copy(self, paths: Iterable[Path]) -> None:
        """Write the rows of other files of this layout behind one another, in few row groups."""
        held: list[Any] = []
        rows = 0
        for table in self._tables(paths):
            if rows + table.num_rows > GROUP and held:
                self._file.write_table(self._arrow.concat_tables(held))
                held, rows = [], 0
            held.append(table.replace_schema_metadata(self._schema.metadata))
            rows += table.num_rows
        if held:
            self._file.write_table(self._arrow.concat_tables(held))

    def close(self) -> None:
        """Write the footer, with the symbols that occurred."""
        self._file.add_key_value_metadata({SYMBOLS: " ".join(sorted(self._symbols))})
        self._file.close()
        _sync(self._path)

    def _tables(self, paths: Iterable[Path]) -> Iterator[Any]:
        for path in paths:
            with self._parquet.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    table = file.read_row_group(group)
                    if "symbol" in table.column_names:
                        self._symbols.update(table.column("symbol").unique().to_pylist())
                    yield table

    def _type(self, name: str) -> Any:
        if name in WHOLE:
            return self._arrow.int64()
        return self._arrow.float64() if name in PRICES else self._arrow.string()


class TextSink:
    """One CSV file with a header. Raises OSError where the disk does not take it."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self._path = path
        self._layout = layout
        self._file = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow(names(layout))

    def add(self, events: Sequence[Market], numbers: Sequence[int]) -> None:
        """Write some events."""
        self._rows.writerows(zip(*columns(self._layout, events, numbers).values(), strict=True))

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
        _sync(self._path)


class Stretches:
    """Gathers events until there are enough of them for a stretch of a file."""

    def __init__(self, sink: Sink) -> None:
        self.rows = 0
        self._sink = sink
        self._events: list[Market] = []
        self._numbers: list[int] = []

    def add(self, event: Market, number: int) -> None:
        """Take one event, the ``number``-th of the recording."""
        self._events.append(event)
        self._numbers.append(number)
        self.rows += 1
        if len(self._events) >= GROUP:
            self._write()

    def close(self) -> None:
        """Write what is left and finish the file."""
        self._write()
        self._sink.close()

    def _write(self) -> None:
        if self._events:
            self._sink.add(self._events, self._numbers)
            self._events, self._numbers = [], []


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
