"""What the Alpaca venue registers. The hosts are those of its paper service; no other is known to this program."""

from hftd.config.schema import Venue
from hftd.plugin.keys import Keys
from hftd.plugin.marks import hookimpl
from hftd.plugin.protocols import Broker, Feed, Office
from hftd.venues.alpaca.broker import AlpacaBroker
from hftd.venues.alpaca.market_data import MarketData
from hftd.venues.alpaca.updates import Updates

TRADING = "https://paper-api.alpaca.markets"
UPDATES = "wss://paper-api.alpaca.markets/stream"
STREAM = "wss://stream.data.alpaca.markets/v2"
REQUESTS_PER_MINUTE = 200  # an account's rate limit (trading API, section "Rate limit")
DATA = "https://data.alpaca.markets"


@hookimpl
def register_feeds() -> dict[str, object]:
    """The market-data and the order-update stream."""
    return {"alpaca": feeds}


@hookimpl
def register_brokers() -> dict[str, object]:
    """The order path."""
    return {"alpaca": broker}


@hookimpl
def register_offices() -> dict[str, object]:
    """REST through alpaca-py."""
    return {"alpaca": office}


def feeds(venue: Venue, keys: Keys) -> tuple[Feed, ...]:
    """Alpaca's two streams."""
    return MarketData(f"{STREAM}/{venue.feed}", keys, venue.encoding), Updates(UPDATES, keys)


def broker(_: Venue, keys: Keys) -> Broker:
    """Alpaca's order path."""
    return AlpacaBroker(TRADING, keys, REQUESTS_PER_MINUTE)


def office(venue: Venue, keys: Keys) -> Office:
    """Alpaca's REST side."""
    # Imported here: alpaca-py brings pandas, and only the back office's process may carry that.
    from hftd.venues.alpaca.office import AlpacaOffice  # noqa: PLC0415

    return AlpacaOffice(TRADING, DATA, venue.feed, keys)
