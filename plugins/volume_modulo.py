"""Sell when a trade's size divides by 17, else buy when it divides by 31."""
from hftd import Model, Options, Trade, buy, hookimpl, sell


class VolumeModulo(Model):
    class Options(Options):
        symbol: str = "SPY"
        shares: int = 5

    def on_trade(self, trade: Trade):
        if trade.size % 17 == 0:
            return sell(trade.symbol, self.options.shares)
        if trade.size % 31 == 0:
            return buy(trade.symbol, self.options.shares)


@hookimpl
def register_models():
    return {"volume_modulo": VolumeModulo}
