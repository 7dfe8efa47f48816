"""CSV files as columns."""

import csv
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from sys import intern
from typing import Any

from hftd.errors import HftdError
from hftd.tape.layout import PRICES, WHOLE, Batch, Layout
from hftd.tape.letters import parted

ROWS = 8_192


class TextSource:
    """One CSV file whose first line names the columns; ``conditions`` are sale-condition letters, such as ``@F``.

    HftdError where the file cannot be read or is not text.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.recording = ""
        self.columns = tuple(name.strip() for name in next(self._rows(), []))

    def batches(self, layout: Layout) -> Iterator[Batch]:
        """The file's rows from the beginning, ``ROWS`` at most at a time."""
        names = layout.present(self.columns)
        places = [self.columns.index(name) for name in names]
        rows = self._rows()
        next(rows, None)
        while stretch := [self._even(row) for row in islice(rows, ROWS)]:
            columns = list(zip(*stretch, strict=True))
            yield {name: _column(name, layout, columns[place]) for name, place in zip(names, places, strict=True)}

    def _rows(self) -> Iterator[list[str]]:
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                yield from filter(None, csv.reader(file))  # an empty line is no row
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise HftdError(f"{self._path}: not a readable CSV or Parquet file: {reason}") from error

    def _even(self, row: list[str]) -> list[str]:
        """A row with as many fields as columns; one with too many says nothing that could be trusted."""
        short = len(self.columns) - len(row)
        if short == 0:
            return row
        return row + [""] * short if short > 0 else [""] * len(self.columns)


def _column(name: str, layout: Layout, texts: Sequence[str]) -> list[Any]:
    if name in WHOLE:
        return _numbers(texts, int, layout.missing(name))
    if name in PRICES:
        return _numbers(texts, float, float("nan"))
    if name == "conditions":
        return list(map(_letters, texts))
    return list(map(intern, texts))


def _numbers(texts: Sequence[str], parse: type[int] | type[float], missing: float) -> list[Any]:
    try:
        return list(map(parse, texts))
    except ValueError:
        return [_number(text, parse, missing) for text in texts]


def _number(text: str, parse: type[int] | type[float], missing: float) -> float:
    try:
        return parse(text)
    except ValueError:
        return missing


@lru_cache(maxsize=4096)
def _letters(text: str) -> tuple[str, ...]:
    return parted(text.replace(" ", ""))
