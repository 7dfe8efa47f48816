"""The engine's step where it is compiled: the usual print or quote, and the usual wish that follows from one."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hftd import native
from hftd.core.book import Line
from hftd.core.desk import Desk
from hftd.core.effects import Effect, Submit
from hftd.core.events import Event, Quote, Trade
from hftd.core.orders import Order, Working, beginning
from hftd.core.seat import Seat

if TYPE_CHECKING:
    from hftd.core.engine import Engine

Step = Callable[[Event], Sequence[Effect]]


def swift(
    engine: "Engine", desk: Desk, heed: Callable[..., None], fail: Callable[..., None],
    on_trade: Mapping[str, Any], on_quote: Mapping[str, Any],
) -> Step:  # fmt: skip
    """Take one event; what must follow, in order. Without a compiler, that is the engine's step in Python."""
    if native.wire is None:
        return engine.step_in_python
    state, out = engine.state, desk.out
    usual = native.wire.Heed(heed, engine, desk, out, state, beginning, Seat, Decimal, Order, Working, Submit)
    return native.wire.Step(
        engine.step_in_python, usual, fail, out, state, state.book.lines, state.book.last_prices.known,
        on_trade, on_quote, Trade, Quote, Line,
    )  # fmt: skip
