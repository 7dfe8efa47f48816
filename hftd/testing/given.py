"""What a stage is given beside the model and its options."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

from hftd.core.intents import Figure
from hftd.core.risk.check import Check
from hftd.lab.replay.assumptions import Assumptions
from hftd.testing.build import SECOND

OPEN = 1_767_623_400 * SECOND
"""Monday 2026-01-05, 09:30 in New York, 14:30 UTC."""


class Given(Struct, frozen=True, kw_only=True):
    """The account, the rules and the venue, as a test wants them."""

    cash: Figure = 100_000
    """Dollars to begin with."""
    risk: Mapping[str, Any] = field(default_factory=dict)
    """Limits that differ from the defaults, as in the table ``[risk]``."""
    checks: Mapping[str, Check] = field(default_factory=dict)
    """More risk checks, asked after the shipped ones, by the code of their refusals."""
    state: Literal["active", "shadow"] = "active"
    """How the model stands."""
    flatten: bool = False
    """Whether positions are traded away before the close."""
    opens: int = OPEN
    """When the session opens, ns UTC; it is open for six and a half hours."""
    assumptions: Assumptions = Assumptions()
    """How long an order takes, what it costs and who is before it, as in a backtest; by default nothing and nobody."""
    rejects: str = ""
    """Why the venue rejects every order; empty: it takes them."""
    largest_fill: Figure | None = None
    """Shares one execution fills at the most; the rest fills with the quotes and prints that follow."""
    may_bench: bool = False
    """Whether the test goes on when the model is benched."""


PLAIN = Given()
