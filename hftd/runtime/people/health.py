"""What is wrong with the connections to the venue, with the time, and with plugin files."""

import time
from collections.abc import Callable, Iterator, Sequence

from hftd.runtime.office.inquiry import Inquiry
from hftd.runtime.office.timekeeper import Timekeeper
from hftd.runtime.wire.lane import Lanes
from hftd.runtime.wire.stream import Stream


class Health:
    """Looks at the streams, the order path, the questions to the venue and the time."""

    def __init__(self, streams: Sequence[Stream], lanes: Lanes, inquiry: Inquiry, keeper: Timekeeper) -> None:
        self._streams = streams
        self._lanes = lanes
        self._inquiry = inquiry
        self._keeper = keeper
        self.broken: Callable[[], Sequence[str]] = tuple
        """Names of plugin files that are broken and that nothing plays for."""

    def troubles(self) -> Iterator[str]:
        """What is down, and why, in words; and what is broken."""
        yield from (f"{stream.feed.name} down: {stream.failure}" for stream in self._streams if stream.failure)
        if self._lanes.wanted and not self._lanes.up and self._lanes.failure:
            yield f"order path down: {self._lanes.failure}"
        yield from (each.trouble for each in (self._inquiry, self._keeper) if each.trouble)
        broken = self.broken()
        if broken:
            yield f"broken: {', '.join(broken[:3])}{', …' if broken[3:] else ''}"

    def stuck(self) -> str:
        """The lane that is down and does nothing about it, which only a restart can mend; empty while there is none."""
        now = time.monotonic()
        stuck = [stream.feed.name for stream in self._streams if stream.stuck(now)]
        if self._lanes.stuck(now):
            stuck.append("order path")
        return f"stuck: {', '.join(stuck)}" if stuck else ""
