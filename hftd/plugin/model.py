"""The two classes a model author writes against: ``Model`` and ``Options``."""

from decimal import Decimal
from typing import Any, ClassVar, Protocol

from msgspec import Struct

from hftd.core.events import Quote, Trade
from hftd.core.orders import Order


class Options(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model's settings: typed fields with defaults, filled from its table in ``hftd.toml``.

    ``symbol: str`` or ``symbols: tuple[str, ...]`` say which symbols the model is told about.
    """


class View(Protocol):
    """What a model may look at: facts as of the event it is answering, read-only."""

    @property
    def now(self) -> int:
        """The time of the event, ns UTC."""

    @property
    def phase(self) -> str:
        """The phase of the trading day."""

    def last(self, symbol: str) -> Trade | None:
        """The last print that may set a price."""

    def quote(self, symbol: str) -> Quote | None:
        """The last quote."""

    def position(self, symbol: str) -> Decimal:
        """Signed shares the model itself holds."""

    def account(self, symbol: str) -> Decimal:
        """Signed shares the whole account holds, other models' and others' included."""

    def orders(self, symbol: str = "") -> tuple[Order, ...]:
        """The model's own open orders."""


class Model:
    """A trading rule. Define only the handlers you need; each gets one event and returns a wish, several, or None.

    ``on_trade on_quote on_bar on_status on_gap on_fill on_timer on_open on_close``. The clock, the book, positions
    and own orders are in ``self.view``; settings are in ``self.options``. A model that raises is benched.
    """

    spans: ClassVar[tuple[str, ...]] = ("minute",)
    """Which bars ``on_bar`` is told of: ``minute``, ``updated`` (a minute corrected), ``day`` (the day so far)."""

    class Options(Options, frozen=True):
        """No settings unless the model says otherwise."""

    def __init__(self, options: Any, view: View) -> None:
        """Take the settings and the view. A subclass that keeps state sets it up in ``start``."""
        self.options = options
        self.view = view
        self.start()

    def start(self) -> None:
        """Set up state; called once, before the first event."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """Symbols whose events reach the model: its options' ``symbol`` or ``symbols``."""
        one = getattr(self.options, "symbol", None)
        return (one,) if isinstance(one, str) else tuple(getattr(self.options, "symbols", ()))
