"""What a daemon did on a day, out of its journal, as rows: orders, reported fills, and refusals."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from hftd.core.effects import Refuse, Replace, Submit
from hftd.core.events import Event, Fill
from hftd.core.intents import Intent
from hftd.plugin.protocols import Feed
from hftd.runtime.past.journal import Frame, Record, read
from hftd.tape.arrow import arrow
from hftd.tape.export import check
from hftd.tape.recording import writing

Kind = Literal["orders", "fills", "refusals"]
Row = tuple[Any, ...]

COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    "orders": ("number", "at_ns", "id", "model", "symbol", "side", "shares", "limit", "tif", "replaces"),
    "fills": ("number", "ts_ns", "seen_ns", "order", "execution", "symbol", "side", "shares", "price", "fee"),
    "refusals": ("number", "at_ns", "model", "code", "reason", "symbol", "side", "shares", "limit"),
}
"""``number`` is the journal's record; orders and refusals have the time they were decided at, ns UTC."""
WHOLE, EXACT = frozenset({"number", "at_ns", "ts_ns", "seen_ns"}), frozenset({"shares", "limit", "price", "fee"})


def export(rows: Sequence[Row], destination: Path, kind: Kind) -> None:
    """Write rows of ``kind`` to a new Parquet or CSV file. Raises HftdError."""
    check(destination)
    work = destination.with_name(f".{destination.name}.part")
    with writing(destination):
        try:
            _write(rows, COLUMNS[kind], work, destination.suffix)
            os.replace(work, destination)
        finally:
            work.unlink(missing_ok=True)


def chosen(rows: Iterable[Row], kind: Kind, symbols: Set[str] | None, since: int, until: int) -> Iterator[Row]:
    """The rows of some symbols, all where none is named, that came from ``since`` on and before ``until`` (ns UTC)."""
    names = COLUMNS[kind]
    clock, symbol = names.index("seen_ns" if "seen_ns" in names else "at_ns"), names.index("symbol")
    for row in rows:
        if since <= row[clock] < until and (symbols is None or row[symbol] in symbols):
            yield row


def decisions(journal: Path, feeds: Sequence[Feed], kind: Kind) -> Iterator[Row]:
    """The rows of ``kind`` in the journal of a folder, in order. Raises HftdError where it cannot be read."""
    updates = {feed.name: feed for feed in feeds if feed.orders}
    for record in read(journal):
        for thing in _things(record, updates):
            row = _row(record.number, thing, kind)
            if row is not None:
                yield row


def _things(record: Record, updates: Mapping[str, Feed]) -> Iterable[object]:
    match record.content:
        case Frame(name, seen, data) if name in updates:
            told: Sequence[Event] = updates[name].decode(data, seen)
            updates[name].outbox.clear()
            return told
        case thing:
            return (thing,)


def _row(number: int, thing: object, kind: Kind) -> Row | None:
    match thing, kind:
        case (Submit(o) | Replace(o)), "orders":
            return number, o.at, o.id, o.model, o.symbol, o.side, o.shares, o.limit, o.tif, o.replaces
        case Fill() as f, "fills":
            return number, f.ts, f.seen, f.order, f.execution, f.symbol, f.side, f.shares, f.price, f.fee
        case Refuse(model, Intent() as w, code, reason, at), "refusals":
            return number, at, model, code, reason, w.symbol, w.side, w.shares, w.limit
        case Refuse(model, wish, code, reason, at), "refusals":
            return number, at, model, code, reason, "", "", wish.shares, wish.limit
    return None


def _write(rows: Sequence[Row], names: Sequence[str], path: Path, ending: str) -> None:
    if ending == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([names, *(map(_plain, row) for row in rows)])
        return
    pa, parquet = arrow(path)
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    arrays = [pa.array(column, _type(pa, name)) for name, column in zip(names, columns, strict=True)]
    parquet.write_table(pa.Table.from_arrays(arrays, names=list(names)), path, compression="zstd")


def _type(pa: Any, name: str) -> Any:
    if name in WHOLE:
        return pa.int64()
    return pa.decimal128(38, 9) if name in EXACT else pa.string()  # the venue's own figures have nine digits at most


def _plain(value: object) -> object:
    return f"{value:f}" if isinstance(value, Decimal) else value
