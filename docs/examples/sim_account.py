"""Ask the simulated venue for its account, with Alpaca's own library. Any key is let in."""

import sys

from alpaca.trading.client import TradingClient

address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8790"
account = TradingClient("key", "secret", url_override=address).get_account()
print(account.status.value, account.cash)
