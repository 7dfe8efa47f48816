"""Whether a model holds a copy of what is still to come: what it can reach is searched for prices of the future."""

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from types import ModuleType
from typing import Any

from hftd.core.events import Trade
from hftd.tape.layout import Market

ROW = 24
"""So many prices or sizes in a row, as they will come, are no chance."""
DISTINCT = 6
PROBES = 8
SCALES = (1.0, 100.0, 10_000.0)
"""Dollars, cents, hundredths of cents."""
REACHED = 200_000
"""Objects looked at, at most."""
LONGEST = 5_000_000
ARRAYS = frozenset({"array", "numpy", "pandas", "polars", "pyarrow"})
FIELDS = ("price", "size", "ts")


def knows(model: object, future: Sequence[Market]) -> str:
    """In words where ``model`` or its module holds rows of ``future``; empty where none were found."""
    rows = [row for field in FIELDS for row in _rows([getattr(each, field) for each in future if type(each) is Trade])]
    if not rows:
        return ""
    home = sys.modules.get(type(model).__module__)
    world = {name: held for name, held in vars(home).items() if not name.startswith("__")} if home is not None else {}
    for name, held in _reachable({**world, **getattr(model, "__dict__", {})}, type(model).__module__):
        for numbers in _numbers(held):
            if any(_holds(numbers, row) for row in rows):
                return name
    return ""


def _rows(values: Sequence[float]) -> Iterator[tuple[float, ...]]:
    """Some rows of the values to come, spread over them, of which none is likely to be met by chance."""
    step = max(1, len(values) // PROBES)
    for start in range(0, len(values) - ROW + 1, step):
        row = tuple(map(float, values[start : start + ROW]))
        if len(set(row)) >= DISTINCT:
            yield row


def _reachable(roots: Mapping[str, object], home: str) -> Iterator[tuple[str, object]]:
    """What can be reached from ``roots`` without leaving the module ``home``, with the name it is reached by."""
    seen: set[int] = set()
    waiting = deque(roots.items())
    while waiting and len(seen) < REACHED:
        name, held = waiting.popleft()
        if id(held) in seen or isinstance(held, ModuleType | str | bytes | int | float) or name == "view":
            continue  # the view is the engine's: it shows what has been
        seen.add(id(held))
        yield name, held
        if isinstance(held, Mapping):
            waiting += ((name, each) for each in islice(held.values(), REACHED))
        elif isinstance(held, Sequence | Set | deque):
            waiting += ((name, each) for each in islice(held, 1_000) if hasattr(each, "__dict__") or _is_row(each))
        elif not isinstance(held, type) or held.__module__ == home:
            waiting += ((f"{name}.{key}", each) for key, each in getattr(held, "__dict__", {}).items())
            cells = getattr(held, "__closure__", None) or ()
            waiting += ((name, cell.cell_contents) for cell in cells if _filled(cell))


def _is_row(held: object) -> bool:
    return isinstance(held, Sequence | Mapping | Set) and not isinstance(held, str | bytes)


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _numbers(held: object) -> Iterator[list[float]]:
    """The rows of numbers ``held`` is made of: itself, its columns, or a field of what it is a row of."""
    if isinstance(held, Mapping):
        yield from _as_row(held.values())
    elif isinstance(held, Sequence | deque) and not isinstance(held, str | bytes):
        yield from _as_row(held)
    elif type(held).__module__.partition(".")[0] in ARRAYS:
        table: Any = held
        columns = [table[name] for name in table.columns] if hasattr(table, "columns") else [table]
        for column in columns:
            for listed in ("to_list", "tolist", "to_pylist"):
                if hasattr(column, listed):
                    yield from _as_row(getattr(column, listed)())
                    break


def _as_row(values: Iterable[Any]) -> Iterator[list[float]]:
    row = list(islice(values, LONGEST)) if isinstance(values, Iterable) else []
    if len(row) < ROW:
        return
    first = row[0]
    if isinstance(first, int | float):
        yield [each if isinstance(each, int | float) else float("nan") for each in row]
    elif isinstance(first, tuple | list):
        for place in range(min(len(first), 12)):
            yield from _as_row(each[place] if len(each) > place else None for each in row)
    elif isinstance(first, Mapping):
        for key in islice(first, 12):
            yield from _as_row(each.get(key) for each in row)
    else:
        for field in FIELDS:
            if hasattr(first, field):
                yield from _as_row([getattr(each, field, None) for each in row])


def _holds(numbers: Sequence[float], row: Sequence[float]) -> bool:
    for scale in SCALES:
        wanted = [round(each * scale, 6) for each in row]
        place = -1
        while True:
            try:
                place = numbers.index(wanted[0], place + 1)
            except ValueError:
                break
            if [round(each, 6) for each in numbers[place : place + len(wanted)]] == wanted:
                return True
    return False
