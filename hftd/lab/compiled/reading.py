"""Tape files as columns, without an event for every row."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from operator import attrgetter
from pathlib import Path

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from hftd.core.conditions import sets_last
from hftd.core.events import Quote
from hftd.lab.compiled import arrow
from hftd.lab.compiled.columns import Column, Columns, Quotes, Trades, of_events
from hftd.tape import TapeReport, open_tape
from hftd.tape.best import national
from hftd.tape.checks import CHECKS
from hftd.tape.layout import Batch, Kind, Layout, Source, layout_of
from hftd.tape.parquet import ParquetSource
from hftd.tape.report import FileReport
from hftd.tape.rows import good_rows
from hftd.tape.tape import files, source_of

KINDS: tuple[Kind, ...] = ("trades", "quotes", "halves")
PRINT = (("ts", np.int64), ("price", np.float64), ("size", np.int64), ("sets", np.bool_), ("may", np.bool_))
QUOTE = (
    ("ts", np.int64), ("bid", np.float64), ("bid_size", np.int64), ("ask", np.float64), ("ask_size", np.int64),
)  # fmt: skip

Rows = dict[str, Column]
"""Columns of one file, or of one stretch of it: ``at`` and those of ``PRINT`` or ``QUOTE``."""


class Part(Struct, frozen=True):
    """One file: whether it holds quotes, and its rows."""

    quotes: bool
    rows: Rows


def read(paths: Sequence[Path], symbol: str) -> Columns:
    """The prints and quotes of ``symbol`` on a tape, in the order the engine is told of them.

    Raises HftdError as a tape does.
    """
    sources = [(path, source_of(path)) for path in files(paths)]
    recordings = [source.recording for _, source in sources if source.recording]
    if len(set(recordings)) < len(recordings):  # the tape knows how the files of one recording belong together
        tape = open_tape(paths, [symbol], KINDS)
        return replace(of_events(symbol, tape), report=tape.report)
    report = TapeReport()
    parts = []
    for path, source in sources:
        layout = layout_of(path, source.columns)
        if layout.kind in KINDS:
            rows, file = _rows(path, source, layout, symbol)
            report.files.append(file)
            parts.append(Part(layout.kind != "trades", rows))
    return _merged(symbol, parts, report)


def _rows(path: Path, source: Source, layout: Layout, symbol: str) -> tuple[Rows, FileReport]:
    if isinstance(source, ParquetSource) and layout.kind != "halves":
        file = FileReport(path, layout.kind)
        try:
            found = list(arrow.stretches(path, source.columns, layout, symbol, file))
            return _whole(map(_named, found), layout), file
        except arrow.Doubtful:
            pass  # row by row it will be seen which
    file = FileReport(path, layout.kind)
    return _whole(_stretches(source, layout, symbol, file), layout), file


def _named(rows: Rows) -> Rows:
    """Columns as on file by the names they have here."""
    ts = rows.pop("ts_ns")
    return rows | {"ts": ts, "at": rows.pop("seen_ns", ts)}


def _stretches(source: Source, layout: Layout, symbol: str, file: FileReport) -> Iterator[Rows]:
    batches = good_rows(source.batches(layout), CHECKS[layout.kind], frozenset((symbol,)), file)
    if layout.kind == "halves":
        for told in national(batches, file):
            yield _of_quotes(tuple(told))
        return
    setting = Setting()
    for batch in batches:
        file.events += len(batch["ts_ns"])
        rows = {"at": np.array(batch.get("seen_ns", batch["ts_ns"]), np.int64)}
        if layout.kind == "trades":
            rows |= _setting(batch, setting)
        for name, kind in QUOTE if layout.kind == "quotes" else PRINT[:3]:
            rows[name] = np.array(batch["ts_ns" if name == "ts" else name], kind)
        yield rows


class Setting(dict[tuple[str, tuple[str, ...]], int]):
    """What prints of a tape and conditions may do, looked up once each: 1 sets the last price, 2 in the session too."""

    def __missing__(self, words: tuple[str, tuple[str, ...]]) -> int:
        found = self[words] = sets_last(*words) + 2 * sets_last(*words, True)
        return found


def _setting(batch: Batch, setting: Setting) -> Rows:
    count = len(batch["ts_ns"])
    words = zip(batch.get("tape", repeat("", count)), batch.get("conditions", repeat((), count)), strict=True)
    codes = np.fromiter(map(setting.__getitem__, words), np.int8, count)
    return {"sets": codes > 1, "may": codes % 2 == 1}


def _of_quotes(quotes: Sequence[Quote]) -> Rows:
    names = (("at", "seen", np.int64), *((name, name, kind) for name, kind in QUOTE))
    return {name: np.array([*map(attrgetter(field), quotes)], kind) for name, field, kind in names}


def _whole(stretches: Iterable[Rows], layout: Layout) -> Rows:
    kinds = (("at", np.int64), *(PRINT if layout.kind == "trades" else QUOTE))
    found = list(stretches)
    return {name: np.concatenate([np.empty(0, kind), *(rows[name] for rows in found)]) for name, kind in kinds}


def _merged(symbol: str, parts: Sequence[Part], report: TapeReport) -> Columns:
    """Files side by side; events of one time come in the order of the files, as on a tape."""
    prints, quotes = (_in_order([part.rows for part in parts if part.quotes is each], each) for each in (False, True))
    is_quote = np.concatenate([np.empty(0, np.bool_), *(np.full(len(p.rows["at"]), p.quotes) for p in parts)])
    if len(parts) > 1:
        is_quote = is_quote[np.argsort(np.concatenate([part.rows["at"] for part in parts]), kind="stable")]
    last = np.flatnonzero(prints.pop("may"))[-1:]
    middle = (quotes["bid"][-1:] + quotes["ask"][-1:]) / 2 * (quotes["bid"][-1:] > 0) * (quotes["ask"][-1:] > 0)
    found = [*prints["price"][last], *middle, 0.0]
    return Columns(symbol, Trades(**prints), Quotes(**quotes), is_quote, float(found[0]), report)


def _in_order(parts: Sequence[Rows], quotes: bool) -> Rows:
    kinds = (("at", np.int64), *(QUOTE if quotes else PRINT))
    rows = {name: np.concatenate([np.empty(0, kind), *(part[name] for part in parts)]) for name, kind in kinds}
    if len(parts) > 1:
        order = np.argsort(rows["at"], kind="stable")
        rows = {name: column[order] for name, column in rows.items()}
    if np.array_equal(rows["at"], rows["ts"]):
        rows["ts"] = rows["at"]  # one column less to hold
    return rows
