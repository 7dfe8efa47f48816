"""What people are told: each line's text, level and fields, and that it reaches the log as any other line does."""

import io
import logging
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from hftd.core.effects import (
    Alert,
    Bench,
    Cancel,
    CancelLater,
    KillSwitch,
    Refuse,
    Replace,
    Resolve,
    Shadow,
    Stand,
    Stop,
    Submit,
    WakeAt,
)  # fmt: skip
from hftd.core.events import (
    ClockSkew,
    Enter,
    FeedDown,
    FeedUp,
    Fill,
    Leave,
    Measured,
    OrderUpdate,
    Rules,
    SessionPhase,
    Snapshot,
    Trade,
    VenuePosition,
    Version,
)  # fmt: skip
from hftd.core.intents import Amend, buy
from hftd.core.orders import Order
from hftd.core.risk.limits import Limits
from hftd.runtime.people import message_ids
from hftd.runtime.people.journald import NOTICE, JournalHandler, Plain, PlainLines, Say
from hftd.runtime.people.narrator import Narrator

NOON = 1_795_194_000_000_000_000  # 2026-11-20T17:00:00Z, 12:00 in New York
ID = "20261120-c7ec94-000007"
ORDER = Order(ID, "careful", "SPY", "buy", Decimal(35), None, "day", NOON)
LIMITED = Order(ID, "careful", "SPY", "sell", Decimal(5), Decimal("562.10"), "ioc", NOON, "v-1")
NAMES = {"HFTD_ORDER": ID, "HFTD_SYMBOL": "SPY", "HFTD_MODEL": "careful"}

Line = tuple[int, str, dict[str, str]]


@pytest.fixture(autouse=True)
def root() -> Iterator[logging.Logger]:
    """The logger whose level the setting ``log`` is; as it was, afterwards."""
    logger = logging.getLogger()
    before = logger.level
    logger.setLevel(logging.INFO)
    yield logger
    logger.setLevel(before)


def told(*what: object, number: int = 41) -> list[Line]:
    """The lines of ``what``."""
    lines: list[Line] = []

    def say(level: int, text: str, fields: Mapping[str, str]) -> None:
        lines.append((level, text, {name: value for name, value in fields.items() if value}))

    narrator = Narrator(say, lambda turn: turn())
    for each in what:
        narrator.tell(each, number)  # type: ignore[arg-type]
    return lines


EXPECTED: list[tuple[object, int, str, dict[str, str]]] = [
    (Submit(ORDER), 20, f"sent: buy 35 SPY at market day · careful · {ID}",
     {"MESSAGE_ID": message_ids.ORDER_SENT, **NAMES}),
    (Replace(LIMITED), 20, f"sent to replace another: sell 5 SPY limit 562.10 ioc · careful · {ID}",
     {"MESSAGE_ID": message_ids.ORDER_SENT, **NAMES}),
    (Cancel(ID, "v-1"), 20, f"cancel asked: {ID}", {"HFTD_ORDER": ID}),
    (Refuse("careful", buy("SPY", 1), "position", "at most 500"), 20, "refused (position): buy SPY: at most 500",
     {"MESSAGE_ID": message_ids.REFUSED, "HFTD_MODEL": "careful", "HFTD_SYMBOL": "SPY", "HFTD_CODE": "position"}),
    (Refuse("careful", Amend(ID, Decimal(1)), "amend", "no such order"), 20, "refused (amend): amend : no such order",
     {"MESSAGE_ID": message_ids.REFUSED, "HFTD_MODEL": "careful", "HFTD_CODE": "amend"}),
    (Bench("careful", "it raised"), 40, "model careful is benched: it raised",
     {"MESSAGE_ID": message_ids.BENCHED, "HFTD_MODEL": "careful"}),
    (Stand("careful", "shadow", "root says so"), NOTICE, "model careful is in the shadow: root says so",
     {"MESSAGE_ID": message_ids.STANDS, "HFTD_MODEL": "careful"}),
    (Resolve(ID), 30, f"fate unknown, asking the venue: {ID}",
     {"MESSAGE_ID": message_ids.UNKNOWN_ORDER, "HFTD_ORDER": ID}),
    (Alert("warning", "rejected: no", "SPY", "careful", ID), 30, "rejected: no", NAMES),
    (Alert("err", "account closed"), 40, "account closed", {}),
    (KillSwitch("too much lost"), 40, "trading is stopped: too much lost", {"MESSAGE_ID": message_ids.KILL_SWITCH}),
    (KillSwitch("enough", True), 40, "trading is stopped, positions are given up: enough",
     {"MESSAGE_ID": message_ids.KILL_SWITCH}),
    (KillSwitch(""), NOTICE, "the kill switch is reset: trading may go on", {"MESSAGE_ID": message_ids.KILL_SWITCH}),
    (Stop(0, "every order is settled"), 20, "stopping: every order is settled", {"MESSAGE_ID": message_ids.STOPPED}),
    (Fill(ID, "e-1", "SPY", "sell", Decimal(35), Decimal("562.17"), NOON, NOON), 20, "filled: sell 35 SPY at 562.17",
     {"MESSAGE_ID": message_ids.FILL, "HFTD_ORDER": ID, "HFTD_SYMBOL": "SPY"}),
    (OrderUpdate(ID, "canceled", NOON, NOON), 20, f"canceled: {ID}", {"HFTD_ORDER": ID}),
    (OrderUpdate(ID, "unknown", NOON, NOON, "", "no answer"), 20, f"unknown: {ID} no answer", {"HFTD_ORDER": ID}),
    (FeedUp("market data", NOON), 20, "market data: connected and subscribed",
     {"MESSAGE_ID": message_ids.FEED_UP, "HFTD_FEED": "market data"}),
    (FeedDown("market data", "mute", NOON), 30, "market data: down: mute",
     {"MESSAGE_ID": message_ids.FEED_DOWN, "HFTD_FEED": "market data"}),
    (SessionPhase("asleep", "2026-11-20", NOON, NOON), 20, "asleep until Fri 2026-11-20 12:00:00 New York",
     {"MESSAGE_ID": message_ids.ASLEEP, "HFTD_SESSION": "2026-11-20"}),
    (SessionPhase("warmup", "2026-11-20", NOON, NOON), 20,
     "session 2026-11-20: connecting, open at Fri 2026-11-20 12:00:00 New York", {"HFTD_SESSION": "2026-11-20"}),
    (SessionPhase("open", "2026-11-20", NOON), 20, "session 2026-11-20: open",
     {"MESSAGE_ID": message_ids.SESSION_OPEN, "HFTD_SESSION": "2026-11-20"}),
    (SessionPhase("closing", "2026-11-20", NOON), 20, "session 2026-11-20: closing, no new orders",
     {"HFTD_SESSION": "2026-11-20"}),
    (SessionPhase("closed", "2026-11-20", NOON), 20, "session 2026-11-20: closed",
     {"MESSAGE_ID": message_ids.SESSION_CLOSE, "HFTD_SESSION": "2026-11-20"}),
    (ClockSkew(-1_500_000_000, NOON), 40, "the clock is off by -1.500 s: no order leaves",
     {"MESSAGE_ID": message_ids.CLOCK}),
    (ClockSkew(0, NOON), NOTICE, "the clocks agree again", {"MESSAGE_ID": message_ids.CLOCK}),
    (Enter("careful", Version("ab" * 32, '{"shares":5}'), NOON), NOTICE,
     'model careful enters, active: version abababababab {"shares":5}',
     {"MESSAGE_ID": message_ids.ENTERED, "HFTD_MODEL": "careful", "HFTD_VERSION": "ab" * 32}),
    (Leave("careful", True, NOON), NOTICE, "model careful leaves, its positions are traded away",
     {"HFTD_MODEL": "careful"}),
    (Leave("careful", False, NOON), NOTICE, "model careful leaves, its positions are kept", {"HFTD_MODEL": "careful"}),
    (Rules(Limits(), False, NOON), NOTICE, "other limits hold from here on", {}),
    (Snapshot(NOON, NOON, "PA1", Decimal("1000.5"), Decimal(2000), (VenuePosition("SPY", Decimal(-3), Decimal(1)),)),
     20, "account PA1: $1000.50 cash, -3 SPY", {"HFTD_ACCOUNT": "PA1"}),
    (Snapshot(NOON, NOON, "PA1", Decimal(0), Decimal(0)), 20, "account PA1: $0.00 cash, no positions",
     {"HFTD_ACCOUNT": "PA1"}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "level", "text", "fields"), EXPECTED, ids=[type(row[0]).__name__ for row in EXPECTED])
def test_a_line_has_its_text_level_and_fields(what: object, level: int, text: str, fields: dict[str, str]) -> None:
    assert told(what) == [(level, text, {**fields, "HFTD_SEQ": "41"})]


@pytest.mark.parametrize(
    "what",
    [
        Trade("SPY", 562.17, 5, NOON, NOON), OrderUpdate(ID, "accepted", NOON, NOON), Measured({}, NOON),
        OrderUpdate(ID, "filled", NOON, NOON), Shadow("careful", buy("SPY", 1)), WakeAt("k", NOON), CancelLater(ID),
        Snapshot(NOON, NOON, "PA1", Decimal(0), Decimal(0), brief=True),
    ],
    ids=lambda what: type(what).__name__,
)  # fmt: skip
def test_what_nobody_needs_to_read_has_no_line(what: object) -> None:
    assert told(what) == []


def test_lines_wait_for_their_turn_and_come_in_order() -> None:
    """Nothing is written, or even put into words, before there is time."""
    waiting: list[Callable[[], None]] = []
    lines: list[str] = []
    narrator = Narrator(lambda level, text, fields: lines.append(text), waiting.append)
    narrator.tell(Submit(ORDER), 1)
    narrator.tell(Cancel(ID, "v-1"), 2)
    narrator.tell(Stop(0, "done"), 3)

    assert lines == []
    for turn in waiting:
        turn()
    assert [line.partition(":")[0] for line in lines] == ["sent", "cancel asked", "stopping"]


def test_the_level_of_the_settings_holds_and_may_change(root: logging.Logger) -> None:
    every = [Submit(ORDER), Resolve(ID), Alert("notice", "trades again"), KillSwitch("")]
    root.setLevel(logging.WARNING)
    assert [level for level, _, _ in told(*every)] == [30]
    root.setLevel(NOTICE)
    assert [level for level, _, _ in told(*every)] == [30, NOTICE, NOTICE]
    root.setLevel(logging.DEBUG)
    assert len(told(*every)) == 4


def test_a_line_nobody_wants_takes_no_turn(root: logging.Logger) -> None:
    root.setLevel(logging.WARNING)
    waiting: list[Callable[[], None]] = []
    Narrator(lambda level, text, fields: None, waiting.append).tell(Submit(ORDER), 1)

    assert waiting == []


# ---- where lines go: what `say` writes is what a record of `logging` would have been --------------------------------


def hide(text: str) -> str:
    return text.replace("PKSECRET", "***")


def through_logging(handler: logging.Handler, level: int, text: str, fields: Mapping[str, str]) -> None:
    record = logging.LogRecord("hftd", level, __file__, 1, "%s", (text,), None)
    record.message_id = fields.get("MESSAGE_ID", "")
    record.fields = {name: value for name, value in fields.items() if name != "MESSAGE_ID" and value}
    handler.handle(record)


LINES: list[Line] = [
    (20, "sent: buy 35 SPY", {"MESSAGE_ID": message_ids.ORDER_SENT, "HFTD_ORDER": ID, "HFTD_SEQ": "7"}),
    (NOTICE, "an ümläut · and a symbol that is empty", {"HFTD_SYMBOL": "", "HFTD_SEQ": "8"}),
    (30, "the venue said PKSECRET\nand more", {"HFTD_SEQ": "9"}),
    (40, "key PKSECRET", {"HFTD_MODEL": "of\ntwo PKSECRET lines", "HFTD_SEQ": "10"}),
    (20, "half a \ud800 character", {"HFTD_SEQ": "11"}),
    (50, "", {}),
]


@pytest.fixture
def journald(tmp_path: Path) -> Iterator[tuple[JournalHandler, socket.socket]]:
    """A handler, and the socket it sends to."""
    end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    end.bind(str(tmp_path / "journal"))
    end.settimeout(5)
    handler = JournalHandler(str(tmp_path / "journal"), hide)
    yield handler, end
    handler.close()
    end.close()


@pytest.mark.parametrize("line", LINES, ids=[repr(line[1]) for line in LINES])
def test_journald_gets_what_logging_would_send(line: Line, journald: tuple[JournalHandler, socket.socket]) -> None:
    handler, end = journald
    handler.say(*line)
    said = end.recv(1 << 16)
    through_logging(handler, *line)

    assert said == end.recv(1 << 16)
    assert handler.dropped == 0
    assert b"PKSECRET" not in said


@pytest.mark.parametrize("line", LINES, ids=[repr(line[1]) for line in LINES])
def test_a_terminal_gets_what_logging_would_write(line: Line) -> None:
    said, logged = io.StringIO(), io.StringIO()
    PlainLines(said, hide).say(*line)
    through_logging(PlainLines(logged, hide), *line)
    without_clock = [re.sub(r"^\d\d:\d\d:\d\d ", "", stream.getvalue()) for stream in (said, logged)]

    assert without_clock[0] == without_clock[1]
    assert re.match(r"\d\d:\d\d:\d\d \w", said.getvalue())
    assert "PKSECRET" not in said.getvalue()


def test_the_clock_of_a_plain_line_is_that_of_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a second and over its end."""
    stream = io.StringIO()
    lines = PlainLines(stream)
    moments = (1_795_194_000.2, 1_795_194_000.9, 1_795_194_001.0)
    expected = []
    for moment in moments:
        record = logging.LogRecord("hftd", 20, __file__, 1, "x", (), None)
        record.created = moment
        expected.append(Plain().format(record))
        monkeypatch.setattr("time.time", lambda moment=moment: moment)
        lines.say(20, "x", {})

    assert stream.getvalue().splitlines() == expected
    assert len(set(expected)) == 2


def test_lines_of_both_ways_keep_their_order() -> None:
    stream = io.StringIO()
    lines = PlainLines(stream)
    logger = logging.Logger("hftd.test")
    logger.addHandler(lines)
    for number in range(3):
        lines.say(20, f"said {number}", {})
        logger.info("logged %d", number)

    words = [line.split(" ", 1)[1].split(maxsplit=1)[1] for line in stream.getvalue().splitlines()]
    assert words == ["said 0", "logged 0", "said 1", "logged 1", "said 2", "logged 2"]


@pytest.mark.parametrize("fault", [OSError("nobody reads"), ValueError("closed")])
def test_a_terminal_that_is_gone_costs_the_line_and_nothing_else(fault: Exception) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise fault

    say: Say = PlainLines(Gone()).say
    say(20, "lost", {})

    assert PlainLines(stream := io.StringIO()).say(20, "kept", {}) is None
    assert stream.getvalue().endswith("kept\n")


def test_a_journald_that_is_gone_costs_the_line_and_nothing_else(tmp_path: Path) -> None:
    handler = JournalHandler(str(tmp_path / "nobody"))
    handler.say(20, "lost", {})
    handler.close()

    assert handler.dropped == 1
