"""The kinds of tape files, told apart by their columns."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from msgspec import Struct

from hftd.errors import HftdError

# Rows of one stretch of a file, column by column: whole numbers (-1 where missing), prices (NaN where missing),
# words, and `conditions` as tuples of letters.
Batch = dict[str, list[Any]]

WHOLE = frozenset({"ts_ns", "size", "bid_size", "ask_size"})
PRICES = frozenset({"price", "bid", "ask"})


class Layout(Struct, frozen=True):
    """Columns a file must have and those it may have. ``halves``: quotes that come one side a row."""

    kind: Literal["trades", "quotes", "halves"]
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()

    def present(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The columns of a file that are read."""
        return tuple(name for name in self.needs + self.may if name in columns)


_QUOTE = ("ts_ns", "symbol", "bid", "bid_size", "ask", "ask_size")
TRADES = Layout("trades", ("ts_ns", "symbol", "price", "size"), ("exchange", "conditions", "tape"))
HALVES = Layout("halves", (*_QUOTE, "exchange"), ("conditions",))
QUOTES = Layout("quotes", _QUOTE)


class Source(Protocol):
    """A file as columns."""

    columns: tuple[str, ...]

    def batches(self, layout: Layout) -> Iterator[Batch]:
        """The file's rows from the beginning, some thousands at a time."""


def layout_of(path: Path, columns: Sequence[str]) -> Layout:
    """The kind of file these columns make; HftdError where they make none."""
    for layout in (TRADES, HALVES, QUOTES):
        if set(layout.needs) <= set(columns):
            return layout
    found = ", ".join(columns) or "none"
    raise HftdError(f"{path}: columns {found}; a tape has {', '.join(TRADES.needs)} or {', '.join(QUOTES.needs)}")
