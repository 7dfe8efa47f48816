"""The names plugin authors import, and nothing else."""

from hftd.core.events import Bar, Fill, Gap, Quote, SessionPhase, Status, Timer, Trade
from hftd.core.intents import Wish, amend, buy, cancel, sell, target, wake
from hftd.core.orders import Order
from hftd.plugin.marks import hookimpl
from hftd.plugin.model import Model, Options, View

__all__ = [
    "Bar",
    "Fill",
    "Gap",
    "Model",
    "Options",
    "Order",
    "Quote",
    "SessionPhase",
    "Status",
    "Timer",
    "Trade",
    "View",
    "Wish",
    "amend",
    "buy",
    "cancel",
    "hookimpl",
    "sell",
    "target",
    "wake",
]
