"""hftd-audit.service: the last session decided anew by the daemon's user, with a line in journald that says so."""

import re
from collections.abc import Iterator

import pytest
from guest import Guest

from hftd.runtime.people import message_ids

STATE = "/var/lib/private/hftd"
BUSY = "[Service]\nExecStart=\nExecStart=/opt/hftd/bin/hftd sim --port 8790 --lead 0 --rate 50 --date 2026-11-20\n"
MODEL = "volume_modulo"
# Writes the first order of that model in the journal down as one for six shares.
TAMPER = """
import sys
from decimal import Decimal
from pathlib import Path
from msgspec.structs import replace
from hftd.core.effects import Effect, Submit
from hftd.runtime.past.journal import Begin, Frame, Lived, read
from hftd.runtime.past.record import add
(day,) = (Path(sys.argv[1]) / "journal").iterdir()
(file,) = day.glob("*.journal")
written, tampered = bytearray(), False
for record in read(day):
    content = record.content
    kinds = {Begin: "begin", Frame: "frame", Lived: "lived"}
    kind = kinds.get(type(content), "effect" if isinstance(content, Effect) else "event")
    if isinstance(content, Submit) and content.order.model == sys.argv[2] and not tampered:
        content, tampered = Submit(replace(content.order, shares=Decimal(6))), True
    add(written, (record.number, kind, content))
file.write_bytes(written)
"""


@pytest.fixture(scope="module")
def lived(guest: Guest) -> Iterator[Guest]:
    """A guest whose daemon had a session with a few orders, and has stopped."""
    guest.run("rm", "-rf", STATE)  # a day that others began has more lives
    guest.write("/run/systemd/system/hftd-sim.service.d/test.conf", BUSY)
    guest.write("/etc/hftd/hftd.toml", '[venue]\nname = "sim"\n')
    guest.run("systemctl", "daemon-reload")
    guest.run("systemctl", "start", "hftd-sim")
    guest.turn_page()
    guest.run("systemctl", "start", "hftd")
    sent = ("--output=cat", "_SYSTEMD_UNIT=hftd.service", f"MESSAGE_ID={message_ids.ORDER_SENT}", f"HFTD_MODEL={MODEL}")
    guest.until(lambda: len(guest.journal(*sent).splitlines()) > 5, "a few orders", 60)
    guest.run("systemctl", "stop", "hftd", "hftd-sim")
    yield guest
    guest.run("rm", "-rf", STATE, "/run/systemd/system/hftd-sim.service.d")
    guest.run("systemctl", "daemon-reload")


def said(guest: Guest) -> list[str]:
    return guest.journal("--output=cat", "_SYSTEMD_UNIT=hftd-audit.service").splitlines()


def test_a_session_that_was_decided_as_it_should_have_been_is_one_line_and_a_digest(lived: Guest) -> None:
    lived.turn_page()
    lived.run("systemctl", "start", "hftd-audit", timeout=120)
    told, digest = said(lived)

    assert lived.show("hftd-audit", "Result") == "success"
    found = re.fullmatch(r"2026-11-20: ([\d,]+) events, ([\d,]+) decisions, 0 differing decisions", told)
    assert found, f"{told}\n{lived.run('journalctl', '--unit=hftd', '--unit=hftd-sim', '--lines=200')}"
    assert int(found[1].replace(",", "")) > 10
    assert re.fullmatch(r"sha256 of the decisions: [0-9a-f]{64}", digest)


def test_a_decision_that_differs_fails_the_unit_and_is_named(lived: Guest) -> None:
    """An order for five shares is written down in the journal as one for six."""
    lived.run("/opt/hftd/bin/python", "-c", TAMPER, STATE, MODEL)
    lived.turn_page()
    lived.call("systemctl", "start", "hftd-audit", timeout=120)

    assert [lived.show("hftd-audit", name) for name in ("Result", "ExecMainStatus")] == ["exit-code", "1"]
    lived.call("systemctl", "reset-failed", "hftd-audit")
    told = said(lived)
    assert any(re.search(r", [1-9]\d*( or more)? differing decisions$", line) for line in told), told
    named = re.compile(rf"record \d+, Trade, model {MODEL}: expected .*Decimal\('6'\).*, found .*Decimal\('5'\)")
    assert any(named.match(line) for line in told), told
