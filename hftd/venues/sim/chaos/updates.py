"""Scenarios of the order-update stream, and which of them befalls an update."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from hftd.venues.sim.chaos.scenario import Scenario, Seconds, troubles

ShareOfUpdates = Annotated[float, Meta(ge=0, le=1, description="a share of order updates, 0 to 1")]


class UpdateTrouble(Scenario, frozen=True):
    """An update does not arrive as it was sent."""

    share: ShareOfUpdates = 0.1


class LostUpdates(UpdateTrouble, frozen=True):
    """Updates of orders never arrive."""


class DoubledUpdates(UpdateTrouble, frozen=True):
    """Updates arrive a second time, word for word, at once or a little later."""

    seconds: Seconds = 1.0


class LateUpdates(UpdateTrouble, frozen=True):
    """Updates arrive seconds late, others before them."""

    seconds: Seconds = 3.0


class ReorderedUpdates(UpdateTrouble, frozen=True):
    """An update changes places with the one after it; where none follows soon, it comes alone."""

    seconds: Seconds = 1.0


class CutUpdates(UpdateTrouble, frozen=True):
    """The stream of order updates is reset; the update it was to carry and all until the next login are lost."""

    share: ShareOfUpdates = 0.02


class UpdateFate(Struct, frozen=True):
    """What becomes of one update: each delay in seconds is one arrival.

    ``swapped``: it waits for the next update, but no longer than its delay. ``cut``: the connections are reset.
    """

    delays: tuple[float, ...] = (0.0,)
    swapped: bool = False
    cut: bool = False


class UpdateFates:
    """Decides update by update. Of several troubles the first of the plan happens."""

    def __init__(self, plan: Sequence[Scenario], seed: int) -> None:
        self._troubles = troubles(plan, UpdateTrouble, seed)

    def next(self) -> UpdateFate:
        """What befalls the next update."""
        found: UpdateFate | None = None
        for trouble, luck in self._troubles:
            # Drawn for each update whatever befalls it, so that one scenario does not move another's luck.
            hit, part = luck.hit(trouble.share), luck.between(0.0, 1.0)
            if hit and found is None:
                found = _fate(trouble, part)
        return found or UpdateFate()


def _fate(trouble: UpdateTrouble, part: float) -> UpdateFate:
    """What ``trouble`` does to an update; ``part``, 0 to 1, varies its delay."""
    match trouble:
        case DoubledUpdates(seconds=seconds):
            return UpdateFate((0.0, 0.0 if part < 0.5 else seconds * part))
        case LateUpdates(seconds=seconds):
            return UpdateFate((seconds * (0.5 + part),))
        case ReorderedUpdates(seconds=seconds):
            return UpdateFate((seconds,), swapped=True)
        case CutUpdates():
            return UpdateFate((), cut=True)
    return UpdateFate(())
