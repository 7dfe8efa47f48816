"""The simulated venue's protocol at a loopback address, over TLS."""
from hftd import hookimpl
from hftd.venues.alpaca.broker import AlpacaBroker
from hftd.venues.alpaca.market_data import MarketData
from hftd.venues.alpaca.updates import Updates


@hookimpl
def register_feeds():
    return {"secure_sim": feeds}


@hookimpl
def register_brokers():
    return {"secure_sim": broker}


@hookimpl
def register_offices():
    return {"secure_sim": office}


def feeds(venue, keys):
    address = f"wss://127.0.0.1:{venue.port}"
    market_data = MarketData(f"{address}/v2/{venue.feed}", keys, venue.encoding, keeps_time=True)
    return market_data, Updates(f"{address}/stream", keys)


def broker(venue, keys):
    return AlpacaBroker(f"https://127.0.0.1:{venue.port}", keys)


def office(venue, keys):
    # Imported here: alpaca-py brings pandas, and only the back office's process may carry that.
    from hftd.venues.alpaca.office import AlpacaOffice  # noqa: PLC0415

    address = f"https://127.0.0.1:{venue.port}"
    return AlpacaOffice(address, address, venue.feed, keys)
