"""What a backtest assumes of the world that no tape tells: how long an order takes, what it costs, who is before it."""

from msgspec import Struct

from hftd.core.matching import Terms
from hftd.lab.replay.latency import Fixed, Latency


class Assumptions(Struct, frozen=True):
    """Of a backtest. The defaults are those of the simulated venue: no time passes, nothing costs, nobody waits."""

    latency: Latency = Fixed()
    terms: Terms = Terms()
