"""QuantConnect Lean's data files: ticks and minutes of US equities, one day of one symbol a zip.

As Lean's own writer makes them: a line begins with the milliseconds since midnight in New York, prices are in
hundredths of a cent, sizes in shares.
"""

import csv
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile
from zoneinfo import ZoneInfo

from hftd.errors import HftdError
from hftd.tape.flags import quote_conditions, trade_conditions
from hftd.tape.layout import BARS, HALVES, QUOTES, TRADES, Batch, Layout
from hftd.tape.report import FileReport, shown
from hftd.tape.text import even, numbers
from hftd.tape.turn import MINUTE

NEW_YORK = ZoneInfo("America/New_York")
SUSPICIOUS = "marked as suspicious by Lean"
ROWS = 8_192
DAY = 86_400_000  # ms
LEFT_OUT = ""
"""A field that is not taken over."""

_MINUTE_TRADE = ("ts_ns", "open", "high", "low", "close", "volume")
_MINUTE_QUOTE = (
    "ts_ns", *[LEFT_OUT] * 3, "bid", "bid_size", *[LEFT_OUT] * 3, "ask", "ask_size",
)  # fmt: skip
_TICK_TRADE = ("ts_ns", "price", "size", "exchange", "conditions", SUSPICIOUS)
_TICK_QUOTE = ("ts_ns", "bid", "bid_size", "ask", "ask_size", "exchange", "conditions", SUSPICIOUS)
FORMS: Mapping[tuple[str, ...], tuple[Layout, tuple[str, ...]]] = {
    ("minute", "trade"): (BARS, _MINUTE_TRADE), ("minute", "quote"): (QUOTES, _MINUTE_QUOTE),
    ("tick", "trade"): (TRADES, _TICK_TRADE), ("tick", "quote"): (HALVES, _TICK_QUOTE),
}  # fmt: skip


class LeanSource:
    """One zip as columns. A minute of quotes is the quote it ended with, at its end.

    Raises HftdError where the file is no zip of Lean's.
    """

    def __init__(self, path: Path, file: FileReport) -> None:
        """``file`` is told of the rows that Lean itself marks as suspicious."""
        self._path = path
        self._file = file
        self._entry = _entry(path)
        self.name = Path(self._entry).name.removesuffix(".csv").lower()
        """``20131007_spy_minute_trade``, as the file inside the zip is called."""
        date, _, rest = self.name.partition("_")
        symbol, *words = rest.rsplit("_", 2)
        form = FORMS.get((*words,)) or FORMS.get((*words[::-1],))
        if form is None:
            raise HftdError(f"{path}: holds {shown(self._entry)}, expected a day of minutes or ticks, trades or quotes")
        self.layout, self._fields = form
        self._symbol = symbol.upper()
        self._midnight = _midnight(path, date)
        self.columns = ("symbol", *(name for name in self._fields if name not in (LEFT_OUT, SUSPICIOUS)))
        self.recording = ""

    def batches(self, layout: Layout) -> Iterator[Batch]:
        """The rows in order; ``layout`` is its own."""
        rows = self._rows()
        while stretch := [even(row, len(self._fields)) for row in islice(rows, ROWS)]:
            columns = zip(*self._unsuspicious(stretch), strict=True)
            named = zip(self._fields, columns, strict=False)  # no columns where nothing is left
            made = {name: self._column(name, texts) for name, texts in named if name in self.columns}
            if made:
                yield {**made, "symbol": [self._symbol] * len(made["ts_ns"])}

    def _rows(self) -> Iterator[list[str]]:
        try:
            with ZipFile(self._path) as archive, archive.open(self._entry) as entry:
                yield from filter(None, csv.reader(TextIOWrapper(entry, "utf-8", newline="")))
        except (OSError, EOFError, BadZipFile, zlib.error, RuntimeError, UnicodeDecodeError, csv.Error) as error:
            raise HftdError(f"{self._path}: not a readable zip of CSV: {shown(str(error))}") from error

    def _unsuspicious(self, rows: list[list[str]]) -> list[list[str]]:
        if SUSPICIOUS not in self._fields:
            return rows
        good = [row for row in rows if row[-1] != "1"]
        for row in rows:
            if row[-1] == "1":
                self._file.rows += 1
                self._file.fault(SUSPICIOUS, ",".join(row))
        return good

    def _column(self, name: str, texts: Sequence[str]) -> list[Any]:
        match name:
            case "ts_ns":
                late = MINUTE if self.layout is QUOTES else 0
                start = self._midnight + late
                return [start + round(at * 1e6) if 0 <= at < DAY else -1 for at in numbers(texts, float, -1.0)]
            case "conditions":
                letters = trade_conditions if self.layout is TRADES else quote_conditions
                return [self._letters(letters, text) for text in texts]
            case "size" | "volume" | "bid_size" | "ask_size":
                empty = "0" if self.layout is QUOTES else ""  # a minute without that side has blank fields
                return numbers([text or empty for text in texts], int, -1)
            case "exchange":
                return list(texts)
            case _:
                empty = "0" if self.layout is QUOTES else ""
                return [price / 10_000 for price in numbers([text or empty for text in texts], float, float("nan"))]

    def _letters(self, letters: Any, text: str) -> tuple[str, ...]:
        try:
            found: tuple[str, ...] = letters(text)
        except ValueError as error:
            raise HftdError(f"{self._path}: condition {text!r}, expected Lean's hexadecimal flags") from error
        return found


def _entry(path: Path) -> str:
    try:
        with ZipFile(path) as archive:
            entries = archive.namelist()
    except (OSError, BadZipFile, RuntimeError, UnicodeDecodeError) as error:  # RuntimeError: a form zipfile lacks
        raise HftdError(f"{path}: not a readable zip of CSV: {shown(str(error))}") from error
    if len(entries) != 1:
        raise HftdError(f"{path}: holds {len(entries)} files, expected the one file of a day of one symbol")
    return entries[0]


def _midnight(path: Path, date: str) -> int:
    """When ``date``, YYYYMMDD, began in New York, ns UTC."""
    try:
        day = datetime.strptime(date, "%Y%m%d").replace(tzinfo=NEW_YORK)
    except ValueError as error:
        raise HftdError(f"{path}: day {date}, expected one as YYYYMMDD") from error
    return int(day.astimezone(UTC).timestamp()) * 10**9
