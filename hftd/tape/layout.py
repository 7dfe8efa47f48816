"""The kinds of tape files, told apart by their columns."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from msgspec import Struct

from hftd.core.events import Band, Bar, Bust, Correction, Gap, Quote, Status, Trade
from hftd.errors import HftdError
from hftd.tape.column import Column
from hftd.tape.report import shown

Market = Trade | Quote | Bar | Status | Band | Correction | Bust | Gap
Kind = Literal["trades", "quotes", "halves", "bars", "statuses", "bands", "corrections", "busts", "gaps"]

# Rows of one stretch of a file, column by column: whole numbers (-1 where missing), prices (NaN where missing),
# words, and `conditions` as tuples of letters.
Batch = dict[str, Column]

NUMBER = "number"
"""The column that says which event of its recording a row was, over all of the recording's files."""

WHOLE = frozenset({
    "ts_ns", "seen_ns", "until_ns", NUMBER, "size", "bid_size", "ask_size", "volume", "trades", "id", "halted",
    "old_id", "old_size", "new_id", "new_size",
})  # fmt: skip
PRICES = frozenset({
    "price", "bid", "ask", "open", "high", "low", "close", "vwap", "lower", "upper", "old_price", "new_price",
})  # fmt: skip
# Columns that are not called as the event's field is.
FIELDS: Mapping[str, str] = {"ts_ns": "ts", "seen_ns": "seen", "until_ns": "until", "bust": "action"}


class Layout(Struct, frozen=True):
    """Columns a file of one event must have and those it may have. ``halves``: quotes that come one side a row."""

    kind: Kind
    event: type[Market]
    needs: tuple[str, ...]
    may: tuple[str, ...] = ()

    def field(self, column: str) -> str:
        """What the event calls a column. When a gap happened is when it began."""
        return "since" if self.kind == "gaps" and column == "ts_ns" else FIELDS.get(column, column)

    def present(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The columns of a file that are read."""
        return tuple(name for name in (*self.needs, *self.may, NUMBER) if name in columns)

    def missing(self, column: str) -> int:
        """What stands for a whole number that is not there: what no row may say, or what a row need not say."""
        return -1 if column in self.needs else 0


_QUOTE = ("ts_ns", "symbol", "bid", "bid_size", "ask", "ask_size")
TRADES = Layout(
    "trades", Trade, ("ts_ns", "symbol", "price", "size"), ("exchange", "conditions", "tape", "id", "seen_ns")
)
HALVES = Layout("halves", Quote, (*_QUOTE, "exchange"), ("conditions",))
QUOTES = Layout("quotes", Quote, _QUOTE, ("conditions", "bid_exchange", "ask_exchange", "tape", "seen_ns"))
BARS = Layout(
    "bars", Bar, ("ts_ns", "symbol", "open", "high", "low", "close", "volume"), ("span", "trades", "vwap", "seen_ns")
)
STATUSES = Layout("statuses", Status, ("ts_ns", "symbol", "halted", "code", "reason"), ("text", "seen_ns"))
BANDS = Layout("bands", Band, ("ts_ns", "symbol", "lower", "upper", "indicator"), ("seen_ns",))
_OLD, _NEW = ("old_id", "old_price", "old_size"), ("new_id", "new_price", "new_size")
CORRECTIONS = Layout("corrections", Correction, ("ts_ns", "symbol", *_OLD, *_NEW), ("seen_ns",))
BUSTS = Layout("busts", Bust, ("ts_ns", "symbol", "id", "price", "size", "bust"), ("seen_ns",))
GAPS = Layout("gaps", Gap, ("ts_ns", "until_ns", "feed"), ("bars", "seen_ns"))

LAYOUTS = (BUSTS, TRADES, HALVES, QUOTES, BARS, STATUSES, BANDS, CORRECTIONS, GAPS)
"""Those with more columns come before those they include."""
WRITTEN: Mapping[type[Market], Layout] = {layout.event: layout for layout in LAYOUTS if layout is not HALVES}
"""How each event is written."""


class Source(Protocol):
    """A file as columns."""

    columns: tuple[str, ...]
    recording: str
    """Which recording its rows are numbered in; empty where they are in none."""

    def batches(self, layout: Layout) -> Iterator[Batch]:
        """The file's rows from the beginning, some thousands at a time."""


def layout_of(path: Path, columns: Sequence[str]) -> Layout:
    """The kind of file these columns make; HftdError where they make none."""
    for layout in LAYOUTS:
        if set(layout.needs) <= set(columns):
            return layout
    found = shown(", ".join(columns)) or "none"
    raise HftdError(f"{path}: columns {found}; a tape has {', '.join(TRADES.needs)} or {', '.join(QUOTES.needs)}")
