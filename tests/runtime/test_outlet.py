"""What the engine asks for: written first, then done; on a disk that takes nothing, no order leaves."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hftd.core.effects import Alert, Cancel, Effect, KillSwitch, Replace, Submit, WakeAt
from hftd.core.events import Event, OrderUpdate
from hftd.core.orders import Order
from hftd.errors import HftdError
from hftd.plugin.protocols import Request
from hftd.runtime.outlet import Outlet
from hftd.runtime.people import kill_switch
from hftd.runtime.speed.stages import Stages
from hftd.runtime.wire.budget import Budget

NOW = 1_790_000_000_000_000_000
FULL = "000001.journal: cannot be written: No space left on device"


def order(name: str, replaces: str = "") -> Order:
    return Order(name, "alert", "SPY", "buy", Decimal(5), None, "day", NOW, replaces)


class Life:
    """As much of a daemon as an outlet needs; what happens is noted, in its order."""

    def __init__(self, root: Path) -> None:
        self.seen: list[str] = []
        self.heard: list[Event] = []
        self.commands: list[tuple[str, str, str]] = []
        self.trouble = ""
        self.overflowing, self.number = False, 0
        self.journal = self
        self.engine = SimpleNamespace(state=SimpleNamespace(halted="", flattening=False))
        self.loop = SimpleNamespace(woke_at=0)
        self.clock = SimpleNamespace(now=lambda: NOW)
        self.stages = Stages(lambda turn: None)
        broker = SimpleNamespace(
            submit=lambda order: Request(b"", order.id, "submit"),
            cancel=lambda effect: Request(b"", effect.order, "cancel"),
            replace=lambda order: Request(b"", order.id, "replace"),
        )
        lanes = SimpleNamespace(send=lambda request: self.seen.append(f"{request.verb} {request.about}"))
        self.outlet = Outlet(
            self, broker, lanes, Budget(0),  # type: ignore[arg-type]
            root=root, tell=lambda what, number: self.seen.append(f"told of {type(what).__name__}"),
            acts={WakeAt: lambda effect: self.seen.append(f"wake {effect.key}")},
        )  # fmt: skip

    def effects(self, effects: Iterable[Effect]) -> None:
        self.seen += [f"noted {type(each).__name__}" for each in effects]

    def write(self) -> None:
        if self.trouble:
            raise HftdError(self.trouble)
        self.seen.append("written")

    def hear(self, event: Event) -> None:
        self.heard.append(event)

    def command(self, *words: str) -> None:
        self.commands.append(words)  # type: ignore[arg-type]


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path)


def test_an_order_leaves_after_its_record_and_people_hear_of_it_last(life: Life) -> None:
    life.outlet.perform([WakeAt("late", NOW), Submit(order("one"))])

    noted = ["noted WakeAt", "noted Submit", "written"]
    assert life.seen == [*noted, "wake late", "submit one", "told of WakeAt", "told of Submit"]


@pytest.mark.parametrize(
    ("effect", "sent"),
    [(Cancel("one", "v1"), "cancel one"), (Replace(order("two", "v1")), "replace two")],
    ids=["a withdrawal", "an amendment"],
)
def test_whatever_reaches_the_venue_waits_for_the_write(life: Life, effect: Effect, sent: str) -> None:
    life.outlet.perform([effect])

    assert life.seen.index("written") < life.seen.index(sent)


def test_what_stays_in_the_house_may_wait_for_the_next_write(life: Life) -> None:
    life.outlet.perform([WakeAt("late", NOW), Alert("info", "a word")])

    assert "written" not in life.seen
    assert "wake late" in life.seen


def test_on_a_full_disk_orders_never_left_and_withdrawals_do(life: Life) -> None:
    life.trouble = FULL

    life.outlet.perform([Submit(order("one")), Cancel("old", "v1"), Replace(order("two", "v2"))])

    assert [each for each in life.seen if each.partition(" ")[0] in ("submit", "cancel", "replace")] == ["cancel old"]
    rejected: list[Any] = life.heard
    assert [(type(each), each.order, each.status) for each in rejected] == [
        (OrderUpdate, "one", "rejected"), (OrderUpdate, "two", "rejected"),
    ]  # fmt: skip
    assert {each.reason for each in rejected} == {f"never sent: {FULL}"}


def test_the_engine_is_told_once_that_the_disk_is_full_and_once_that_it_is_not(
    life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    life.trouble = FULL
    assert [life.outlet.write(), life.outlet.write()] == [False, False]
    assert (life.outlet.disk, life.commands) == (FULL, [("unwritten", FULL, "hftd")])

    life.trouble = ""
    assert [life.outlet.write(), life.outlet.write()] == [True, True]

    assert (life.outlet.disk, life.commands[1:]) == ("", [("unwritten", "", "hftd")])
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


def test_a_switch_that_was_thrown_meanwhile_is_kept_when_the_disk_takes_it(life: Life, tmp_path: Path) -> None:
    life.trouble = FULL
    life.outlet.write()
    life.engine.state.halted, life.engine.state.flattening = "daily loss", True

    life.trouble = ""
    life.outlet.write()

    assert (kill_switch.thrown(tmp_path), kill_switch.flattens(tmp_path)) == ("daily loss", True)


def test_a_journal_that_can_hold_no_more_ends_it(life: Life) -> None:
    life.trouble, life.overflowing = FULL, True

    with pytest.raises(HftdError, match="No space left"):
        life.outlet.perform([Submit(order("one"))])

    assert life.seen == ["noted Submit"]


def test_the_kill_switch_survives_and_one_that_cannot_is_said(
    life: Life, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    life.outlet.perform([KillSwitch("halted by an operator")])
    assert kill_switch.thrown(tmp_path) == "halted by an operator"
    assert caplog.records == []

    Life(tmp_path / "not there").outlet.perform([KillSwitch("again")])

    assert "a restart will not know" in caplog.text
