"""Where seats and rules come from while the engine runs: whoever drives it has made them ready."""

from collections.abc import Sequence
from typing import Protocol

from hftd.core.events import Enter
from hftd.core.risk.check import Check
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat


class Backstage(Protocol):
    """What an engine asks of its driver; the same question always has the same answer."""

    def seat(self, enter: Enter) -> Seat | None:
        """The seat of a model that enters, warm; None where this is not its time.

        Raises Exception, as the model's own code may, where it cannot be made.
        """

    def fresh(self, seat: Seat) -> Seat:
        """The same model built anew, for another day. Raises Exception where it cannot be."""

    def checks(self, limits: Limits) -> Sequence[tuple[str, Check]]:
        """Every risk check, by its code, holding to ``limits``."""


class Empty:
    """Nobody waits behind this stage: models stay as they were seated, and the rules as they were given."""

    def seat(self, enter: Enter) -> Seat | None:
        """Nobody."""
        return None

    def fresh(self, seat: Seat) -> Seat:
        """The seat itself, its counters begun again."""
        seat.new_day()
        return seat

    def checks(self, limits: Limits) -> Sequence[tuple[str, Check]]:
        """No other rules. Raises LookupError."""
        raise LookupError("this engine was given its checks once and for all")


class Understudies(Empty):
    """Seats without models, for a day that is only remembered: what was decided in it is known."""

    def seat(self, enter: Enter) -> Seat | None:
        """A seat nobody decides in."""
        return Seat(enter.model, None, ())

    def checks(self, limits: Limits) -> Sequence[tuple[str, Check]]:
        """None: nobody will ask them."""
        return ()
