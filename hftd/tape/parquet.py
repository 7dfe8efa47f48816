"""Parquet files as columns. pyarrow is an extra, imported when the first file is opened."""

from collections.abc import Callable, Iterator
from pathlib import Path
from sys import intern
from typing import Any

from hftd.errors import HftdError
from hftd.tape.arrow import arrow
from hftd.tape.column import Column, column
from hftd.tape.flags import quote_conditions, trade_conditions
from hftd.tape.layout import NUMBER, PRICES, WHOLE, Batch, Layout
from hftd.tape.letters import parted

MAGIC = b"PAR1"
ROWS = 32_768
FORMAT, RECORDING, SYMBOLS = "hftd.tape", "hftd.recording", "hftd.symbols"
"""What a file written by hftd says of itself: its format, the recording it is of, and its symbols, blank between."""

Letters = Callable[[str], tuple[str, ...]]


class ParquetSource:
    """One Parquet file; ``conditions`` are letters where hftd wrote it, else Lean's hexadecimal flags.

    HftdError where pyarrow is not installed, the file cannot be read, or a column is of the wrong type.
    """

    def __init__(self, path: Path) -> None:
        self._arrow, parquet = arrow(path)
        self._path = path
        try:
            with parquet.ParquetFile(path) as file:
                self._schema = file.schema_arrow
            metadata = self._schema.metadata or {}
            said = {key.decode(): value.decode() for key, value in metadata.items()}
        except (self._arrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise self._broken(error) from error
        self._open = parquet.ParquetFile
        self.columns: tuple[str, ...] = tuple(self._schema.names)
        self.recording = said.get(RECORDING, "") if NUMBER in self.columns else ""
        self._ours = FORMAT in said

    def batches(self, layout: Layout) -> Iterator[Batch]:
        """The file's rows from the beginning, ``ROWS`` at most at a time."""
        names = layout.present(self.columns)
        for name in names:
            self._check(name)
        flags = trade_conditions if layout.kind == "trades" else quote_conditions
        return self._read(layout, names, parted if self._ours else flags)

    def _read(self, layout: Layout, names: tuple[str, ...], letters: Letters) -> Iterator[Batch]:
        words = [name for name in names if name not in WHOLE | PRICES]
        try:
            # Without read-ahead only the stretch being read is in memory; as dictionaries words are made once each.
            with self._open(self._path, read_dictionary=words, pre_buffer=False) as file:
                for rows in file.iter_batches(batch_size=ROWS, columns=list(names)):
                    yield {name: self._column(rows.column(name), name, layout, letters) for name in names}
        except (self._arrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise self._broken(error) from error

    def _column(self, found: Any, name: str, layout: Layout, letters: Letters) -> Column:
        arrow = self._arrow
        if name in WHOLE:
            return _plain(found.cast(arrow.int64()), "q", layout.missing(name))
        if name in PRICES:
            return _plain(found.cast(arrow.float64()), "d", float("nan"))
        if not arrow.types.is_dictionary(found.type):
            found = found.dictionary_encode()
        values: list[Any] = [intern(value or "") for value in found.dictionary.to_pylist()]  # found at once in a dict
        values.append("")  # where index -1, a missing word, points
        if name == "conditions":
            values = [self._conditions(value, letters) for value in values]
        return _plain(found.indices.cast(arrow.int64()), "q", -1, tuple(values))

    def _conditions(self, flags: str, letters: Letters) -> tuple[str, ...]:
        try:
            return letters(flags)
        except ValueError as error:
            raise HftdError(
                f"{self._path}: column conditions holds {flags!r}, expected Lean's hexadecimal flags"
            ) from error

    def _check(self, name: str) -> None:
        types, found = self._arrow.types, self._schema.field(name).type
        if name in WHOLE:
            good, expected = types.is_integer(found), "whole numbers"
        elif name in PRICES:
            good, expected = types.is_floating(found) or types.is_integer(found), "numbers"
        else:
            text = found.value_type if types.is_dictionary(found) else found
            good, expected = types.is_string(text) or types.is_large_string(text), "text"
        if not good:
            raise HftdError(f"{self._path}: column {name} holds {found}, expected {expected}")

    def _broken(self, error: Exception) -> HftdError:
        reason = str(error).partition("\n")[0]
        return HftdError(f"{self._path}: not a readable Parquet file: {reason}")


def _plain(array: Any, code: str, missing: float, words: tuple[Any, ...] | None = None) -> Column:
    """The numbers of an Arrow array, or the ``words`` at these places."""
    if array.null_count:
        array = array.fill_null(missing)
    return column(array.buffers()[1], array.offset, len(array), code, words)
