"""Scenarios of the market-data stream, and which of them befalls a frame, a login, a subscription."""

from collections.abc import Sequence
from math import inf
from typing import Annotated

from msgspec import Meta, Struct

from hftd.venues.sim.chaos.scenario import Every, EveryOnTape, Luck, Scenario, Seconds, chosen, troubles
from hftd.venues.sim.chaos.spells import Spells

AfterDrop = Annotated[float, Meta(ge=0, le=1e9, description="seconds after each drop")]
ShareOfLogins = Annotated[float, Meta(ge=0, le=1, description="a share of logins after a drop, 0 to 1")]
ShareOfSessions = Annotated[float, Meta(ge=0, le=1, description="a share of sessions, 0 to 1")]
ShareOfFrames = Annotated[float, Meta(ge=0, le=1, description="a share of frames, 0 to 1")]


class FeedTrouble(Scenario, frozen=True):
    """The market-data stream goes wrong."""


class MuteFeed(FeedTrouble, frozen=True):
    """Market data stays connected and answers pings, and sends nothing for a while but the time."""

    every: EveryOnTape = 120.0
    seconds: Seconds = 30.0


class CutFeed(FeedTrouble, frozen=True):
    """Every market-data connection is reset in the middle of a frame."""

    every: Every = 60.0


class HalfOpen(FeedTrouble, frozen=True):
    """Market-data connections stay open, but are neither read nor written any more; a minute later they are dropped."""

    every: Every = 300.0
    seconds: Seconds = 60.0


class SlowConsumer(FeedTrouble, frozen=True):
    """Readers of market data are told 407, slow client, and dropped."""

    every: Every = 120.0


class Crowded(FeedTrouble, frozen=True):
    """Logins to market data are refused with 406, connection limit, for a while after a session has ended."""

    seconds: AfterDrop = 5.0


class LockedOut(FeedTrouble, frozen=True):
    """Logins to market data after the first session has ended are refused with 402, auth failed."""

    share: ShareOfLogins = 0.5


class SymbolLimit(FeedTrouble, frozen=True):
    """Subscriptions to trades and quotes are refused with 405, symbol limit."""

    share: ShareOfSessions = 0.5


class NonsenseFrames(FeedTrouble, frozen=True):
    """Among the good there are frames that are no JSON, and messages with NaN, negative, crossed or unknown content."""

    share: ShareOfFrames = 0.05


class FrameFate(Struct, frozen=True):
    """What becomes of one frame. ``frozen``: seconds until the dead connection is dropped. ``nonsense``: which."""

    muted: bool = False
    cut: bool = False
    slow: bool = False
    frozen: float | None = None
    nonsense: int | None = None


NONSENSE = 2**16
"""Numbers nonsense is drawn from."""


class Share(Struct, frozen=True):
    """Cases some of which go wrong; where no such trouble is planned, ``share`` is 0."""

    luck: Luck
    share: float

    def hits(self) -> bool:
        """Whether the next case does."""
        return self.luck.hit(self.share)


class FeedFates:
    """Decides frame by frame and login by login. Times are seconds of any steady clock; ``venue`` times the venue's."""

    def __init__(self, plan: Sequence[Scenario], seed: int) -> None:
        self._plan = plan
        self._seed = seed
        self._mute = self._spells(MuteFeed)
        self._cut = self._spells(CutFeed)
        self._slow = self._spells(SlowConsumer)
        self._freeze = self._spells(HalfOpen)
        self._frozen_for = next((each.seconds for each in chosen(plan, HalfOpen)), 0.0)
        self._crowded_for = next((each.seconds for each in chosen(plan, Crowded)), 0.0)
        self._locked_out = self._share(LockedOut)
        self._symbol_limit = self._share(SymbolLimit)
        self._nonsense = self._share(NonsenseFrames)
        self._dropped: float | None = None

    def frame(self, venue: float, now: float) -> FrameFate:
        """What befalls the next frame."""
        if self._mute.on(venue):
            return FrameFate(muted=True)
        return FrameFate(
            cut=self._cut.begins(now),
            slow=self._slow.begins(now),
            frozen=self._frozen_for if self._freeze.begins(now) else None,
            nonsense=self._nonsense.luck.below(NONSENSE) if self._nonsense.hits() else None,
        )

    def dropped(self, now: float) -> None:
        """A session has ended."""
        self._dropped = now

    def refusal(self, now: float) -> int:
        """The error code the next login gets; 0: it is let in."""
        if self._dropped is None:
            return 0
        if now < self._dropped + self._crowded_for:
            return 406
        return 402 if self._locked_out.hits() else 0

    def symbol_limit(self) -> int | None:
        """How many symbols the next session may subscribe to; None: as many as ever."""
        return 0 if self._symbol_limit.hits() else None

    def _share(self, kind: type[LockedOut | SymbolLimit | NonsenseFrames]) -> Share:
        found = troubles(self._plan, kind, self._seed)
        return next((Share(luck, each.share) for each, luck in found), Share(Luck(self._seed, kind()), 0.0))

    def _spells(self, kind: type[MuteFeed | CutFeed | HalfOpen | SlowConsumer]) -> Spells:
        for each, luck in troubles(self._plan, kind, self._seed):
            return Spells(luck, each.every, each.seconds if isinstance(each, MuteFeed) else 0.0)
        return Spells(Luck(self._seed, kind()), inf)
