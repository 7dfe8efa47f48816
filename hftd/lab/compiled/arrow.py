"""Parquet files of whole rows as columns at once, where every row makes sense."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from hftd.core.conditions import sets_last
from hftd.lab.compiled.columns import Column
from hftd.tape.flags import trade_conditions
from hftd.tape.layout import Layout
from hftd.tape.report import FileReport

ROWS = 1 << 20
WORDS = ("symbol", "conditions", "tape")
NUMBERS: Mapping[str, Mapping[str, type]] = {
    "trades": {"ts_ns": np.int64, "seen_ns": np.int64, "price": np.float64, "size": np.int64},
    "quotes": {
        "ts_ns": np.int64, "seen_ns": np.int64,
        "bid": np.float64, "bid_size": np.int64, "ask": np.float64, "ask_size": np.int64,
    },
}  # fmt: skip

Rows = dict[str, Column]


class Doubtful(Exception):
    """A row of the file has to be looked at by itself."""


def stretches(
    path: Path, columns: Sequence[str], layout: Layout, symbol: str, file: FileReport
) -> Iterator[Rows]:
    """The rows of ``symbol``, a stretch of the file at a time: columns as on file, and for prints ``sets``, ``may``.

    Raises Doubtful where a row may make no sense, or is not what such files hold.
    """
    parquet: Any = import_module("pyarrow.parquet")
    numbers = NUMBERS[layout.kind]
    known = [name for name in (*numbers, *WORDS) if name in columns]
    since = 0
    with parquet.ParquetFile(path, read_dictionary=[name for name in known if name in WORDS]) as source:
        for batch in source.iter_batches(ROWS, columns=known):
            rows = {name: _numbers(batch.column(name), numbers[name]) for name in known if name in numbers}
            seen = rows.get("seen_ns", rows["ts_ns"])
            if len(seen) and (seen[0] < since or (np.diff(seen) < 0).any() or rows["ts_ns"].min() < 0):
                raise Doubtful
            since = int(seen[-1]) if len(seen) else since
            _look(rows)
            symbols, words = _words(batch.column("symbol"))
            if "" in words or (symbols < 0).any():
                raise Doubtful
            if layout.kind == "trades":
                rows |= _setting(batch, known, len(seen))
            wanted = symbols == (words.index(symbol) if symbol in words else -2)
            found = int(np.count_nonzero(wanted))
            file.rows, file.events, file.unwanted = (
                file.rows + len(seen), file.events + found, file.unwanted + len(seen) - found
            )  # fmt: skip
            yield rows if found == len(seen) else {name: column[wanted] for name, column in rows.items()}


def _look(rows: Rows) -> None:
    """Raise Doubtful unless every row makes sense, by the rules of ``hftd.tape.checks``."""
    if "price" in rows:
        sound = (rows["price"] > 0) & np.isfinite(rows["price"]) & (rows["size"] >= 0)
    else:
        bid, ask = rows["bid"], rows["ask"]
        sound = (bid >= 0) & (ask >= 0) & np.isfinite(bid + ask) & (bid + ask > 0) & ((bid <= ask) | (ask == 0))
        sound &= (rows["bid_size"] >= 0) & (rows["ask_size"] >= 0)
    if not sound.all():
        raise Doubtful


def _setting(batch: Any, known: list[str], count: int) -> Rows:
    """Whether each print may set the last price in the regular session, and at all."""
    none = np.full(count, -1), [""]
    parts = {name: _words(batch.column(name)) if name in known else none for name in WORDS[1:]}
    try:
        letters = [trade_conditions(flags) for flags in parts["conditions"][1]]
    except ValueError as error:
        raise Doubtful from error
    tapes = parts["tape"][1]
    sets, may = (
        np.array([[sets_last(tape, each, regular) for each in (*letters, ())] for tape in (*tapes, "")], np.bool_)
        for regular in (True, False)
    )
    places = parts["tape"][0], parts["conditions"][0]  # -1, where a word is missing, points at the last: no word
    return {"sets": sets[places], "may": may[places]}


def _numbers(column: Any, kind: type) -> Column:
    if column.null_count:
        raise Doubtful
    return _array(column.cast("int64" if kind is np.int64 else "float64"), kind)


def _words(column: Any) -> tuple[Column, list[str]]:
    """Places in a list of words, -1 where one is missing, and the list."""
    encoded = column if hasattr(column, "dictionary") else column.dictionary_encode()
    places = _array(encoded.indices.cast("int64").fill_null(-1), np.int64)
    return places, [word or "" for word in encoded.dictionary.to_pylist()]


def _array(column: Any, kind: type) -> Column:
    # Arrow's own way to numpy imports pandas, which takes a second.
    return np.frombuffer(column.buffers()[1], kind)[column.offset : column.offset + len(column)]
