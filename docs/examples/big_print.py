"""Follow a large print: with the side that was hit, for a while, then flat again."""

from hftd import Fill, Model, Options, Quote, Timer, Trade, hookimpl, target, wake

SECOND = 1_000_000_000


class BigPrint(Model):
    class Options(Options):
        symbol: str = "SPY"
        shares: int = 20
        large: int = 1_000
        hold_seconds: float = 60.0

    def start(self):
        self.quote = None
        self.holding = False
        self.traded = 0

    def on_quote(self, quote: Quote):
        self.quote = quote

    def on_trade(self, trade: Trade):
        if self.holding or self.quote is None or trade.size < self.options.large:
            return None
        side = (trade.price >= self.quote.ask) - (trade.price <= self.quote.bid)
        if side == 0:
            return None
        self.holding = True
        end = self.view.now + int(self.options.hold_seconds * SECOND)
        return target(trade.symbol, side * self.options.shares), wake(end, "flat")

    def on_timer(self, timer: Timer):
        self.holding = False
        return target(self.options.symbol, 0)

    def on_fill(self, fill: Fill):
        self.traded += int(fill.shares)


@hookimpl
def register_models():
    return {"big_print": BigPrint}
