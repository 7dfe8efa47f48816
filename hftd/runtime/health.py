"""What is wrong with the connections to the venue."""

import time
from collections.abc import Iterator, Sequence

from hftd.runtime.inquiry import Inquiry
from hftd.runtime.lane import Lanes
from hftd.runtime.stream import Stream


class Health:
    """Looks at the streams, the order path and the questions to the venue."""

    def __init__(self, streams: Sequence[Stream], lanes: Lanes, inquiry: Inquiry) -> None:
        self._streams = streams
        self._lanes = lanes
        self._inquiry = inquiry

    def troubles(self) -> Iterator[str]:
        """What is down, and why, in words."""
        yield from (f"{stream.feed.name} down: {stream.failure}" for stream in self._streams if stream.failure)
        if self._lanes.wanted and not self._lanes.up and self._lanes.failure:
            yield f"order path down: {self._lanes.failure}"
        if self._inquiry.trouble:
            yield self._inquiry.trouble

    def stuck(self) -> str:
        """The lane that is down and does nothing about it, which only a restart can mend; empty while there is none."""
        now = time.monotonic()
        stuck = [stream.feed.name for stream in self._streams if stream.stuck(now)]
        if self._lanes.stuck(now):
            stuck.append("order path")
        return f"stuck: {', '.join(stuck)}" if stuck else ""
