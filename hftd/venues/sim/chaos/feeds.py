"""Scenarios of the market-data stream, and which of them befalls a frame, a login, a subscription."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from hftd.venues.sim.chaos.scenario import Every, EveryOnTape, Kind, Luck, Scenario, Seconds, chosen
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


class FeedFates:
    """Decides frame by frame and login by login. Times are seconds of any steady clock; ``venue`` times the venue's."""

    def __init__(self, plan: Sequence[Scenario], seed: int) -> None:
        self._plan = plan
        self._seed = seed
        self._half_open = self._one(HalfOpen)
        self._crowded = self._one(Crowded)
        self._locked_out = self._one(LockedOut)
        self._symbol_limit = self._one(SymbolLimit)
        self._nonsense = self._one(NonsenseFrames)
        self._mute = self._spells(MuteFeed)
        self._cut = self._spells(CutFeed)
        self._frozen = self._spells(HalfOpen)
        self._slow = self._spells(SlowConsumer)
        self._dropped: float | None = None

    def frame(self, venue: float, now: float) -> FrameFate:
        """What befalls the next frame."""
        if self._mute is not None and self._mute.on(venue):
            return FrameFate(muted=True)
        frozen = self._frozen is not None and self._frozen.begins(now)
        return FrameFate(
            cut=self._cut is not None and self._cut.begins(now),
            slow=self._slow is not None and self._slow.begins(now),
            frozen=self._half_open[0].seconds if frozen and self._half_open else None,
            nonsense=self._draw_nonsense(),
        )

    def dropped(self, now: float) -> None:
        """A session has ended."""
        self._dropped = now

    def refusal(self, now: float) -> int:
        """The error code the next login gets; 0: it is let in."""
        if self._dropped is None:
            return 0
        if self._crowded is not None and now < self._dropped + self._crowded[0].seconds:
            return 406
        if self._locked_out is not None and self._locked_out[1].hit(self._locked_out[0].share):
            return 402
        return 0

    def symbol_limit(self) -> int | None:
        """How many symbols the next session may subscribe to; None: as many as ever."""
        found = self._symbol_limit
        return 0 if found is not None and found[1].hit(found[0].share) else None

    def _draw_nonsense(self) -> int | None:
        if self._nonsense is None:
            return None
        scenario, luck = self._nonsense
        return luck.below(NONSENSE) if luck.hit(scenario.share) else None

    def _one(self, kind: type[Kind]) -> tuple[Kind, Luck] | None:
        return next(((each, Luck(self._seed, each)) for each in chosen(self._plan, kind)), None)

    def _spells(self, kind: "type[MuteFeed | CutFeed | HalfOpen | SlowConsumer]") -> Spells | None:
        found = self._one(kind)
        if found is None:
            return None
        scenario, luck = found
        return Spells(luck, scenario.every, scenario.seconds if isinstance(scenario, MuteFeed) else 0.0)
