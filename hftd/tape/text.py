"""CSV files as columns."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from sys import intern
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from hftd.errors import HftdError
from hftd.tape.layout import PRICES, WHOLE, Batch, Layout
from hftd.tape.letters import parted
from hftd.tape.moments import BEYOND, Unit, moments

ROWS = 8_192
TIMES = frozenset({"ts_ns", "seen_ns"})


class Reading(Struct, frozen=True):
    """How to read a CSV file of another program: which of our columns each of its own names is.

    ``symbol`` is that of every row where no column says it; ``unit`` and ``zone`` are those of its times.
    """

    names: Mapping[str, str] = {}
    symbol: str = ""
    unit: Unit = "ns"
    zone: str = "UTC"


OURS = Reading()


class TextSource:
    """One CSV file whose first line names the columns; ``conditions`` are sale-condition letters, such as ``@F``.

    HftdError where the file cannot be read or is not text.
    """

    def __init__(self, path: Path, reading: Reading = OURS) -> None:
        self._path = path
        self._reading = reading
        self.recording = ""
        names = [name.strip() for name in next(self._rows(), [])]
        self._names = tuple(reading.names.get(name, name) for name in names)
        self.columns = self._names + (("symbol",) if reading.symbol and "symbol" not in self._names else ())

    def batches(self, layout: Layout) -> Iterator[Batch]:
        """The file's rows from the beginning, ``ROWS`` at most at a time."""
        places = {name: self._names.index(name) for name in layout.present(self._names)}
        rows = self._rows()
        next(rows, None)
        while stretch := [even(row, len(self._names)) for row in islice(rows, ROWS)]:
            columns = list(zip(*stretch, strict=True))
            made: Batch = {name: self._column(name, layout, columns[place]) for name, place in places.items()}
            if self._reading.symbol:
                made.setdefault("symbol", [self._reading.symbol] * len(stretch))
            yield made

    def _column(self, name: str, layout: Layout, texts: Sequence[str]) -> list[Any]:
        reading = self._reading
        if name in TIMES and reading.unit != "ns":
            return moments(texts, reading.unit, ZoneInfo(reading.zone))
        return _column(name, layout, texts)

    def _rows(self) -> Iterator[list[str]]:
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                yield from filter(None, csv.reader(file))  # an empty line is no row
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise HftdError(f"{self._path}: not a readable CSV or Parquet file: {reason}") from error


def even(row: list[str], width: int) -> list[str]:
    """A row with ``width`` fields; one with too many says nothing that could be trusted."""
    short = width - len(row)
    if short == 0:
        return row
    return row + [""] * short if short > 0 else [""] * width


def _column(name: str, layout: Layout, texts: Sequence[str]) -> list[Any]:
    if name in WHOLE:
        return numbers(texts, int, layout.missing(name))
    if name in PRICES:
        return numbers(texts, float, float("nan"))
    if name == "conditions":
        return list(map(_letters, texts))
    return list(map(intern, texts))


def numbers(texts: Sequence[str], parse: type[int] | type[float], missing: float) -> list[Any]:
    """The numbers that ``texts`` say; ``missing`` where one says none."""
    try:
        made = list(map(parse, texts))
    except ValueError:
        return [_number(text, parse, missing) for text in texts]
    if parse is int and made and not -BEYOND <= min(made) <= max(made) < BEYOND:
        return [_number(text, parse, missing) for text in texts]
    return made


def _number(text: str, parse: type[int] | type[float], missing: float) -> float:
    try:
        made = parse(text)
    except ValueError:
        return missing
    return made if parse is float or -BEYOND <= made < BEYOND else missing


@lru_cache(maxsize=4096)
def _letters(text: str) -> tuple[str, ...]:
    return parted(text.replace(" ", ""))
