"""What an operator may ask and say: each word reaches the engine under the user's name, or comes back with a reason."""

import logging
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.core.effects import Alert, Cancel, Effect, KillSwitch, Submit
from hftd.core.engine import Engine
from hftd.core.events import (
    Command,
    CommandName,
    Event,
    Fill,
    OrderUpdate,
    SessionPhase,
    Snapshot,
    Trade,
    VenuePosition,
)  # fmt: skip
from hftd.core.intents import Intent, buy
from hftd.core.seat import Seat
from hftd.core.state import open_account
from hftd.runtime.people.control import Question
from hftd.runtime.people.operator import Operator
from hftd.runtime.people.rights import Caller, Rights

ROOT = Caller(0, frozenset({0}))
DEALER = Caller(4_000_000_001, frozenset({72}))
WATCHER = Caller(4_000_000_002, frozenset({71}))
STRANGER = Caller(4_000_000_003, frozenset({7}))
RIGHTS = Rights(0, {"read": (71, "watchers"), "trade": (72, "dealers")})
MONEY = {"account": "PA1", "cash": Decimal(100_000), "buying_power": Decimal(100_000)}


class Bids:
    """Bids for ten shares at each print."""

    def on_trade(self, _: Trade) -> Intent:
        return buy("SPY", 10, limit=99)


class Bench:
    """An engine in the middle of its day, and an operator's desk in front of it."""

    def __init__(self) -> None:
        seat = Seat("bids", Bids(), ["SPY"], "active")
        self.engine = Engine(open_account(Decimal(100_000)), [seat], (), flatten=False)
        self.now = 0
        self.effects: list[Effect] = []
        self.said: list[tuple[str, str, str]] = []
        self.operator = Operator(self.engine, self._say, lambda: {"status": "fine"}, RIGHTS)
        for name in ("warmup", "open"):
            self.hear(SessionPhase, name, "2026-11-20", run="abc123")

    def _say(self, name: CommandName, argument: str, by: str) -> None:
        self.said.append((name, argument, by))
        self.hear(Command, name, argument, by)

    def hear(self, kind: type[Event], *arguments: Any, **more: Any) -> None:
        self.now += 1
        self.effects += self.engine.step(kind(*arguments, seen=self.now, **more))

    def ask(self, word: str, argument: str = "", who: Caller = ROOT) -> dict[str, Any]:
        return self.operator.answer(Question(word, argument), who)

    def hold(self, shares: int) -> None:
        """Bid once, and be given ``shares`` of the ten."""
        self.hear(Trade, "SPY", 100.0, 10, self.now)
        self.hear(OrderUpdate, "20261120-abc123-000001", "accepted", self.now, venue_id="v1")
        one, price = Decimal(shares), Decimal(99)
        self.hear(Fill, "20261120-abc123-000001", "x1", "SPY", "buy", one, price, self.now)

    def freeze(self) -> None:
        """The venue says something else than the engine's books, twice."""
        for shares in (0, 5):
            positions = (VenuePosition("SPY", Decimal(shares), Decimal(100)),) if shares else ()
            self.hear(Snapshot, self.now + 1, **MONEY, positions=positions)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_status_is_the_daemons_facts(bench: Bench) -> None:
    assert bench.ask("status", who=WATCHER) == {"status": "fine"}
    assert bench.said == []


def test_a_halt_withdraws_what_is_open_and_says_so(bench: Bench) -> None:
    bench.hold(4)
    answer = bench.ask("halt", "the feed is odd")

    said = "trading is stopped: the feed is odd (root); orders being withdrawn: 1; held: +4 SPY"
    assert answer == {"status": "fine", "said": said}
    assert bench.said == [("halt", "the feed is odd (root)", "root")]
    assert bench.effects[-2:] == [KillSwitch("the feed is odd (root)"), Cancel("20261120-abc123-000001", "v1")]


def test_a_second_halt_keeps_the_first_reason(bench: Bench) -> None:
    assert bench.ask("halt")["said"] == "trading is stopped: halted by root"
    assert bench.ask("halt", "again", DEALER)["said"] == "trading is stopped: halted by root"


def test_flattening_trades_positions_away_once_nothing_is_open(bench: Bench) -> None:
    bench.hold(4)
    answer = bench.ask("flatten", who=DEALER)
    assert answer["said"] == (
        "trading is stopped: flattened by user 4000000001; orders being withdrawn: 1; being traded away: +4 SPY"
    )
    bench.hear(OrderUpdate, "20261120-abc123-000001", "canceled", bench.now)
    away = bench.effects[-1]

    assert isinstance(away, Submit)
    assert (away.order.side, away.order.shares, away.order.limit) == ("sell", Decimal(4), None)


def test_flattening_goes_with_the_switch_until_somebody_resumes(bench: Bench) -> None:
    """So that it is kept on disk with it; a halt after it does not end it."""
    bench.ask("halt")
    bench.ask("flatten", "enough")
    bench.ask("halt", "again")
    bench.ask("resume")
    bench.ask("halt")

    switches = [effect for effect in bench.effects if isinstance(effect, KillSwitch)]
    by_root = "halted by root"
    assert switches == [
        KillSwitch(by_root), KillSwitch(by_root, True), KillSwitch(by_root, True), KillSwitch(""), KillSwitch(by_root),
    ]  # fmt: skip


def test_what_was_given_up_while_the_market_was_closed_is_traded_away_as_it_opens(bench: Bench) -> None:
    bench.hold(4)
    bench.hear(OrderUpdate, "20261120-abc123-000001", "canceled", bench.now)
    bench.hear(SessionPhase, "closed", "2026-11-20", run="abc123")
    bench.ask("flatten")
    bench.hear(SessionPhase, "warmup", "2026-11-23", run="def456")
    bench.hear(Snapshot, bench.now, **MONEY, positions=(VenuePosition("SPY", Decimal(4), Decimal(99)),))
    assert not [effect for effect in bench.effects if isinstance(effect, Submit) and effect.order.side == "sell"]

    bench.hear(SessionPhase, "open", "2026-11-23", run="def456")
    away = bench.effects[-1]
    assert isinstance(away, Submit)
    assert (away.order.side, away.order.shares, away.order.limit) == ("sell", Decimal(4), None)


def test_a_resumed_engine_trades(bench: Bench) -> None:
    bench.ask("halt")
    assert bench.ask("resume")["said"] == "trading goes on"
    assert bench.said[-1] == ("resume", "", "root")
    assert bench.engine.state.halted == ""
    assert bench.effects[-1] == KillSwitch("")


def test_a_frozen_position_is_accepted_by_name(bench: Bench) -> None:
    bench.freeze()
    assert bench.engine.state.frozen.keys() == {"SPY"}
    answer = bench.ask("accept", "SPY", DEALER)

    assert answer["said"] == "SPY: +5 shares, as the venue says"
    assert bench.engine.state.frozen == {}
    assert bench.effects[-1] == Alert("notice", "user 4000000001 accepted 5 SPY", "SPY")


def test_accepting_what_is_not_frozen_makes_no_sense_and_says_what_is(bench: Bench) -> None:
    assert bench.ask("accept", "SPY") == {"error": "accept: SPY is not frozen; nothing is frozen", "exit_status": 1}
    bench.freeze()
    assert bench.ask("accept", "QQQ") == {"error": "accept: QQQ is not frozen; frozen: SPY", "exit_status": 1}
    assert bench.said == []


REFUSED = [
    ("resume", DEALER, "needs the right admin, held by root; you are user 4000000001"),
    ("halt", WATCHER, "needs the right trade, held by root, members of dealers; you are user 4000000002"),
    ("flatten", WATCHER, "needs the right trade, held by root, members of dealers; you are user 4000000002"),
    ("accept", STRANGER, "needs the right trade, held by root, members of dealers; you are user 4000000003"),
    ("status", STRANGER, "needs the right read, held by root, members of watchers, members of dealers; "
                         "you are user 4000000003"),
]  # fmt: skip


@pytest.mark.parametrize(("word", "who", "said"), REFUSED, ids=[word for word, _, _ in REFUSED])
def test_who_lacks_a_right_is_told_which_and_nothing_happens(
    bench: Bench, caplog: pytest.LogCaptureFixture, word: str, who: Caller, said: str
) -> None:
    before = len(bench.effects)
    with caplog.at_level(logging.WARNING, "hftd"):
        answer = bench.ask(word, "SPY" if word == "accept" else "", who)

    assert answer == {"error": f"{word}: {said}", "exit_status": 77}
    assert (bench.said, len(bench.effects)) == ([], before)
    right = {"resume": "admin", "status": "read"}.get(word, "trade")
    assert caplog.messages == [f"refused to {word}: {who.name} needs the right {right}"]


WRONG = [
    ("shutdown", "", "no such question, expected status, halt, flatten, accept or resume"),
    ("__init__", "", "no such question, expected status, halt, flatten, accept or resume"),
    ("resume", "now", "resume: takes no argument"),
    ("accept", "", "accept: expected a symbol such as SPY"),
    ("accept", "../../etc", "accept: expected a symbol such as SPY"),
    ("accept", "SPY; DROP", "accept: expected a symbol such as SPY"),
    ("halt", "x" * 201, "halt: expected a reason of one line, at most 200 characters"),
    ("flatten", "two\nlines", "flatten: expected a reason of one line, at most 200 characters"),
    ("halt", "\x1b[2J", "halt: expected a reason of one line, at most 200 characters"),
]


@pytest.mark.parametrize(("word", "argument", "said"), WRONG)
def test_what_makes_no_sense_is_told_so_and_nothing_happens(bench: Bench, word: str, argument: str, said: str) -> None:
    assert bench.ask(word, argument) == {"error": said, "exit_status": 1}
    assert bench.said == []


@given(st.text(), st.text(), st.sampled_from([ROOT, DEALER, WATCHER, STRANGER]))
def test_any_words_at_all_are_answered(word: str, argument: str, who: Caller) -> None:
    answer = Bench().ask(word, argument, who)

    assert answer.keys() in ({"error", "exit_status"}, {"status"}, {"status", "said"})


@given(st.text())
def test_every_reason_that_is_taken_is_one_line(reason: str) -> None:
    """It goes into the log, the status line and the journal."""
    bench = Bench()
    answer = bench.ask("halt", reason)

    assert ("error" in answer) == (len(reason) > 200 or not reason.isprintable())
    assert "\n" not in bench.engine.state.halted


def test_what_is_done_is_logged_with_the_users_name(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "hftd"):
        bench.ask("halt", "lunch", DEALER)
    (record,) = caplog.records

    assert record.getMessage() == "user 4000000001 says: halt lunch"
    assert vars(record)["fields"] == {"HFTD_USER": "user 4000000001"}
