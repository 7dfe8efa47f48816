"""Every scenario in its place. What nothing befalls is handed back as it came, and costs nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hftd.core.session import Day
from hftd.venues.sim.audience import Audience
from hftd.venues.sim.brokerage import Brokerage
from hftd.venues.sim.chaos.feeds import FeedFates, FeedTrouble
from hftd.venues.sim.chaos.front_door import front_door, wrong_date
from hftd.venues.sim.chaos.house import UnrulyHouse
from hftd.venues.sim.chaos.market import troubled
from hftd.venues.sim.chaos.outage import Outage
from hftd.venues.sim.chaos.post import UnreliablePost
from hftd.venues.sim.chaos.requests import RequestFates, RequestTrouble
from hftd.venues.sim.chaos.scenario import Scenario, chosen, troubles
from hftd.venues.sim.chaos.stranger import Interloper
from hftd.venues.sim.chaos.updates import UpdateFates, UpdateTrouble
from hftd.venues.sim.chaos.world import ClockSkew, HalfDay, Restart, Stranger, shortened
from hftd.venues.sim.clock import SECOND
from hftd.venues.sim.followers import Followers
from hftd.venues.sim.wire import Market

Publish = Callable[[Mapping[str, Any]], None]


class Mischief:
    """What goes wrong at one venue."""

    def __init__(self, plan: Sequence[Scenario], seed: int) -> None:
        self._plan = plan
        self._seed = seed
        self.outage = next((Outage(each, luck) for each, luck in troubles(plan, Restart, seed)), None)
        self.skew = next((int(each.seconds * SECOND) for each in chosen(plan, ClockSkew)), 0)
        """How much the venue's clock is ahead of itself in what REST tells, ns."""

    def days(self, days: Sequence[Day], since: str) -> Sequence[Day]:
        """The trading days as the venue has them from the date ``since`` on."""
        for each in chosen(self._plan, HalfDay):
            days = shortened(days, since, each.hour)
        return days

    def tape(self, tape: Iterator[Market]) -> Iterator[Market]:
        """What happens in the market."""
        return troubled(tape, self._plan, self._seed)

    def publish(self, followers: Followers) -> Publish:
        """The way of order updates to ``followers``."""
        if not chosen(self._plan, UpdateTrouble):
            return followers.publish
        return UnreliablePost(UpdateFates(self._plan, self._seed), followers).publish

    def audience(
        self,
        venue_now: Callable[[], int],
        admit: Callable[[str, str], bool],
        paced: bool,
        symbol_limit: int | None,
        auth_seconds: float,
    ) -> Audience:
        """Those who watch the market; ``venue_now`` is the venue's clock, ns."""
        if not chosen(self._plan, FeedTrouble):
            return Audience(admit, paced, symbol_limit, auth_seconds)
        fates = FeedFates(self._plan, self._seed)
        return UnrulyHouse(admit, paced, symbol_limit, auth_seconds, fates=fates, venue_now=venue_now)

    def onlooker(self, brokerage: Brokerage) -> Callable[[Market], None] | None:
        """Who looks at each event after it was matched; nobody where no stranger is about."""
        found = (Interloper(each, luck, brokerage).see for each, luck in troubles(self._plan, Stranger, self._seed))
        return next(found, None)

    def middlewares(self) -> list[Any]:
        """What stands between requests and the venue, outermost first."""
        found: list[Any] = [self.outage.door()] if self.outage else []
        if self.skew:
            found.append(wrong_date(self.skew / SECOND))
        if chosen(self._plan, RequestTrouble):
            found.append(front_door(RequestFates(self._plan, self._seed)))
        return found
