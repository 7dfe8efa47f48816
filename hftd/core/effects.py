"""What the engine asks the outside to do, and what it decided. Every one of them is written to the journal."""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from hftd.core.intents import Amend, Intent, Wish
from hftd.core.orders import Order

Stance = Literal["active", "shadow", "retired"]


class Effect(Struct, frozen=True, gc=False, array_like=True, tag=True):
    """A consequence of an event."""


class Submit(Effect, frozen=True):
    """Send this order."""

    order: Order


class Cancel(Effect, frozen=True):
    """Ask the venue to withdraw the order it knows as ``venue_id``."""

    order: str
    venue_id: str


class CancelLater(Effect, frozen=True):
    """Nothing leaves yet: the order is to be withdrawn as soon as the venue has named it."""

    order: str


class Replace(Effect, frozen=True):
    """Ask the venue to put ``order`` in the place of the one it knows as ``order.replaces``."""

    order: Order


class Refuse(Effect, frozen=True):
    """Risk said no: ``code`` names the check, ``reason`` what was found and what is allowed."""

    model: str
    wish: Intent | Amend
    code: str
    reason: str
    at: int = 0


class Shadow(Effect, frozen=True):
    """A model in the shadow wished this: decided, not sent."""

    model: str
    wish: Wish
    at: int = 0


class Bench(Effect, frozen=True):
    """A model is taken out of the game."""

    model: str
    reason: str


class Stand(Effect, frozen=True):
    """A model stands otherwise from now on, and why."""

    model: str
    standing: Stance
    reason: str
    sang: bool = False
    """It is a canary that has decided often enough in the shadow."""


class Resolve(Effect, frozen=True):
    """The fate of this order is unknown: look it up by its client order id until the venue says."""

    order: str


class Connect(Effect, frozen=True):
    """Open the streams and the order path."""


class Disconnect(Effect, frozen=True):
    """Close them."""


class Reconcile(Effect, frozen=True):
    """Ask the venue for a ``Snapshot``."""


class KillSwitch(Effect, frozen=True):
    """Trading is stopped until an operator says otherwise, and why; with an empty reason it may go on.

    ``flatten``: every position is traded away too, whenever the market is open.
    """

    reason: str
    flatten: bool = False


class Aim(Effect, frozen=True):
    """A model's target lies beyond flat: an order closes first, the rest follows. ``shares`` None: no longer."""

    model: str
    symbol: str
    shares: Decimal | None


class WakeAt(Effect, frozen=True):
    """Send a ``Timer`` with this key at this moment."""

    key: str
    at: int


class Alert(Effect, frozen=True):
    """Tell people. ``level`` is a syslog word: info, notice, warning, err."""

    level: str
    text: str
    symbol: str = ""
    model: str = ""
    order: str = ""


class Stop(Effect, frozen=True):
    """Leave the process with this exit code."""

    code: int
    reason: str


AnyEffect = (
    Submit
    | Cancel
    | CancelLater
    | Replace
    | Refuse
    | Shadow
    | Bench
    | Stand
    | Resolve
    | Connect
    | Disconnect
    | Reconcile
    | KillSwitch
    | Aim
    | WakeAt
    | Alert
    | Stop
)
