"""The vendor's client as its documentation shows it: `python -m bench.alpaca PORT [raw] [tls]` orders on every 17th.

Its best: the order is built beforehand, and with ``raw`` neither prints nor answers are made into models.
"""

import sys
from typing import Any

from alpaca.data.live import StockDataStream
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, TimeInForce
from alpaca.trading.requests import MarketOrderRequest

from bench.ticks import LOUD, SYMBOL


def main(port: int, *, raw: bool, tls: bool) -> None:
    """Trade until killed."""
    s, host = "s" if tls else "", f"127.0.0.1:{port}"
    client = TradingClient("bench", "bench", paper=True, raw_data=raw, url_override=f"http{s}://{host}")
    stream = StockDataStream("bench", "bench", raw_data=raw, url_override=f"ws{s}://{host}/v2/iex")
    order = MarketOrderRequest(symbol=SYMBOL, qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY)

    async def on_trade(trade: Any) -> None:
        if trade.size % LOUD == 0:
            client.submit_order(order)

    async def on_raw_trade(trade: Any) -> None:
        if trade["s"] % LOUD == 0:
            client.submit_order(order)

    stream.subscribe_trades(on_raw_trade if raw else on_trade, SYMBOL)
    stream.run()


if __name__ == "__main__":
    main(int(sys.argv[1]), raw="raw" in sys.argv[2:], tls="tls" in sys.argv[2:])
