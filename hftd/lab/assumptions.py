"""What a backtest assumes of the world that no tape tells: how long an order takes, what it costs, who is before it."""

from msgspec import Struct


class Assumptions(Struct, frozen=True):
    """Of a backtest. The defaults are those of the simulated venue."""
