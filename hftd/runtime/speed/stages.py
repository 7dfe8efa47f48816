"""Where the time goes between a tick and its order, stage by stage.

On the way of a tick moments are only noted; they become counts once the order has left.
"""

from time import perf_counter_ns

from hftd.runtime.speed.latency import Latency
from hftd.runtime.wire.stream import Stream

STAGES = ("receive", "wait", "decode", "decide", "record", "request", "send", "answer")
"""In their order; docs/use/latency.rst says where each begins and ends."""


class Stages:
    """One histogram a stage, and the moments of the tick that is being lived (performance counter, ns)."""

    __slots__ = ("asked", "begun", "decided", "decoded", "ready", "recorded", "spans", "stream", "tick_to_order")

    def __init__(self) -> None:
        self.tick_to_order = Latency()
        """From the read that brought a tick to its order being ready to be written."""
        self.spans = {stage: Latency() for stage in STAGES}
        self.stream: Stream | None = None
        """Whose tick is being acted on; None while none is."""
        self.begun = self.decoded = self.asked = self.decided = self.recorded = self.ready = 0

    def left(self, woke_at: int) -> None:
        """An order that answers a tick has just been written; the loop woke at ``woke_at`` to read that tick."""
        sent_at, stream = perf_counter_ns(), self.stream
        if stream is None:
            return
        spans = self.spans
        spans["receive"].add(stream.received_at - woke_at)
        spans["wait"].add(self.begun - stream.received_at)
        spans["decode"].add(self.decoded - self.begun)
        spans["decide"].add(self.decided - self.asked)
        spans["record"].add(self.recorded - self.decided)
        spans["request"].add(self.ready - self.recorded)
        spans["send"].add(sent_at - self.ready)
        self.tick_to_order.add(self.ready - stream.read_at)
