"""Go long when the fast average of the minute's close crosses above the slow one, flat when it crosses below.

Both are exponential averages, smoothed by 2 / (period + 1) and begun with the plain mean of their first `period`
closes. The first known side is no crossing: the model waits for a change. A bar that is sent again (`updated`)
is passed over, as the decision on it has been made.
"""
from talipp.indicators import EMA

from hftd import Bar, Model, Options, hookimpl, target


class EmaCross(Model):
    class Options(Options):
        symbol: str = "SPY"
        shares: int = 100
        fast: int = 10
        slow: int = 30

    def start(self):
        if not 0 < self.options.fast < self.options.slow:
            raise ValueError(f"expected 0 < fast < slow, found fast {self.options.fast}, slow {self.options.slow}")
        self.fast = EMA(self.options.fast)
        self.slow = EMA(self.options.slow)
        self.above = None

    def on_bar(self, bar: Bar):
        if bar.span != "minute":
            return None
        for average in (self.fast, self.slow):
            average.add(bar.close)
            # More than `period` values must stay, or the average would begin again.
            if len(average) > 3 * average.period:
                average.purge_oldest(average.period)
        if self.slow[-1] is None or self.fast[-1] == self.slow[-1]:
            return None
        before, self.above = self.above, self.fast[-1] > self.slow[-1]
        if before is None or before == self.above:
            return None
        return target(bar.symbol, self.options.shares if self.above else 0)


@hookimpl
def register_models():
    return {"ema_cross": EmaCross}
