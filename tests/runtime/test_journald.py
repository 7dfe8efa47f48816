"""Log lines on their way to journald and to a terminal. The parser here is written from the protocol's description."""

import fcntl
import logging
import os
import re
import socket
import subprocess
import sys
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hftd.runtime.people import message_ids
from hftd.runtime.people.journald import NOTICE, JournalHandler, Plain, datagram, priority, to_journal

CATALOG = Path(__file__).parents[2] / "systemd" / "hftd.catalog"


def parse(data: bytes) -> list[tuple[str, str]]:
    """Fields of a datagram, by systemd's "Native Journal Protocol"."""
    fields = []
    while data:
        line, _, rest = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            length = int.from_bytes(rest[:8], "little")
            value = rest[8 : 8 + length]
            assert rest[8 + length : 9 + length] == b"\n"
            rest = rest[9 + length :]
        fields.append((name.decode(), value.decode()))
        data = rest
    return fields


class Journald:
    """A socket that stands where journald's would, and what it was sent."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(60)

    def entry(self) -> dict[str, str]:
        """The next record's fields."""
        return dict(parse(self.socket.recv(1 << 20)))


@pytest.fixture
def journald(tmp_path: Path) -> Iterator[Journald]:
    here = Journald(tmp_path / "journal")
    yield here
    here.socket.close()


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger of its own, which passes nothing on."""
    one = logging.Logger("hftd.test", logging.DEBUG)
    yield one
    for handler in one.handlers:
        handler.close()


def test_a_one_line_value_is_written_plainly() -> None:
    assert datagram([("MESSAGE", "hello"), ("PRIORITY", "6")]) == b"MESSAGE=hello\nPRIORITY=6\n"


def test_a_value_of_several_lines_is_written_with_its_length() -> None:
    assert datagram([("MESSAGE", "a\nb")]) == b"MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\n"


NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,63}", fullmatch=True)


@given(st.lists(st.tuples(NAMES, st.text(st.characters(codec="utf-8")))))
def test_whatever_the_values_the_same_fields_come_out(fields: list[tuple[str, str]]) -> None:
    assert fields == parse(datagram(fields))


@given(st.text(), st.text())
def test_no_name_can_smuggle_in_another_field(name: str, value: str) -> None:
    fields = dict(parse(datagram([(name, value)])))

    assert set(fields) <= {name}


def test_a_record_carries_its_fields(journald: Journald, logger: logging.Logger) -> None:
    logger.addHandler(JournalHandler(journald.path))
    extra = {"message_id": message_ids.FILL, "fields": {"HFTD_ORDER": "20261120-ab-000007", "HFTD_SEQ": 41}}
    logger.log(NOTICE, "bought %d SPY", 5, extra=extra)

    assert journald.entry() == {
        "MESSAGE": "bought 5 SPY",
        "PRIORITY": "5",
        "SYSLOG_IDENTIFIER": "hftd",
        "LOGGER": "hftd.test",
        "MESSAGE_ID": message_ids.FILL,
        "HFTD_ORDER": "20261120-ab-000007",
        "HFTD_SEQ": "41",
    }


def test_secrets_leave_neither_in_text_nor_in_fields_nor_in_tracebacks(
    journald: Journald, logger: logging.Logger
) -> None:
    logger.addHandler(JournalHandler(journald.path, lambda text: text.replace("PKSECRET", "…")))
    try:
        raise ValueError("bad key PKSECRET")
    except ValueError:
        logger.exception("asked with %s", "PKSECRET", extra={"fields": {"HFTD_URL": "?key=PKSECRET"}})
    entry = journald.entry()

    assert "PKSECRET" not in str(entry)
    assert entry["MESSAGE"].startswith("asked with …\nTraceback (most recent call last):\n")
    assert entry["MESSAGE"].endswith("\nValueError: bad key …")
    assert entry["HFTD_URL"] == "?key=…"


def test_what_no_datagram_holds_comes_as_a_sealed_file(journald: Journald, logger: logging.Logger) -> None:
    handler = JournalHandler(journald.path)
    handler.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8_192)
    logger.addHandler(handler)
    logger.info("x" * 400_000)
    data, ancillary, _, _ = journald.socket.recvmsg(1, socket.CMSG_SPACE(4))

    assert data == b""
    file = array("i", ancillary[0][2])[0]
    with os.fdopen(file, "rb") as sent:
        wanted = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
        assert fcntl.fcntl(file, fcntl.F_GET_SEALS) == wanted
        sent.seek(0)
        assert dict(parse(sent.read()))["MESSAGE"] == "x" * 400_000
    assert handler.dropped == 0


def test_a_journald_that_is_gone_costs_the_line_and_nothing_else(tmp_path: Path, logger: logging.Logger) -> None:
    handler = JournalHandler(str(tmp_path / "nobody"))
    logger.addHandler(handler)
    logger.info("lost")
    logger.info("%d", "not a number")

    assert handler.dropped == 2


def test_a_journald_that_does_not_read_is_not_waited_for(journald: Journald, logger: logging.Logger) -> None:
    handler = JournalHandler(journald.path)
    logger.addHandler(handler)
    for _ in range(5_000):  # far beyond net.unix.max_dgram_qlen
        logger.info("tick")

    assert 0 < handler.dropped < 5_000


@pytest.mark.parametrize(
    ("level", "expected"),
    [("DEBUG", 7), ("INFO", 6), ("WARNING", 4), ("ERROR", 3), ("CRITICAL", 2)],
)
def test_levels_are_syslog_priorities(level: str, expected: int) -> None:
    assert expected == priority(logging.getLevelNamesMapping()[level])
    assert priority(NOTICE) == 5


def test_a_plain_line_has_time_level_and_text_without_secrets() -> None:
    record = logging.LogRecord("hftd", NOTICE, __file__, 1, "key %s\nsecond", ("PKSECRET",), None)
    line = Plain(lambda text: text.replace("PKSECRET", "…")).format(record)

    assert re.fullmatch(r"\d\d:\d\d:\d\d notice  key …\nsecond", line)


def test_journald_is_recognised_by_the_file_stderr_is(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("w") as stream:
        status = os.fstat(stream.fileno())
        ours = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}

        assert to_journal(stream.fileno(), ours)
        assert not to_journal(stream.fileno(), {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino + 1}"})
        assert not to_journal(stream.fileno(), {})


UNDER_SYSTEMD = """
import logging, os, sys
from hftd.runtime.people import journald
status = os.fstat(2)
os.environ["JOURNAL_STREAM"] = f"{status.st_dev}:{status.st_ino}"
journald.setup("info", lambda text: text.replace("PKSECRET", "***"), path=sys.argv[1])
logging.getLogger("hftd").info("opened with PKSECRET")
"""


def test_under_systemd_lines_go_to_journald_and_nowhere_else(journald: Journald) -> None:
    argv = [sys.executable, "-c", UNDER_SYSTEMD, journald.path]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert journald.entry()["MESSAGE"] == "opened with ***"


CRASH = """
import logging, sys, threading, warnings
from hftd.runtime.people.journald import setup
setup("info", lambda text: text.replace("PKSECRET", "[key]"))
logging.getLogger("hftd").debug("too fine")
warnings.warn("about PKSECRET", stacklevel=1)
def fall(): raise ValueError("in a thread, PKSECRET")
thread = threading.Thread(target=fall); thread.start(); thread.join()
raise RuntimeError("at last, PKSECRET")
"""


def test_a_process_that_crashes_logs_it_without_its_secrets() -> None:
    done = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "PKSECRET" not in done.stderr
    assert "too fine" not in done.stderr
    for text in ("about [key]", "crashed: ValueError", "in a thread, [key]", "crashed: RuntimeError", "at last, [key]"):
        assert text in done.stderr


def test_every_message_id_is_a_different_128_bit_number() -> None:
    ids = [value for name, value in vars(message_ids).items() if name.isupper()]

    assert len(ids) == len(set(ids)) == 21
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in ids)


def test_the_catalog_explains_exactly_the_message_ids_there_are() -> None:
    entries = re.split(r"^-- ", CATALOG.read_text(), flags=re.MULTILINE)[1:]
    ids = {value for name, value in vars(message_ids).items() if name.isupper()}

    assert ids == {entry.split("\n", 1)[0] for entry in entries}
    for entry in entries:
        header, _, text = entry.partition("\n\n")
        assert re.search(r"^Subject: \S.*", header, re.MULTILINE)
        assert len(text.strip()) > 40
