"""One column of a batch: a list, or where that is compiled, numbers as they lie in memory; what a check asks of either.

A number in memory becomes an object when its row becomes an event, and not before.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import isfinite, nan
from typing import Any, TypeGuard, TypeVar

from hftd import native

Column = Sequence[Any]
Made = TypeVar("Made")


def column(buffer: Any, first: int, count: int, code: str, words: tuple[Any, ...] | None = None) -> Column:
    """``count`` numbers of 8 bytes of a buffer, from number ``first`` on; ``code`` is ``q`` for whole ones, else ``d``.

    With ``words`` they are places in that, -1 the last one.
    """
    if native.wire is not None:
        return native.wire.Column(buffer, first, count, code, *(() if words is None else (words,)))
    # Arrow's own conversions make an object of every number first, or import pandas, which takes a second.
    numbers = list(memoryview(buffer).cast("B").cast(code)[first : first + count])
    return numbers if words is None else [words[number] for number in numbers]


def lowest(numbers: Column) -> Any:
    """The lowest number; NaN, or anything, where one of them is NaN. At least one is there."""
    return numbers.bounds()[0] if _is_compiled(numbers) else min(numbers)


def bounds(numbers: Column) -> tuple[Any, Any]:
    """The lowest and the highest number; NaN for both where one is NaN. At least one is there."""
    if _is_compiled(numbers):
        found: tuple[Any, Any] = numbers.bounds()
        return found
    # A sum that is finite says there is no NaN, which `min` could miss.
    return (min(numbers), max(numbers)) if isfinite(sum(numbers)) else (nan, nan)


def ascends(numbers: Column) -> bool:
    """Whether no whole number is lower than the one before it."""
    return numbers.ascends() if _is_compiled(numbers) else sorted(numbers) == numbers


def distinct(words: Column) -> set[Any]:
    """The words that are there."""
    return words.distinct() if _is_compiled(words) else set(words)


def rows(made: Callable[..., Made], columns: Sequence[Iterable[Any]]) -> Iterator[Made]:
    """``made`` of each row, as ``map`` does."""
    return map(made, *columns) if native.wire is None else native.wire.Rows(made, *columns)


def _is_compiled(numbers: Column) -> TypeGuard[Any]:
    return native.wire is not None and isinstance(numbers, native.wire.Column)
