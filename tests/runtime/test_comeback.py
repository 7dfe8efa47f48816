"""What a process takes over: the day so far, and the day before."""

from decimal import Decimal
from pathlib import Path

import pytest
from processes import BUYS, process, settings, simulated_venue, until

from hftd.core.effects import Bench, Cancel, Refuse, Submit
from hftd.core.engine import Engine
from hftd.core.events import (
    Carry,
    Command,
    Enter,
    Fill,
    Held,
    Leave,
    OrderUpdate,
    Restarted,
    Rules,
    SessionPhase,
    Snapshot,
    VenueOrder,
    VenuePosition,
    Version,
)
from hftd.core.orders import Order
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat
from hftd.core.state import State
from hftd.runtime.models.troupe import Troupe
from hftd.runtime.past.comeback import Rehearsals, come_back, from_yesterday
from hftd.runtime.past.journal import FORMAT, Begin, read
from hftd.runtime.past.recovery import open_journal, survey
from hftd.runtime.people import kill_switch

D = Decimal
NOW = 1_795_185_000_000_000_000  # 2026-11-20T14:30:00Z
YESTERDAY, TODAY = "2026-11-19", "2026-11-20"
OLD, NEW = Version("0" * 64), Version("1" * 64)
BEGIN = Begin(FORMAT, TODAY, "abc123", "test", {"m": NEW})


def yesterday(root: Path, *more: object) -> None:
    """A day that held seven shares at its end, with a model that was benched in its older version."""
    folder, begin = root / YESTERDAY, Begin(FORMAT, YESTERDAY, "", "", {"m": OLD})
    journal = open_journal(folder, survey(folder), begin, fsync=False)
    held = (VenuePosition("SPY", D(7), D(100)),)
    journal.event(SessionPhase("warmup", YESTERDAY, NOW - 10, 0, "abc"))
    journal.event(Snapshot(NOW - 9, NOW - 8, "PA1", D(1_000), D(2_000), held))
    journal.effects([Bench("m", "it raised")])
    for event in more:
        assert isinstance(event, Enter | Rules)
        journal.event(event)
    journal.close()


def taken_over(root: Path) -> Carry:
    (event,) = from_yesterday(root / TODAY, [], BEGIN, follows=False, now=NOW)
    assert isinstance(event, Carry)
    return event


def test_yesterday_s_positions_are_taken_over_whatever_became_of_its_rules(tmp_path: Path) -> None:
    """Limits that changed while it ran are read over; nobody asks them any more."""
    yesterday(tmp_path, Rules(Limits(max_shares=D(7)), True, NOW - 5))

    assert taken_over(tmp_path).held == (Held("", "SPY", D(7), D(700)),)


@pytest.mark.parametrize("entered", [(), (Enter("m", NEW, NOW - 5),)])
def test_a_version_nobody_benched_is_not_benched(tmp_path: Path, entered: tuple[Enter, ...]) -> None:
    """Its older one was: it changed over night, or while yesterday ran."""
    yesterday(tmp_path, *entered)

    assert taken_over(tmp_path).benched == {}


def test_a_version_that_was_benched_stays_so(tmp_path: Path) -> None:
    yesterday(tmp_path)
    (event,) = from_yesterday(tmp_path / TODAY, [], Begin(FORMAT, TODAY, "", "", {"m": OLD}), follows=False, now=NOW)

    assert isinstance(event, Carry)
    assert event.benched == {"m": "it raised"}


def test_a_process_that_died_as_its_day_began_has_taken_nothing_over_yet(tmp_path: Path) -> None:
    """Its journal has a beginning and nothing else: the next process takes over what it should have."""
    yesterday(tmp_path)
    begin = Begin(FORMAT, TODAY, "", "", {})
    open_journal(tmp_path / TODAY, survey(tmp_path / TODAY), begin, fsync=False).close()
    found, troupe = survey(tmp_path / TODAY), Troupe(State(), [], {})
    engine = Engine(State(), [], [], flatten=False, backstage=troupe)
    rehearsals = Rehearsals(tmp_path / TODAY, list, follows=False)
    news = come_back(engine, troupe, found, begin, tmp_path / TODAY, [], rehearsals, follows=False, now=NOW)

    assert [type(event) for event in news] == [Restarted, Carry]
    assert news[1] == taken_over(tmp_path)


# ---- a model whose file was taken away over night ----------------------------------------------------------------


def left_by_m(root: Path) -> None:
    """A day at whose end the model ``m`` held three shares and had an order in the market."""
    folder, begin = root / YESTERDAY, Begin(FORMAT, YESTERDAY, "", "", {"m": OLD, "other": OLD})
    journal = open_journal(folder, survey(folder), begin, fsync=False)
    journal.event(SessionPhase("warmup", YESTERDAY, NOW - 10, 0, "abc"))
    journal.event(Snapshot(NOW - 9, NOW - 8, "PA1", D(1_000), D(2_000)))
    for number, model, symbol in ((1, "m", "SPY"), (2, "m", "IWM"), (3, "other", "IWM")):
        order = Order(f"20261119-abc-{number:06d}", model, symbol, "buy", D(3), None, "gtc", NOW - 7)
        journal.effects([Submit(order)])
        journal.event(OrderUpdate(order.id, "accepted", NOW - 6, NOW - 6, f"v{number}"))
    journal.event(Fill("20261119-abc-000001", "e1", "SPY", "buy", D(3), D(100), NOW - 5, NOW - 5))
    journal.close()


def without_m(root: Path, *, flatten: bool, models: tuple[str, ...] = ("other",)) -> tuple[Engine, Carry]:
    """The next day's engine, begun without it."""
    begin = Begin(FORMAT, TODAY, "abc", "", dict.fromkeys(models, OLD))
    troupe, seats = Troupe(State(), [], {}), [Seat(name, None, ()) for name in models]
    engine = Engine(State(), seats, [], flatten=False, backstage=troupe)
    rehearsals = Rehearsals(root / TODAY, list, follows=False)
    flattened = {"m"} if flatten else set()
    (event,) = come_back(
        engine, troupe, survey(root / TODAY), begin, root / TODAY, [], rehearsals,
        follows=False, now=NOW, flattened=flattened,
    )  # fmt: skip
    assert isinstance(event, Carry)
    engine.step(event)
    return engine, event


def opened(engine: Engine) -> list[object]:
    """What is decided as the day opens and the venue says what it says."""
    done: list[object] = []
    working = tuple(
        VenueOrder(f"20261119-abc-{number:06d}", f"v{number}", "IWM", "buy", D(3), D(0), D(0), "accepted")
        for number in (2, 3)
    )
    held = (VenuePosition("SPY", D(3), D(100)),)
    money = Snapshot(NOW + 2, NOW + 2, "PA1", D(1_000), D(2_000), held, working)
    for event in (SessionPhase("warmup", TODAY, NOW, 0, "abc"), SessionPhase("open", TODAY, NOW + 1, 0, "abc"), money):
        done += engine.step(event)
    return [effect for effect in done if isinstance(effect, Submit | Cancel)]


def test_a_model_taken_away_over_night_retires_and_its_positions_are_traded_away_as_was_asked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    left_by_m(tmp_path)
    engine, carried = without_m(tmp_path, flatten=True)
    withdrawn, sold = opened(engine)

    assert carried.leaving == ("m",)
    assert withdrawn == Cancel("20261119-abc-000002", "v2")
    assert isinstance(sold, Submit)
    assert (sold.order.model, sold.order.symbol, sold.order.side, sold.order.shares) == ("m", "SPY", "sell", D(3))
    assert caplog.messages == ["model m is gone since 2026-11-19: it retires, its positions are traded away"]


def test_without_that_word_its_positions_are_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    left_by_m(tmp_path)
    engine, carried = without_m(tmp_path, flatten=False)

    assert opened(engine) == [Cancel("20261119-abc-000002", "v2")]
    assert carried.leaving == ()
    assert engine.state.accounts.shares("m", "SPY") == D(3)
    assert caplog.messages == ["model m is gone since 2026-11-19: it retires, its positions are kept"]


def test_one_that_is_back_the_day_after_keeps_what_is_its_own(tmp_path: Path) -> None:
    """Though it was leaving as the day before ended."""
    left_by_m(tmp_path)
    journal = open_journal(tmp_path / YESTERDAY, survey(tmp_path / YESTERDAY), BEGIN, fsync=False)
    journal.event(Leave("m", True, NOW - 4))
    journal.close()
    _, away = without_m(tmp_path, flatten=False)
    assert away.leaving == ("m",)
    engine, back = without_m(tmp_path, flatten=True, models=("m", "other"))

    assert back.leaving == ()
    assert [effect for effect in opened(engine) if isinstance(effect, Submit)] == []


def test_the_kill_switch_stays_thrown_over_a_night_whose_positions_are_taken_over(tmp_path: Path) -> None:
    """What the new day takes over says nothing of a halt, and must not take the one on disk back."""
    journals = tmp_path / "state" / "journal"
    yesterday(journals)
    kill_switch.keep(tmp_path / "state", "the feed is odd")

    def noted(kind: type) -> list[object]:
        days = sorted(journals.iterdir())
        return [record.content for record in read(days[-1]) if isinstance(record.content, kind)] if days[1:] else []

    with simulated_venue("--date", TODAY) as port:
        file = settings(tmp_path, port, buys=BUYS)
        with process("run", "--config", str(file)):
            until(lambda: len(noted(Refuse)) > 3, "refusals")

    assert [type(event) for event in noted(Carry | Command)] == [Carry, Command]
    assert {each.code for each in noted(Refuse) if isinstance(each, Refuse)} == {"halt"}
    assert noted(Submit) == []
