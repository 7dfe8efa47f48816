"""``hftd cancel-all``: after the daemon's death its open orders are withdrawn, nobody else's, and in bounded time."""

import os
import signal
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from processes import HFTD, PATIENCE, RESTING, at_venue, process, settings, simulated_venue, until
from standing_clock import stop_time

from hftd.cli import cancel_all as module
from hftd.cli.cancel_all import ended_well, is_ours, last_session, withdraw
from hftd.cli.main import main
from hftd.core.events import VenueOrder
from hftd.errors import TooOften, Unavailable
from hftd.runtime.loop import Loop
from hftd.runtime.past.journal import FORMAT, Begin, Journal

BEGIN = Begin(FORMAT, "2026-11-20", "c7ec94", "0.1.0", {})
OURS = "20261120-c7ec94-00000"


def order(name: str, status: Any = "accepted") -> VenueOrder:
    nothing = Decimal(0)
    return VenueOrder(name, f"venue's {name}", "SPY", "buy", Decimal(1), nothing, nothing, status)


# ---- whose order it is, and how a service ended ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("20261120-c7ec94-000001", True),
        ("20261120-c7ec94-1234567", True),
        ("20261120-c7ec95-000001", False),  # another daemon's run of the same day
        ("20261119-c7ec94-000001", False),  # the same run on another day cannot be
        ("", False),
        ("by hand", False),
        ("20261120-c7ec94", False),
        ("x20261120-c7ec94-000001", False),
        ("7b08df51-5680-4c4b-aaaa-000000000001", False),
    ],
)
def test_an_order_is_ours_by_the_day_and_the_run_in_its_id(name: str, ours: bool) -> None:
    assert is_ours(order(name), BEGIN) is ours


@pytest.mark.parametrize(
    ("result", "well"),
    [("success", True), ("signal", False), ("exit-code", False), ("watchdog", False), ("core-dump", False),
     ("oom-kill", False), ("timeout", False), ("", False)],
)  # fmt: skip
def test_only_success_is_a_good_end(result: str, well: bool) -> None:
    """The values of SERVICE_RESULT in systemd.exec(5)."""
    assert ended_well({"SERVICE_RESULT": result}) is well
    assert not ended_well({})


def test_after_a_good_end_nothing_is_read_or_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SERVICE_RESULT", "success")

    assert main(["cancel-all", "--if-died", "--config", str(tmp_path / "absent.toml")]) == 0
    assert capsys.readouterr() == ("", "")


def test_the_newest_journal_counts(tmp_path: Path) -> None:
    """Journals that were put aside do not, nor does anything else that lies there."""
    for day in ("2026-11-19", "2026-11-20", "2026-11-18"):
        Journal(tmp_path / "journal" / day, Begin(FORMAT, day, "c7ec94", "0.1.0", {})).close()
    (tmp_path / "journal" / "2026-11-21.1").mkdir()
    (tmp_path / "journal" / "notes").mkdir()
    found = last_session(tmp_path)

    assert found is not None
    assert (found.day, found.run) == ("2026-11-20", "c7ec94")
    assert last_session(tmp_path / "nowhere") is None


def test_without_any_journal_there_is_nothing_to_withdraw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hftd.toml").write_text("[venue]\nport = 1\n")

    assert main(["cancel-all", "--config", str(tmp_path / "hftd.toml")]) == 0
    assert capsys.readouterr().out == "no session was ever begun here: nothing to withdraw\n"


# ---- what is asked of the venue --------------------------------------------------------------------------------


class Venue:
    """Answers by script: what is open at each look, and what it says to each cancellation."""

    def __init__(self, *open_orders: Any, objections: dict[str, str] | None = None) -> None:
        self.looks = list(open_orders)
        self.objections = objections or {}
        self.asked: list[str] = []

    def wait(self, method: str, arguments: list[Any]) -> Any:
        if method == "cancel":
            (venue_id,) = arguments
            self.asked.append(venue_id)
            return self.objections.get(venue_id, "")
        assert (method, arguments) == ("open_orders", [])
        look = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(look, Exception):
            raise look
        return look


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    monkeypatch.setattr(module, "PAUSE", 0.001)
    made = Loop()
    yield made
    made.close()


def test_ours_are_withdrawn_one_by_one_and_nobody_elses(loop: Loop) -> None:
    mine, second, other = order(f"{OURS}1"), order(f"{OURS}2"), order("by hand")
    venue = Venue([mine, other, second], [other])

    assert withdraw(venue, loop, BEGIN) == [mine.order, second.order]  # type: ignore[arg-type]
    assert venue.asked == [mine.venue_id, second.venue_id]


def test_each_is_asked_for_once_and_looked_at_until_it_is_gone(loop: Loop) -> None:
    """A withdrawal takes its time at the venue, and an order on its way when the daemon died comes late."""
    mine, late = order(f"{OURS}1"), order(f"{OURS}2")
    venue = Venue([mine], [mine], [mine, late], [late], [])

    assert withdraw(venue, loop, BEGIN) == [mine.order, late.order]  # type: ignore[arg-type]
    assert venue.asked == [mine.venue_id, late.venue_id]


def test_what_ended_by_itself_is_not_counted_as_withdrawn(loop: Loop) -> None:
    mine = order(f"{OURS}1")
    venue = Venue([mine], [], objections={mine.venue_id: 'order is already in "filled" state'})

    assert withdraw(venue, loop, BEGIN) == []  # type: ignore[arg-type]


def test_a_venue_that_stumbles_is_asked_again(loop: Loop) -> None:
    mine = order(f"{OURS}1")
    venue = Venue(Unavailable("503"), [mine], Unavailable("timed out"), [])

    assert withdraw(venue, loop, BEGIN) == [mine.order]  # type: ignore[arg-type]
    assert venue.asked == [mine.venue_id]


def test_a_venue_that_asks_to_wait_is_given_that_time(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(loop, "after", lambda seconds, turn: waits.append(seconds) or turn())
    mine = order(f"{OURS}1")
    venue = Venue(TooOften("429", 7.0), [mine], [])

    assert withdraw(venue, loop, BEGIN) == [mine.order]  # type: ignore[arg-type]
    assert waits[0] == 7.0


@pytest.mark.parametrize(
    ("look", "said"),
    [([order(f"{OURS}1")], f"still open at the venue: {OURS}1"), (Unavailable("no route"), "not known: no route")],
)
def test_it_ends_when_its_time_is_over_and_says_what_is_left(loop: Loop, look: Any, said: str) -> None:
    loop.after(0.02, lambda: loop.stop(0))

    with pytest.raises(Unavailable, match=said) as caught:
        withdraw(Venue(look), loop, BEGIN)  # type: ignore[arg-type]
    assert str(caught.value).startswith("2026-11-20: after 10 s, ")


class Slow(Venue):
    """A back office that takes its time before it answers anything."""

    def __init__(self, loop: Loop, silence: float) -> None:
        super().__init__([])
        self.loop = loop
        self.silence = silence

    def wait(self, method: str, arguments: list[Any]) -> Any:
        if method != "here":
            return super().wait(method, arguments)
        silent = [True]
        self.loop.after(self.silence, silent.clear)
        while silent and self.loop.running:
            self.loop.turn()
        if silent:
            raise Unavailable("stopped while waiting for the venue")
        return True

    def open(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """The settings of a daemon that has begun a session; nobody listens where its venue is."""
    (tmp_path / "plugins").mkdir(mode=0o755)
    (tmp_path / "hftd.toml").write_text("[venue]\nport = 1\n")
    Journal(tmp_path / "state" / "journal" / BEGIN.day, BEGIN).close()
    return tmp_path / "hftd.toml"


def test_the_time_a_back_office_takes_to_start_is_not_taken_from_the_venue(
    begun: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = stop_time(monkeypatch)

    class Late(Slow):
        def wait(self, method: str, arguments: list[Any]) -> Any:
            if method == "here":
                clock.turn(module.PATIENCE + 1)
            return super().wait(method, arguments)

    monkeypatch.setattr(module, "BackOffice", lambda loop, *_: Late(loop, 0.0))

    assert main(["cancel-all", "--config", str(begun)]) == 0
    assert capsys.readouterr().out == "2026-11-20: orders withdrawn: none, none was open\n"


def test_a_back_office_that_never_answers_has_its_own_end(
    begun: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "START", 0.0)
    monkeypatch.setattr(module, "BackOffice", lambda loop, *_: Slow(loop, PATIENCE))

    assert main(["cancel-all", "--config", str(begun)]) == 69
    assert capsys.readouterr().err == (
        "hftd: 2026-11-20: after 0 s, what is open at the venue is not known: the back office did not answer\n"
    )


# ---- the whole of it -------------------------------------------------------------------------------------------


def test_a_killed_daemons_order_is_withdrawn_and_a_strangers_stays(tmp_path: Path) -> None:
    with simulated_venue() as port:
        file = settings(tmp_path, port, "[risk]\ncollar = 0.5\n", resting=RESTING)
        with process("run", "--config", str(file)) as daemon:
            until(lambda: at_venue(port, "orders?status=open"), "an open order at the venue")
            daemon.send_signal(signal.SIGKILL)
            daemon.wait()
        stranger = {"symbol": "SPY", "qty": "1", "side": "buy", "type": "limit", "limit_price": "1.00",
                    "time_in_force": "day", "client_order_id": "by hand"}  # fmt: skip
        at_venue(port, "orders", stranger)
        (ours,) = [each["client_order_id"] for each in at_venue(port, "orders?status=open") if
                   each["client_order_id"] != "by hand"]  # fmt: skip

        environ = {**os.environ, "SERVICE_RESULT": "signal", "EXIT_CODE": "killed", "EXIT_STATUS": "KILL"}
        argv = [*HFTD, "cancel-all", "--if-died", "--config", str(file)]
        done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False)

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith(f": orders withdrawn: {ours}\n")
        assert [each["client_order_id"] for each in at_venue(port, "orders?status=open")] == ["by hand"]


def test_a_venue_that_is_gone_is_69_when_the_time_is_over(
    begun: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.5)

    assert main(["cancel-all", "--config", str(begun)]) == 69
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("hftd: 2026-11-20: after 0 s, what is open at the venue is not known: ")
    assert not line.endswith("the back office did not answer")
