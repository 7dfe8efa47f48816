"""Buy one share and sell it again, in turns, on every trade whose size divides by `divisor`."""
from hftd import Model, Options, Trade, buy, hookimpl, sell


class EveryNth(Model):
    class Options(Options):
        symbol: str = "SPY"
        divisor: int = 17

    def start(self):
        self.long = False

    def on_trade(self, trade: Trade):
        if trade.size % self.options.divisor:
            return None
        self.long = not self.long
        return buy(trade.symbol, 1) if self.long else sell(trade.symbol, 1)


@hookimpl
def register_models():
    return {"every_nth": EveryNth}
