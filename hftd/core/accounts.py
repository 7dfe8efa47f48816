"""What each model holds and has made: the account's fills, booked a second time on the model that wished them.

Models net at the venue and are accounted apart. What nobody here bought belongs to no model.
"""

from collections.abc import Iterator
from decimal import Decimal

from hftd.core.events import Fill
from hftd.core.ledger import Ledger
from hftd.core.orders import signed
from hftd.core.seat import FLATTEN

ZERO = Decimal(0)


class Accounts:
    """One ledger a model, opened with its first fill."""

    def __init__(self) -> None:
        self.ledgers: dict[str, Ledger] = {}

    def of(self, model: str) -> Ledger:
        """The ledger of ``model``; its cash is what trading brought it."""
        ledger = self.ledgers.get(model)
        if ledger is None:
            ledger = self.ledgers[model] = Ledger()
        return ledger

    def shares(self, model: str, symbol: str) -> Decimal:
        """Signed shares ``model`` holds."""
        ledger = self.ledgers.get(model)
        return ledger.shares(symbol) if ledger is not None else ZERO

    def holders(self, symbol: str) -> Iterator[str]:
        """Models that hold ``symbol``, by name."""
        return (name for name in sorted(self.ledgers) if self.ledgers[name].shares(symbol))

    def fill(self, model: str, fill: Fill) -> None:
        """Book an execution on the model whose order it was; one that flattens the account, on those who hold."""
        shares = signed(fill.side, fill.shares)
        if model == FLATTEN:
            self.close(fill.symbol, shares, fill.price, fill.fee)
        else:
            self.of(model).book(fill.symbol, shares, fill.price, fill.fee)

    def close(self, symbol: str, shares: Decimal, price: Decimal, fee: Decimal = ZERO) -> None:
        """Book signed ``shares`` no model traded on those who hold the other side, by name, as far as it goes.

        What is left closes shares that belong to no model. The fee goes with the shares.
        """
        left = shares
        for model in tuple(self.holders(symbol)):
            held = self.shares(model, symbol)
            if held * left >= 0:
                continue
            taken = max(left, -held) if left < 0 else min(left, -held)
            self.of(model).book(symbol, taken, price, fee * taken / shares)
            left -= taken

    def new_day(self) -> None:
        """Begin another day: profit taken is put away, what is held is carried into it."""
        for ledger in self.ledgers.values():
            ledger.new_day()
        self.ledgers = {name: ledger for name, ledger in self.ledgers.items() if ledger.positions}
