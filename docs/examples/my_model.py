"""Buy when a print is large."""

from hftd import Model, Options, Trade, buy, hookimpl


class MyModel(Model):
    class Options(Options):
        symbol: str = "SPY"
        shares: int = 10
        large: int = 1_000

    def on_trade(self, trade: Trade):
        if trade.size < self.options.large:
            return None
        return buy(trade.symbol, self.options.shares)


@hookimpl
def register_models():
    return {"my_model": MyModel}
