"""Buy one share on every trade whose size divides by `divisor`."""
from hftd import Model, Options, Trade, buy, hookimpl


class EveryNth(Model):
    class Options(Options):
        symbol: str = "SPY"
        divisor: int = 17

    def on_trade(self, trade: Trade):
        if trade.size % self.options.divisor == 0:
            return buy(trade.symbol, 1)
        return None


@hookimpl
def register_models():
    return {"every_nth": EveryNth}
