"""hftd-seal.service: finished days become tapes, by the daemon's user, in a sandbox where nothing else works."""

from collections.abc import Iterator

import pytest
from guest import Guest

STATE = "/var/lib/private/hftd"
# A day that was put aside is over, whatever the clock says.
JOURNAL = f"""
import json
from pathlib import Path
from hftd.runtime.past.journal import FORMAT, Begin, Journal
day = Journal(Path("{STATE}/journal/2026-11-20.1"), Begin(FORMAT, "2026-11-20", "abc123", "0.1.0"))
for second in range(10, 60):
    trade = {{"T": "t", "S": "SPY", "i": second, "x": "V", "p": 100.5, "s": 34, "c": ["@"], "z": "B",
              "t": f"2026-11-20T14:30:{{second}}Z"}}
    day.frame("market data", second, json.dumps([trade]).encode())
day.close()
"""


@pytest.fixture
def recorded(guest: Guest) -> Iterator[Guest]:
    """A guest with the journal of one day."""
    guest.turn_page()
    guest.run("rm", "-rf", STATE)
    guest.run("/opt/hftd/bin/python", "-c", JOURNAL)
    yield guest
    guest.run("rm", "-rf", STATE)


def test_a_finished_day_becomes_a_tape_that_belongs_to_the_daemons_user(recorded: Guest) -> None:
    recorded.run("systemctl", "start", "hftd-seal")

    assert recorded.show("hftd-seal", "Result") == "success"
    assert recorded.run("ls", f"{STATE}/tapes/2026-11-20.1").split() == ["journal.json", "trades.parquet"]
    owner = recorded.run("stat", "--format=%u", STATE)
    assert owner != "0"
    assert recorded.run("stat", "--format=%u", f"{STATE}/tapes/2026-11-20.1/trades.parquet") == owner
    assert "50 rows of trades, 50 events, no bad rows" in recorded.run("hftd", "tape", "check", f"{STATE}/tapes")


def test_it_says_what_it_did_in_the_log_and_does_nothing_twice(recorded: Guest) -> None:
    recorded.run("systemctl", "start", "hftd-seal")
    recorded.run("systemctl", "start", "hftd-seal")

    said = recorded.journal("--output=cat", "_SYSTEMD_UNIT=hftd-seal.service").splitlines()
    assert "/var/lib/hftd/tapes/2026-11-20.1: 50 events of 2026-11-20.1" in said
    assert "/var/lib/hftd/tapes/2026-11-20.1: is there already" in said


def test_with_no_day_to_seal_it_is_content(guest: Guest) -> None:
    guest.run("systemctl", "start", "hftd-seal")
    assert guest.show("hftd-seal", "Result") == "success"
