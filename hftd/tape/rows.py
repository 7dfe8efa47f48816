"""The rows of a file that make sense and are wanted; all others are counted."""

from collections.abc import Iterable, Iterator, Set
from itertools import compress

from hftd.tape.checks import NO_TIME, Check
from hftd.tape.column import ascends, lowest
from hftd.tape.layout import Batch
from hftd.tape.report import FileReport


def good_rows(batches: Iterable[Batch], check: Check, wanted: Set[str] | None, file: FileReport) -> Iterator[Batch]:
    """Each batch without the rows that fail ``check``, go back in time, or are of no symbol ``wanted`` (None: all)."""
    since = 0
    for batch in batches:
        # A recording is in the order it was seen in; the venue's own times may cross on the way.
        times = batch.get("seen_ns", batch["ts_ns"])
        if not times:
            continue
        in_order = times[0] >= since and ascends(times) and lowest(batch["ts_ns"]) >= 0
        good = batch if in_order and check.sound(batch) else _sift(batch, since, check, file)
        file.rows += len(times)
        kept = good.get("seen_ns", good["ts_ns"])
        since = max(since, kept[-1]) if kept else since
        yield _of_symbols(good, wanted, file)


def _sift(batch: Batch, since: int, check: Check, file: FileReport) -> Batch:
    keep = []
    for row, (at, seen) in enumerate(zip(batch["ts_ns"], batch.get("seen_ns", batch["ts_ns"]), strict=True)):
        fault = NO_TIME if seen < since or at < 0 else check.fault(batch, row)
        if fault:
            says = ", ".join(f"{name} {values[row]}" for name, values in batch.items())
            file.fault(fault, f"row {file.rows + row + 1}: {says}")
        else:
            since = seen
        keep.append(not fault)
    return _only(batch, keep)


def _of_symbols(batch: Batch, wanted: Set[str] | None, file: FileReport) -> Batch:
    if wanted is None or "symbol" not in batch:  # a gap concerns every symbol
        return batch
    keep = list(map(wanted.__contains__, batch["symbol"]))
    file.unwanted += keep.count(False)
    return batch if all(keep) else _only(batch, keep)


def _only(batch: Batch, keep: list[bool]) -> Batch:
    return {name: list(compress(values, keep)) for name, values in batch.items()}
