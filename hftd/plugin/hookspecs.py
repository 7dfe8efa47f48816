"""Every hook a plugin may implement. Each is called once, when the plugin is loaded, and returns name -> factory."""

# mypy: disable-error-code="empty-body"

from collections.abc import Callable
from datetime import date

from hftd.config.schema import Venue
from hftd.core.risk.check import Check
from hftd.core.risk.limits import Limits
from hftd.core.session import Day
from hftd.plugin.keys import Keys
from hftd.plugin.marks import hookspec
from hftd.plugin.model import Model
from hftd.plugin.protocols import Broker, Feed, Office

FeedFactory = Callable[[Venue, Keys], tuple[Feed, ...]]
BrokerFactory = Callable[[Venue, Keys], Broker]
OfficeFactory = Callable[[Venue, Keys], Office]
CalendarFactory = Callable[[str, date, date], tuple[str, tuple[Day, ...]]]
CheckFactory = Callable[[Limits], Check]

KINDS = ("models", "feeds", "brokers", "offices", "calendars", "checks")
"""What can be registered; the hook of each is ``register_`` and the kind."""


@hookspec
def register_models() -> dict[str, type[Model]]:
    """Models: the classes that trade, each under the name its ``[models.NAME]`` table has."""


@hookspec
def register_feeds() -> dict[str, FeedFactory]:
    """Streams of a venue, by ``[venue] name``: ``(venue, keys)`` to its feeds, market data before order updates."""


@hookspec
def register_brokers() -> dict[str, BrokerFactory]:
    """The order path of a venue, by ``[venue] name``: ``(venue, keys)`` to a broker."""


@hookspec
def register_offices() -> dict[str, OfficeFactory]:
    """The blocking side of a venue, by ``[venue] name``: ``(venue, keys)`` to an office."""


@hookspec
def register_calendars() -> dict[str, CalendarFactory]:
    """Exchange calendars: ``(calendar, first, last)`` to a time zone and the days from ``first`` to ``last``.

    ``[session] calendar`` is looked up here by name; ``exchange`` answers for names nobody registered.
    """


@hookspec
def register_checks() -> dict[str, CheckFactory]:
    """Risk checks: ``(limits)`` to a check; the name is the code of its refusals. Asked after the shipped ones."""
