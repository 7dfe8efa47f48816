"""Where market data meets its trouble: an audience that is cut off, kept waiting, turned away and told nonsense."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

from hftd.venues.sim.audience import AUTH_SECONDS, Audience
from hftd.venues.sim.chaos.feeds import FeedFates, FrameFate
from hftd.venues.sim.chaos.nonsense import spoiled, stray
from hftd.venues.sim.clock import SECOND
from hftd.venues.sim.conversation import Conversation, error
from hftd.venues.sim.watcher import Watcher
from hftd.venues.sim.wire import Market


class UnrulyHouse(Audience):
    """The audience, as ``fates`` have it. ``venue_now`` is the venue's clock, ns."""

    def __init__(
        self,
        admit: Callable[[str, str], bool],
        paced: bool,
        symbol_limit: int | None = None,
        auth_seconds: float = AUTH_SECONDS,
        *,
        fates: FeedFates,
        venue_now: Callable[[], int],
    ) -> None:
        super().__init__(admit, paced, symbol_limit, auth_seconds)
        self._fates = fates
        self._venue_now = venue_now
        self._fate = FrameFate()
        self._about = ("", 0)

    async def show(self, events: Sequence[Market]) -> None:
        """Show ``events``, if it comes to that."""
        if not any(each.subscribed for each in self._watchers):
            return
        self._fate = self._fates.frame(self._venue_now() / SECOND, time.monotonic())
        if self._fate.muted:
            return
        self._about = events[-1].symbol, events[-1].ts
        await super().show(events)

    def _encoded(self, talk: Conversation, messages: Sequence[Any]) -> bytes:
        if self._fate.nonsense is None:
            return super()._encoded(talk, messages)
        return spoiled(self._fate.nonsense, talk.codec, *self._about, messages)

    async def _deliver(self, watcher: Watcher, frame: bytes) -> None:
        fate = self._fate
        if fate.cut:
            watcher.cut_within(frame)
            self._part(watcher)
        elif fate.slow:
            await super()._deliver(watcher, watcher.talk.codec.encode([error(407)]))
            watcher.cut()
        elif fate.frozen is not None:
            watcher.freeze()
            self._count()
            asyncio.get_running_loop().call_later(fate.frozen, watcher.cut)
        else:
            odd = None if fate.nonsense is None else stray(fate.nonsense, watcher.talk.codec)
            if odd is not None:
                await super()._deliver(watcher, odd)
            await super()._deliver(watcher, frame)

    def _refusal(self, seat: tuple[str, str]) -> int:
        return super()._refusal(seat) or self._fates.refusal(time.monotonic())

    def _limit(self) -> int | None:
        fated = self._fates.symbol_limit()
        return super()._limit() if fated is None else fated

    def _part(self, watcher: Watcher) -> None:
        if watcher in self._watchers and watcher.talk.authenticated:
            self._fates.dropped(time.monotonic())
        super()._part(watcher)
