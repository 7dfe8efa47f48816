"""The rule of `volume_modulo` on a tape through nautilus_trader; runs in an environment of its own, without hftd.

`python bench/nautilus_play.py TAPE LATENCY one|all`: TAPE is a CSV of prints, LATENCY that of an order in ns; with
`one`, nothing is decided while an order is open. Prints what was decided and filled, and the seconds of processor time
it took.
"""

import csv
import json
import sys
import time
from decimal import Decimal

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.backtest.models import FillModel, LatencyModel
from nautilus_trader.config import LoggingConfig, RiskEngineConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import TradeTick
from nautilus_trader.model.enums import AccountType, AggressorSide, OmsType, OrderSide
from nautilus_trader.model.identifiers import TradeId, TraderId, Venue
from nautilus_trader.model.objects import Money, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

SHARES = 5
CASH = 10_000_000


class Config(StrategyConfig, frozen=True):
    """What the rule needs to know."""

    instrument: object
    one: bool = False


class Rule(Strategy):
    """Sell when a print's size divides by 17, else buy when it divides by 31."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.decided: list[tuple[int, str]] = []
        self.filled: list[tuple[int, str, int, str]] = []
        self.open = 0
        self.sizes = {17: OrderSide.SELL, 31: OrderSide.BUY}
        self.shares = Quantity.from_int(SHARES)

    def on_start(self) -> None:
        self.subscribe_trade_ticks(self.config.instrument.id)

    def on_trade_tick(self, tick: TradeTick) -> None:
        if self.config.one and self.open:
            return
        size = int(tick.size)
        if size % 17 == 0:
            side = OrderSide.SELL
        elif size % 31 == 0:
            side = OrderSide.BUY
        else:
            return
        self.open += 1
        self.decided.append((tick.ts_event, side.name.lower()))
        self.submit_order(self.order_factory.market(self.config.instrument.id, side, self.shares))

    def on_order_filled(self, event) -> None:
        self.open -= event.last_qty == SHARES
        self.filled.append((event.ts_event, event.order_side.name.lower(), int(event.last_qty), str(event.last_px)))


def ticks(path: str, instrument) -> list[TradeTick]:
    """The prints of a tape."""
    with open(path, newline="") as file:
        return [
            TradeTick(
                instrument.id, instrument.make_price(float(row["price"])), Quantity.from_int(int(row["size"])),
                AggressorSide.NO_AGGRESSOR, TradeId(str(number)), int(row["ts_ns"]), int(row["ts_ns"]),
            )
            for number, row in enumerate(csv.DictReader(file))
        ]  # fmt: skip


def main(tape: str, latency: int, one: bool) -> dict:
    """Play the tape once."""
    engine = BacktestEngine(
        BacktestEngineConfig(
            trader_id=TraderId("BENCH-001"), logging=LoggingConfig(bypass_logging=True), run_analysis=False,
            risk_engine=RiskEngineConfig(bypass=True),
        )
    )  # fmt: skip
    engine.add_venue(
        Venue("ARCA"), OmsType.NETTING, AccountType.MARGIN, [Money(CASH, USD)], base_currency=USD,
        default_leverage=Decimal(4), fill_model=FillModel(),
        latency_model=LatencyModel(base_latency_nanos=latency) if latency else None, trade_execution=True,
    )  # fmt: skip
    instrument = TestInstrumentProvider.equity("SPY", "ARCA")
    engine.add_instrument(instrument)
    data = ticks(tape, instrument)
    engine.add_data(data, sort=False)
    rule = Rule(Config(instrument=instrument, one=one))
    engine.add_strategy(rule)
    began = time.process_time()
    engine.run()
    seconds = time.process_time() - began
    sign = {"buy": 1, "sell": -1}
    return {
        "events": len(data), "seconds": seconds, "decided": rule.decided, "filled": rule.filled,
        "position": sum(sign[side] * shares for _, side, shares, _ in rule.filled),
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "one")))
