"""Hold shares while the bid is much larger than the offer, go short while it is much smaller.

The share of the displayed size that is bid, bid / (bid + ask), tells which side of a one-tick spread is likely to be
used up first, and so which way the next price move goes. Above `threshold` the model wants to be long, below
1 - `threshold` short; in between it keeps what it has. Quotes with one side missing, crossed, or wider than
`max_spread` dollars say nothing about the queue and are passed over.
"""
from hftd import Model, Options, Quote, hookimpl, target


class QuoteImbalance(Model):
    class Options(Options):
        symbol: str = "SPY"
        shares: int = 10
        threshold: float = 0.8
        max_spread: float = 0.01

    def start(self):
        self.stance = 0

    def on_quote(self, quote: Quote):
        stance = self.read(quote)
        if stance in (0, self.stance):
            return None
        self.stance = stance
        return target(quote.symbol, stance * self.options.shares)

    def read(self, quote: Quote) -> int:
        if not quote.bid_size or not quote.ask_size:
            return 0
        # A spread is a whole number of cents; float prices are a hair off it.
        if not 0 < round(quote.ask - quote.bid, 6) <= self.options.max_spread:
            return 0
        share = quote.bid_size / (quote.bid_size + quote.ask_size)
        return (share > self.options.threshold) - (share < 1 - self.options.threshold)


@hookimpl
def register_models():
    return {"quote_imbalance": QuoteImbalance}
