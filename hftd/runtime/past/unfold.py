"""A day's records as what was lived: a frame becomes its events, each at its own place in the order of things."""

from collections import deque
from collections.abc import Iterable, Iterator

from hftd.core.effects import Disconnect, Effect
from hftd.core.events import Event, FeedDown, Restarted
from hftd.plugin.protocols import Feed
from hftd.runtime.past.journal import Frame, Lived, Record


class Unfolding:
    """Takes the records of one journal in their order; ``feeds`` decode its frames, and nobody else's."""

    def __init__(self, feeds: Iterable[Feed], *, follows: bool) -> None:
        """``follows``: the daemon's clock was the venue's, so market events were seen at their own time."""
        self._feeds = {feed.name: feed for feed in feeds}
        self._follows = follows
        self._framed: deque[Event] = deque()
        self._lived = 0
        self._marked = False
        self.frame = 0
        """The number of the record the last frame came in."""
        self.seen = 0
        """When that frame came, by the daemon's clock (ns UTC)."""

    def take(self, record: Record) -> Iterator[Event | Effect]:
        """What this record says was lived and decided; of a frame, only once it is known how much of it was."""
        match record.content:
            case Frame(name, seen, data):
                yield from self.rest()
                self.frame, self.seen, self._lived, self._marked = record.number, seen, 0, False
                if name in self._feeds:  # the settings may name another venue today
                    self._framed.extend(self._decode(self._feeds[name], seen, data))
            case Lived(count):
                self._marked = True
                while self._framed and self._lived < count:
                    yield self._next()
            case Event() | Effect() as content:
                if self._framed and not self._marked:
                    yield from self.rest()
                if isinstance(content, FeedDown | Restarted | Disconnect):
                    self._reopen(content)
                yield content
            case _:
                pass

    def rest(self) -> Iterator[Event]:
        """What is left of the last frame, once nothing more is said of it: all of it, unless a part was told of."""
        if self._marked:  # the process died in the midst of it: nobody lived the rest
            self._framed.clear()
        while self._framed:
            yield self._next()

    def _next(self) -> Event:
        self._lived += 1
        event = self._framed.popleft()
        if isinstance(event, FeedDown):
            self._reopen(event)
        return event

    def _decode(self, feed: Feed, seen: int, data: bytes) -> Iterable[Event]:
        events = feed.decode(data, 0 if self._follows and not feed.orders else seen)
        feed.outbox.clear()  # nobody sends what it would answer
        return events

    def _reopen(self, why: FeedDown | Restarted | Disconnect) -> None:
        """What comes next comes over another connection."""
        for feed in self._feeds.values():
            if not isinstance(why, FeedDown) or why.feed == feed.name:
                feed.opened()
                feed.outbox.clear()
