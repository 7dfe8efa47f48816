"""What takes a while: begun, asked after, answered once it is done."""

from collections.abc import Callable

import pytest

from hftd.errors import ConfigError, HftdError
from hftd.runtime.people.errands import KEPT, Errands


class Desk:
    """Tasks and turns that wait to be done by hand."""

    def __init__(self) -> None:
        self.tasks: list[Callable[[], None]] = []
        self.errands = Errands(self.tasks.append, lambda turn: turn())

    def ask(self, number: int) -> dict[str, object]:
        return self.errands.outcome(str(number))


def fails() -> str:
    raise ConfigError("[risk] lot: wrong")


def breaks() -> str:
    raise KeyError("a bug")


def test_an_errand_is_under_way_and_then_done() -> None:
    desk = Desk()

    assert desk.errands.begin(lambda: "all is new") == {"errand": 1}
    assert desk.ask(1) == {"done": False}
    desk.tasks[0]()
    assert desk.ask(1) == desk.ask(1) == {"done": True, "said": "all is new"}


def test_one_that_fails_says_why_with_its_exit_status() -> None:
    desk = Desk()
    desk.errands.begin(fails)
    desk.tasks[0]()

    assert desk.ask(1) == {"done": True, "error": "[risk] lot: wrong", "exit_status": 78}


def test_a_bug_leaves_nobody_waiting() -> None:
    desk = Desk()
    desk.errands.begin(breaks)

    with pytest.raises(KeyError):
        desk.tasks[0]()
    assert desk.ask(1) == {"done": True, "error": "a bug in hftd: see its log", "exit_status": 70}


@pytest.mark.parametrize("number", ["", "2", "-1", "x", "9" * 4000])
def test_what_was_never_begun_has_no_outcome(number: str) -> None:
    desk = Desk()
    desk.errands.begin(lambda: "")

    with pytest.raises(HftdError, match="nothing was begun under"):
        desk.errands.outcome(number)


def test_old_outcomes_are_forgotten() -> None:
    desk = Desk()
    for _ in range(KEPT + 1):
        desk.errands.begin(lambda: "")
    for task in desk.tasks:
        task()

    assert desk.ask(KEPT + 1) == {"done": True, "said": ""}
    with pytest.raises(HftdError):
        desk.ask(1)
