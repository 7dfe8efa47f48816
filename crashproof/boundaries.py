"""The boundaries a daemon may die at, from a record's way to the disk to the end of a stop."""

from msgspec import Struct


class Boundary(Struct, frozen=True):
    """A place of the path, and how often a life usually passes it, about."""

    about: str
    usual: int = 1
    stop: bool = False
    """Whether it is passed while the daemon stops, and only then."""


BOUNDARIES: dict[str, Boundary] = {
    "before-write": Boundary("an order is decided, its record is not written", 10),
    "within-write": Boundary("half of what leads to an order is written", 10),
    "after-write": Boundary("the order's record is written, nothing was sent", 10),
    "within-send": Boundary("half of the request left", 10),
    "after-send": Boundary("the request left, no answer was read", 10),
    "before-answer": Boundary("an answer was read and is not noted", 8),
    "after-answer": Boundary("an answer was lived through, its record is not written", 8),
    "after-update": Boundary("an order update was lived through, its record is not written", 12),
    "between-effects": Boundary("one of several effects was performed", 2),
    "before-segment": Boundary("a segment is full, the next one is not there", 1),
    "within-segment": Boundary("the next segment is there and empty", 1),
    "after-segment": Boundary("the next segment has begun", 1),
    "before-survey": Boundary("start: the journal was not looked at"),
    "after-survey": Boundary("start: the torn tail is cut, nothing is remembered"),
    "within-remember": Boundary("start: a part of the day is remembered", 2_000),
    "after-remember": Boundary("start: the day is remembered, nothing is connected"),
    "before-snapshot": Boundary("the venue's word came and is not noted", 1),
    "after-snapshot": Boundary("the venue's word was settled with", 1),
    "before-lookup": Boundary("an order's fate came and is not noted", 1),
    "after-lookup": Boundary("an order's fate was settled", 1),
    "stop-asked": Boundary("stop: withdrawals left", stop=True),
    "stop-settled": Boundary("stop: every order is settled", stop=True),
    "stop-closing": Boundary("stop: nothing is closed", stop=True),
    "stop-closed": Boundary("stop: the journal is closed", stop=True),
}
