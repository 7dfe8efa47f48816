"""What the simulated venue registers: Alpaca's protocol at a loopback address."""

from ipaddress import ip_address

from hftd.config.schema import Venue
from hftd.errors import ConfigError
from hftd.plugin.keys import Keys
from hftd.plugin.marks import hookimpl
from hftd.plugin.protocols import Broker, Feed, Office
from hftd.venues.alpaca.broker import AlpacaBroker
from hftd.venues.alpaca.market_data import MarketData
from hftd.venues.alpaca.updates import Updates


@hookimpl
def register_feeds() -> dict[str, object]:
    """The market-data and the order-update stream."""
    return {"sim": feeds}


@hookimpl
def register_brokers() -> dict[str, object]:
    """The order path."""
    return {"sim": broker}


@hookimpl
def register_offices() -> dict[str, object]:
    """REST through alpaca-py."""
    return {"sim": office}


def feeds(venue: Venue, keys: Keys) -> tuple[Feed, ...]:
    """The simulated venue's two streams."""
    host = _authority(venue)
    market_data = MarketData(f"ws://{host}/v2/{venue.feed}", keys, venue.encoding, keeps_time=True)
    return market_data, Updates(f"ws://{host}/stream", keys)


def broker(venue: Venue, keys: Keys) -> Broker:
    """The simulated venue's order path."""
    return AlpacaBroker(f"http://{_authority(venue)}", keys)


def office(venue: Venue, keys: Keys) -> Office:
    """The simulated venue's REST side."""
    # Imported here: alpaca-py brings pandas, and only the back office's process may carry that.
    from hftd.venues.alpaca.office import AlpacaOffice  # noqa: PLC0415

    url = f"http://{_authority(venue)}"
    return AlpacaOffice(url, url, venue.feed, keys)


def _authority(venue: Venue) -> str:
    try:
        address = ip_address(venue.host)
    except ValueError:
        raise ConfigError(f"[venue] host: {venue.host!r} is no IP address, expected one such as 127.0.0.1") from None
    if not address.is_loopback:
        raise ConfigError(f"[venue] host: {venue.host} is not a loopback address, and the simulated venue is local")
    return f"[{address}]:{venue.port}" if address.version == 6 else f"{address}:{venue.port}"
