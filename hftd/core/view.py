"""What a model may see of the state: facts as of the event it answers, and nothing to change them with."""

from decimal import Decimal

from hftd.core.events import Quote, Trade
from hftd.core.orders import Order
from hftd.core.state import State


class StateView:
    """One model's window on the state."""

    __slots__ = ("_model", "_state")

    def __init__(self, state: State, model: str) -> None:
        self._state = state
        self._model = model

    def look_at(self, state: State) -> None:
        """Look at another state from now on: a model that lived through the day behind the stage enters it."""
        self._state = state

    @property
    def now(self) -> int:
        """The time of the event being answered, ns UTC."""
        return self._state.now

    @property
    def phase(self) -> str:
        """The phase of the trading day."""
        return self._state.phase

    def last(self, symbol: str) -> Trade | None:
        """The last print that may set a price."""
        line = self._state.book.lines.get(symbol)
        return line.last if line is not None else None

    def quote(self, symbol: str) -> Quote | None:
        """The last quote."""
        line = self._state.book.lines.get(symbol)
        return line.quote if line is not None else None

    def position(self, symbol: str) -> Decimal:
        """Signed shares the model that asks holds."""
        return self._state.accounts.shares(self._model, symbol)

    def account(self, symbol: str) -> Decimal:
        """Signed shares the whole account holds."""
        return self._state.ledger.shares(symbol)

    def orders(self, symbol: str = "") -> tuple[Order, ...]:
        """Open orders of the model that asks."""
        return tuple(working.order for working in self._state.blotter.of(self._model, symbol))
