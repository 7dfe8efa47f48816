"""An operator and a daemon, each a process: what is said is done, written down, and outlives the daemon."""

import json
import os
import pwd
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import HFTD, PATIENCE, at_venue, journal, process, settings, simulated_venue, until

from hftd.core.effects import Submit
from hftd.core.events import Command

OPEN = "orders?status=open"
ME = pwd.getpwuid(os.getuid()).pw_name

BIDDER = '''
from hftd import Model, Options, buy, hookimpl


class Bidder(Model):
    """Bids far below the market while nothing of its own is open."""

    class Options(Options):
        symbol: str = "SPY"

    def on_trade(self, trade):
        if not self.view.orders():
            return buy("SPY", 1, limit=round(trade.price * 0.9, 2))


@hookimpl
def register_models():
    return {"bidder": Bidder}
'''

# The simulated venue under another name, whose office takes none of its accounts for paper.
MIRROR = """
from hftd import hookimpl
from hftd.venues.sim import plugin as sim


@hookimpl
def register_feeds():
    return {"mirror": sim.feeds}


@hookimpl
def register_brokers():
    return {"mirror": sim.broker}


@hookimpl
def register_offices():
    def office(venue, keys):
        made = sim.office(venue, keys)
        made.is_paper = lambda account: account != "PASIMULATED1"
        return made

    return {"mirror": office}
"""


@pytest.fixture
def venue() -> Iterator[int]:
    """The port of a simulated venue that opens a second after it is watched."""
    with simulated_venue() as port:
        yield port


def hftd(file: Path, *words: str) -> str:
    """What a command that must succeed prints."""
    argv = [*HFTD, words[0], "--config", str(file), *words[1:]]
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout.strip()


def test_a_halt_outlives_the_daemon_and_ends_when_somebody_resumes(venue: int, tmp_path: Path) -> None:
    """Resumed while none runs: the next one trades, though its journal remembers the halt."""
    file = settings(tmp_path, venue, "[risk]\ncollar = 0.5\n", bidder=BIDDER)
    with process("run", "--config", str(file)) as first:
        until(lambda: at_venue(venue, OPEN), "an order at the venue")
        halted = f"trading is stopped: the feed ({ME}); orders being withdrawn"
        assert hftd(file, "halt", "the", "feed").startswith(halted)
        until(lambda: not at_venue(venue, OPEN), "the order withdrawn")
        first.send_signal(signal.SIGTERM)
        assert first.wait(PATIENCE) == 0
    sent = len(journal(tmp_path, Submit))
    assert hftd(file, "resume").startswith("no daemon runs; the next one trades again, although: the feed")

    with process("run", "--config", str(file)):
        until(lambda: at_venue(venue, OPEN), "another order at the venue")
        assert json.loads(hftd(file, "status", "--json"))["halted"] == ""
        said = [(word.name, word.argument, word.by) for word in journal(tmp_path, Command)]

    assert said == [("halt", f"the feed ({ME})", ME), ("resume", "", ME)]
    assert len(journal(tmp_path, Submit)) == sent + 1
    assert not (tmp_path / "state" / "resume").exists()
    assert not (tmp_path / "state" / "halted").exists()


def test_a_halt_the_journal_remembers_is_written_down_again_where_its_file_is_missing(
    venue: int, tmp_path: Path
) -> None:
    """The disk was full when it was thrown, or the daemon died before: the next day would trade."""
    file, switch = settings(tmp_path, venue, "[risk]\ncollar = 0.5\n", bidder=BIDDER), tmp_path / "state" / "halted"
    with process("run", "--config", str(file)) as first:
        until(lambda: at_venue(venue, OPEN), "an order at the venue")
        hftd(file, "flatten", "enough")
        first.send_signal(signal.SIGTERM)
        assert first.wait(PATIENCE) == 0
    kept = switch.read_text()
    switch.unlink()

    with process("run", "--config", str(file)):
        until(switch.exists, "the switch")
    assert (switch.read_text(), kept) == (kept, f"enough ({ME})\nflatten\n")


def test_a_daemon_that_starts_after_a_night_trades_away_what_was_given_up_before_it(venue: int, tmp_path: Path) -> None:
    """Said while none ran. What is held is bought by somebody else as the market opens."""
    by_hand = {"symbol": "SPY", "qty": "3", "side": "buy", "type": "market", "time_in_force": "day"}
    file = settings(tmp_path, venue, bidder=BIDDER)
    assert hftd(file, "flatten").startswith("no daemon runs; the next one starts stopped, and trades positions away")
    with process("run", "--config", str(file)):
        at_venue(venue, "orders", {**by_hand, "client_order_id": "by hand"})
        until((tmp_path / "state" / "journal").exists, "a journal")
        (away,) = until(lambda: journal(tmp_path, Submit), "an order")
        until(lambda: at_venue(venue, "orders?status=closed") and not at_venue(venue, "positions"), "a flat account")

    assert (away.order.side, away.order.shares, away.order.limit) == ("sell", 3, None)
    assert [(word.name, word.argument, word.by) for word in journal(tmp_path, Command)] == [
        ("flatten", f"flattened by {ME}", "the kill switch")
    ]


def test_an_account_that_is_not_paper_ends_the_start_with_78_and_no_order(venue: int, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("key = nobody00\nsecret = nobody00\n")
    (tmp_path / "keys").chmod(0o600)
    text = f'name = "mirror"\nkeys = "{tmp_path}/keys"\n[risk]\ncollar = 0.5\n'
    file = settings(tmp_path, venue, text, bidder=BIDDER, mirror=MIRROR)
    said = tmp_path / "said"
    with process("run", "--config", str(file), said=said) as daemon:
        assert daemon.wait(PATIENCE) == 78

    last = said.read_text().splitlines()[-1]
    assert last == "hftd: account PASIMULATED1 at mirror: not a paper account, expected one"
    assert journal(tmp_path, Submit) == []
    assert at_venue(venue, OPEN) == []
