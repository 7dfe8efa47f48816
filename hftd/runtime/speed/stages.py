"""Where the time goes between a tick and its order, stage by stage.

On the way of a tick moments are only noted; they become counts when there is time, and before anybody reads them.
"""

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter_ns

from hftd.runtime.speed.latency import Latency
from hftd.runtime.wire.stream import Stream

STAGES = ("receive", "wait", "decode", "decide", "record", "request", "send", "answer")
"""In their order; docs/use/speed.rst says where each begins and ends."""

AT_ONCE = 8
"""Orders whose moments become counts together: that takes about as long as a log line."""

Later = Callable[[Callable[[], None]], None]


class Stages:
    """One histogram a stage, and the moments of the tick that is being lived (performance counter, ns)."""

    __slots__ = (
        "_later", "_noted", "_spans", "_tick_to_order",
        "asked", "begun", "decided", "decoded", "ready", "recorded", "stream",
    )  # fmt: skip

    def __init__(self, later: Later) -> None:
        """``later`` takes a turn in a quiet moment."""
        self._later = later
        self._spans = {stage: Latency() for stage in STAGES}
        self._tick_to_order = Latency()
        self._noted: list[tuple[int, ...]] = []
        self.stream: Stream | None = None
        """Whose tick is being acted on; None while none is."""
        self.begun = self.decoded = self.asked = self.decided = self.recorded = self.ready = 0

    def left(self, woke_at: int) -> None:
        """An order that answers a tick has just been written; the loop woke at ``woke_at`` to read that tick."""
        sent_at, stream = perf_counter_ns(), self.stream
        if stream is None:
            return
        noted = self._noted
        noted.append((
            woke_at, stream.read_at, stream.received_at, self.begun, self.decoded, self.asked, self.decided,
            self.recorded, self.ready, sent_at,
        ))  # fmt: skip
        if not len(noted) % AT_ONCE:
            self._later(self.sort)

    def sort(self) -> None:
        """Turn what was noted into counts."""
        if self._noted:
            woke, read, received, begun, decoded, asked, decided, recorded, ready, sent = zip(*self._noted, strict=True)
            self._noted.clear()
            spans = self._spans
            spans["receive"].extend(_between(woke, received))
            spans["wait"].extend(_between(received, begun))
            spans["decode"].extend(_between(begun, decoded))
            spans["decide"].extend(_between(asked, decided))
            spans["record"].extend(_between(decided, recorded))
            spans["request"].extend(_between(recorded, ready))
            spans["send"].extend(_between(ready, sent))
            self._tick_to_order.extend(_between(read, ready))
        for latency in (*self._spans.values(), self._tick_to_order):
            latency.sort()

    @property
    def spans(self) -> Mapping[str, Latency]:
        """The histogram of each stage, complete."""
        self.sort()
        return self._spans

    @property
    def tick_to_order(self) -> Latency:
        """From the read that brought a tick to its order being ready to be written; complete."""
        self.sort()
        return self._tick_to_order


def _between(begins: Sequence[int], ends: Sequence[int]) -> list[int]:
    return [end - begin for begin, end in zip(begins, ends, strict=True)]
