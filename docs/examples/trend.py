"""Hold shares while the last minute closed above the mean of the last few."""

from hftd import Bar, Gap, Model, Options, hookimpl, target


class Trend(Model):
    spans = ("minute", "updated")

    class Options(Options):
        symbol: str = "SPY"
        shares: int = 10
        minutes: int = 20

    def start(self):
        self.closes = {}

    def on_bar(self, bar: Bar):
        self.take(bar)
        if bar.span == "updated" or len(self.closes) < self.options.minutes:
            return None
        mean = sum(self.closes.values()) / len(self.closes)
        return target(bar.symbol, self.options.shares if bar.close > mean else 0)

    def on_gap(self, gap: Gap):
        bars = [bar for bar in gap.bars if bar.symbol == self.options.symbol]
        if not bars:
            self.closes.clear()  # nobody knows what happened meanwhile: learn again
        for bar in bars:
            self.take(bar)

    def take(self, bar: Bar):
        self.closes[bar.ts] = bar.close  # told again, a minute takes its own place
        for ts in sorted(self.closes)[: -self.options.minutes]:
            del self.closes[ts]


@hookimpl
def register_models():
    return {"trend": Trend}
