"""Trades at every turn: market and limit orders, withdrawals, amendments, as ``crashproof.rule`` says."""

from collections.abc import Iterator

from crashproof import rule
from hftd import Model, Options, Trade, amend, cancel, hookimpl
from hftd.core.intents import Wish


class Restless(Model):
    """Keeps no state: after a restart it wishes what it would have wished."""

    class Options(Options, frozen=True):
        """Where it trades."""

        symbols: tuple[str, ...] = ()

    def on_trade(self, trade: Trade) -> Iterator[Wish]:
        """Orders first, then what becomes of those that are open."""
        yield from rule.intents(trade)
        if rule.withdraws(trade):
            yield cancel(symbol=trade.symbol)
        elif rule.amends(trade):
            limits = [order for order in self.view.orders(trade.symbol) if order.limit is not None]
            if limits:
                yield amend(limits[0].id, limit=rule.near(trade, 0.05 if limits[0].side == "sell" else -0.05))


@hookimpl
def register_models() -> dict[str, type[Model]]:
    """One model."""
    return {"restless": Restless}
