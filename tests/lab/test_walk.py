"""Along a tape to the first event from which something follows: compiled, and in Python."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hftd import native
from hftd.core.effects import Alert
from hftd.core.events import Event, Quote, Status, Trade
from hftd.lab.replay.walk import walk, walk_in_python

WALKS = [walk, walk_in_python] if native.wire is not None else [walk_in_python]
HALT = Status("SPY", True, "H", "", 5, 5)
ALERT = Alert("info", "heard")
REPORT = Trade("SPY", 1.0, 1, 0, 0)


class World:
    """A venue and an engine that note what they hear, and have something to say at some moments."""

    def __init__(self, reports: frozenset[int] = frozenset(), effects: frozenset[int] = frozenset()) -> None:
        self.heard: list[tuple[str, int]] = []
        self.reports, self.effects = reports, effects

    def venue(self, kind: str) -> Callable[[Any], list[Event]]:
        def hear(event: Event) -> list[Event]:
            self.heard.append((kind, event.seen))
            return [REPORT] if event.seen in self.reports else []

        return hear

    def step(self, event: Event) -> tuple[Alert, ...]:
        self.heard.append(("step", event.seen))
        return (ALERT,) if event.seen in self.effects else ()

    def walk(self, way: Callable[..., Any], events: Iterator[Event], due: int = 100) -> Any:
        return way(events, due, self.venue("trade"), self.venue("quote"), self.step)


def prints(*moments: int) -> Iterator[Event]:
    return (Trade("SPY", 10.0, 100, at, at) for at in moments)


@pytest.mark.parametrize("way", WALKS)
def test_the_venue_hears_of_each_event_before_the_engine_does(way: Any) -> None:
    world = World()
    quote = Quote("SPY", 9.0, 1, 10.0, 1, 2, 2)

    assert world.walk(way, iter([*prints(1), quote])) is None
    assert world.heard == [("trade", 1), ("step", 1), ("quote", 2), ("step", 2)]


@pytest.mark.parametrize("way", WALKS)
@pytest.mark.parametrize(
    ("reports", "effects", "met"),
    [({2}, {}, ([REPORT], ())), ({}, {2}, ([], (ALERT,))), ({2}, {2}, ([REPORT], (ALERT,)))],
)
def test_it_stops_where_something_follows_and_goes_on_behind(way: Any, reports: Any, effects: Any, met: Any) -> None:
    world, events = World(frozenset(reports), frozenset(effects)), prints(1, 2, 3)

    event, *said = world.walk(way, events)

    assert event.seen == 2
    assert tuple(said) == met
    assert world.walk(way, events) is None
    assert world.heard[-1] == ("step", 3)


@pytest.mark.parametrize("way", WALKS)
def test_what_is_due_and_what_is_no_print_or_quote_is_left_unheard(way: Any) -> None:
    world, events = World(), iter([*prints(1, 4), HALT, *prints(6)])

    assert world.walk(way, events, 4)[0].seen == 4
    assert world.walk(way, events) == (HALT, None, ())
    assert world.heard == [("trade", 1), ("step", 1)]
    assert world.walk(way, events) is None


@pytest.mark.parametrize("way", WALKS)
@pytest.mark.parametrize("where", ["tape", "venue", "engine"])
def test_what_is_raised_gets_through(way: Any, where: str) -> None:
    def fails(*_: Any) -> Any:
        raise ZeroDivisionError

    events = map(fails, prints(1)) if where == "tape" else prints(1)
    venue = fails if where == "venue" else World().venue("trade")
    with pytest.raises(ZeroDivisionError):
        way(events, 100, venue, venue, fails if where == "engine" else World().step)


@pytest.mark.skipif(native.wire is None, reason="hftd was installed without a compiler")
@pytest.mark.parametrize(
    "given_",
    [(), (1, 2, 3, 4, 5, 6, 7), (iter(()), "soon", Trade, Quote, 1, 2, 3), (iter(()), 1, int, Quote, 1, 2, 3)],
)
def test_what_cannot_be_walked_is_refused(given_: tuple[Any, ...]) -> None:
    wire: Any = native.wire
    with pytest.raises((TypeError, AttributeError)):
        wire.walk(*given_)
