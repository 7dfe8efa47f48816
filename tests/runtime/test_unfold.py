"""Frames as their events, each at the place where it was lived."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hftd.core.effects import Alert, Connect, Disconnect, Effect
from hftd.core.events import Event, FeedDown, FeedUp, Restarted, Timer, Trade
from hftd.plugin.protocols import Endpoint, Wanted
from hftd.runtime.past.journal import Begin, Frame, Lived, Record
from hftd.runtime.past.unfold import Unfolding


class Numbers:
    """A feed whose frames are lists of trade numbers; the first frame after ``opened`` says that it is up as well."""

    name = "numbers"
    binary = orders = keeps_time = False
    refusal = ""

    def __init__(self) -> None:
        self.outbox: list[bytes] = []
        self.oddities = 0
        self.wanted = Wanted()
        self.new = True

    def endpoint(self) -> Endpoint:
        return Endpoint("ws://nowhere")

    def opened(self) -> None:
        self.new = True

    def want(self, wanted: Wanted) -> None:
        self.wanted = wanted

    def decode(self, frame: bytes, seen: int) -> Sequence[Event]:
        self.outbox.append(b"an answer")
        up = [FeedUp(self.name, seen)] if self.new else []
        self.new = False
        return [*up, *(trade(number, seen) for number in json.loads(frame))]


def trade(number: int, seen: int) -> Trade:
    return Trade("SPY", 1.0, 1, 0, seen, id=number)


def frame(*numbers: int, feed: str = "numbers") -> Frame:
    return Frame(feed, 7, json.dumps(numbers).encode())


def unfolded(*contents: Any, rest: bool = True) -> list[Any]:
    """What was lived, trades as their numbers; a feed that is up says so once."""
    feed = Numbers()
    feed.new = False
    unfolding = Unfolding([feed], follows=False)
    found: list[Event | Effect] = []
    for number, content in enumerate(contents):
        found += unfolding.take(Record(number + 1, content))
    if rest:
        found += unfolding.rest()
    assert feed.outbox == []
    return [each.id if isinstance(each, Trade) else each for each in found]


A, B = Alert("info", "a"), Alert("info", "b")
TIMER = Timer("k", 1, 1)


def test_a_frame_of_which_nothing_more_is_told_was_lived_before_what_follows() -> None:
    assert unfolded(frame(1, 2), A, frame(3), frame(4, 5), TIMER) == [1, 2, A, 3, 4, 5, TIMER]


def test_what_was_noted_in_the_midst_of_a_frame_is_told_there() -> None:
    assert unfolded(frame(1, 2, 3), Lived(0), TIMER, Lived(2), A, B, Lived(3), frame(4)) == [TIMER, 1, 2, A, B, 3, 4]


def test_the_last_frame_waits_until_it_is_known_how_much_was_lived() -> None:
    assert unfolded(frame(1), frame(2, 3), rest=False) == [1]
    assert unfolded(frame(1), frame(2, 3)) == [1, 2, 3]


def test_what_nobody_lived_of_a_frame_is_left_out() -> None:
    """The process died behind its second event; the one after it began with another frame."""
    assert unfolded(frame(1, 2, 3), Lived(2), A, Restarted(9)) == [1, 2, A, Restarted(9)]
    assert unfolded(frame(1, 2, 3), Lived(2), A, frame(4)) == [1, 2, A, 4]
    assert unfolded(frame(1, 2, 3), Lived(2), A) == [1, 2, A]


def test_frames_of_a_feed_nobody_has_and_beginnings_of_segments_are_passed_over() -> None:
    assert unfolded(Begin(2, "d", "r", "v"), frame(1, feed="other"), Lived(1), A, frame(2)) == [A, 2]


def test_a_feed_is_opened_anew_where_its_connection_was_another() -> None:
    up = FeedUp("numbers", 7)
    for gone in (FeedDown("numbers", "broken", 8), Restarted(8), Disconnect()):
        assert unfolded(frame(1), gone, frame(2), frame(3)) == [1, gone, up, 2, 3]
    for other in (FeedDown("another", "broken", 8), Connect()):
        assert unfolded(frame(1), other, frame(2)) == [1, other, 2]


@given(st.lists(st.tuples(st.integers(0, 4), st.sets(st.integers(0, 4))), max_size=6))
def test_whatever_is_noted_where_comes_back_there(day: list[tuple[int, set[int]]]) -> None:
    """Frames of any size with notes behind any of their events, marked as the daemon marks them."""
    lived: list[Any] = []
    noted: list[Any] = []
    for size, places in day:
        first = len(lived) * 10
        noted.append(frame(*range(first, first + size)))
        marked = size
        for place in range(size + 1):
            if place:
                lived.append(first + place - 1)
            if place in places:
                noted += [] if marked == place else [Lived(place)]
                noted.append(TIMER)
                lived.append(TIMER)
                marked = place
        noted += [] if marked == size else [Lived(size)]
    assert unfolded(*noted) == lived
