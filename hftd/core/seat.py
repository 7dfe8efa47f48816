"""A model's seat at the engine: its name, its handlers, how it stands, what it has done."""

from collections.abc import Callable, Iterable
from typing import Any, Literal

from hftd.core.events import Side, Version
from hftd.core.intents import Wish

# Names no model may have: whose orders these are, and who asks when no model does.
FLATTEN = "(flatten)"
NOBODY = "(nobody)"

Standing = Literal["active", "shadow", "benched", "retired"]
Answer = Wish | Iterable[Wish] | None
Handler = Callable[[Any], Answer]

# Handlers told about one symbol's events, and those told whatever the symbol.
BY_SYMBOL = ("on_trade", "on_quote", "on_bar", "on_status")
BY_MODEL = ("on_fill", "on_timer", "on_gap", "on_open", "on_close")
HANDLERS = BY_SYMBOL + BY_MODEL


class Seat:
    """One model among others."""

    __slots__ = (
        "alarms", "counts", "decided", "entered", "handlers", "model", "name", "reason", "rejects", "spans",
        "standing", "symbols", "version",
    )  # fmt: skip

    def __init__(
        self, name: str, model: object, symbols: Iterable[str], standing: Standing = "active",
        version: Version | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.model = model
        self.version = version or Version("")
        self.symbols = tuple(dict.fromkeys(symbols))
        self.standing: Standing = standing
        self.handlers: dict[str, Handler] = {
            handler: getattr(model, handler) for handler in HANDLERS if callable(getattr(model, handler, None))
        }
        self.spans: tuple[str, ...] = tuple(getattr(model, "spans", ("minute",)))
        """Which bars ``on_bar`` is told of."""
        self.alarms: set[tuple[int, str]] = set()
        """Timers that were asked for and have not come, as (moment, key)."""
        self.counts = dict.fromkeys(("buys", "sells", "orders", "refused", "errors"), 0)
        self.reason = ""
        self.rejects = 0
        """Its orders the venue rejected in a row."""
        self.entered = 0
        """When it took its seat, ns UTC; 0: as the day began."""
        self.decided = 0
        """Decisions since then, which a canary counts."""

    @property
    def plays(self) -> bool:
        """Whether it hears the market."""
        return self.standing in ("active", "shadow")

    def wished(self, side: Side) -> None:
        """Count an intent."""
        self.counts["buys" if side == "buy" else "sells"] += 1
        self.decided += 1

    def new_day(self) -> None:
        """Begin another day: counters start again. Standing stays: nobody mended the model over night."""
        self.counts, self.rejects = dict.fromkeys(self.counts, 0), 0

    def follow(self, older: "Seat") -> None:
        """Take over what an older version of the model has done today."""
        self.counts, self.rejects = older.counts, older.rejects
