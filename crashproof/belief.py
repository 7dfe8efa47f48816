"""What a daemon would believe if it started now: its journal, lived through once more, and read by itself."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct

from crashproof.rule import intents
from hftd.config.load import folder as plugin_folder
from hftd.config.load import load
from hftd.core.effects import Replace, Submit
from hftd.core.engine import Engine
from hftd.core.events import Trade
from hftd.core.orders import Working
from hftd.core.state import State
from hftd.plugin import host
from hftd.plugin.blueprint import blueprints
from hftd.plugin.keys import Keys
from hftd.plugin.protocols import Feed
from hftd.runtime.models.troupe import seat_models
from hftd.runtime.past.journal import Frame, read
from hftd.runtime.past.recovery import remember
from hftd.venues.shipped import SHIPPED


class Belief(Struct, frozen=True):
    """A day's orders and positions, and what the records say for themselves."""

    orders: dict[str, Working]
    positions: dict[str, Decimal]
    fills: int
    names: Counter[str]
    """How often each order id was decided on."""
    unasked: tuple[str, ...]
    """Orders that no print asked for."""
    records: int


def believe(config: Path, journal: Path) -> Belief:
    """Live the journal through. Raises HftdError where it cannot be read."""
    settings = load(config)
    plugins = host.load(plugin_folder(settings, config), SHIPPED)
    feeds: tuple[Feed, ...] = plugins.factory("feeds", settings.venue.name)(settings.venue, Keys("sim", "sim"))
    state = State()
    engine = Engine(state, seat_models(state, blueprints(settings, plugins, config)), [], flatten=False)
    records = remember(engine, feeds, journal, follows=True)
    names, unasked = _decided(feeds, journal)
    blotter = state.blotter
    return Belief(
        {**blotter.done, **blotter.open},
        {symbol: position.shares for symbol, position in state.ledger.positions.items()},
        state.counts["fills"],
        names,
        unasked,
        records,
    )


def _decided(feeds: tuple[Feed, ...], journal: Path) -> tuple[Counter[str], tuple[str, ...]]:
    """Ids of the orders in the journal, and those of orders that no print asked for.

    A frame of prints is followed by the orders it led to; each uses up one wish of the rule. An order with no wish left
    is one too many.
    """
    by_name = {feed.name: feed for feed in feeds}
    names: Counter[str] = Counter()
    unasked: list[str] = []
    wished: Counter[tuple[Any, ...]] = Counter()
    for record in read(journal):
        match record.content:
            case Frame(name, _, data) if name in by_name and not by_name[name].orders:
                prints = [event for event in by_name[name].decode(data, 0) if isinstance(event, Trade)]
                wished = Counter(
                    (wish.symbol, wish.side, wish.shares, wish.limit) for each in prints for wish in intents(each)
                )
            case Submit(order):
                names[order.id] += 1
                wish = (order.symbol, order.side, order.shares, order.limit)
                if not wished[wish]:
                    unasked.append(order.id)
                wished[wish] -= 1
            case Replace(order):
                names[order.id] += 1
            case _:
                pass
    return names, tuple(unasked)
