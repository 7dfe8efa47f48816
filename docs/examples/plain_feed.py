"""A feed, sans I/O: prints as JSON arrays of symbol, price, size, time in nanoseconds."""

import msgspec

from hftd import Trade, hookimpl
from hftd.core.events import FeedUp
from hftd.plugin.protocols import Endpoint, Wanted


class PlainFeed:
    name = "plain"
    binary = False
    orders = False
    keeps_time = False
    refusal = ""

    def __init__(self, url):
        self.url = url
        self.outbox = []
        self.oddities = 0
        self.wanted = Wanted()

    def endpoint(self):
        return Endpoint(self.url)

    def opened(self):
        self.outbox = [msgspec.json.encode({"subscribe": self.wanted.trades})]

    def want(self, wanted):
        self.wanted = wanted
        self.outbox.append(msgspec.json.encode({"subscribe": wanted.trades}))

    def decode(self, frame, seen):
        if frame == b'"subscribed"':
            return [FeedUp(self.name, seen)]
        try:
            symbol, price, size, ts = msgspec.json.decode(frame, type=tuple[str, float, int, int])
        except msgspec.DecodeError:
            self.oddities += 1
            return []
        return [Trade(symbol, price, size, ts, seen)]


@hookimpl
def register_feeds():
    return {"plain": lambda venue, keys: (PlainFeed(f"ws://{venue.host}:{venue.port}/prints"),)}
