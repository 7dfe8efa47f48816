"""The crash proof in its short form finds nothing in hftd, and finds what is planted; so does half a minute of soak."""

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from crashproof.audit import ITEMS, positions
from crashproof.boundaries import BOUNDARIES
from crashproof.deaths import INSTANT, NAMES, deaths
from crashproof.rule import PERIOD, intents
from crashproof.samples import Sample, slope
from crashproof.soak import verdict
from crashproof.trap import Trap
from hftd.core.events import Trade

ROOT = Path(__file__).parents[2]
PROOF = [sys.executable, "-m", "crashproof"]
SOAK = [sys.executable, "-m", "crashproof.soak", "--minutes", "0.4", "--every", "0.5", "--chaos", "cut-feed=6"]
RUNS = {
    "proof": [*PROOF, "--kills", "26", "--per-venue", "13", "--seed", "5"],
    "send-before-write": [
        *PROOF, "--kills", "24", "--per-venue", "24", "--side-by-side", "1", "--plant", "send-before-write",
        "--at", "after-send", "--chaos", "", "--patience", "5",
    ],
    "fresh-id-on-retry": [
        *PROOF, "--kills", "24", "--per-venue", "24", "--side-by-side", "1", "--plant", "fresh-id-on-retry",
        "--at", "after-send,after-answer", "--chaos", "lost-reply=0.2", "--patience", "5",
    ],
    "soak": [*SOAK, "--rate", "2000"],
    "leak-on-reconnect": [*SOAK, "--rate", "500", "--plant", "leak-on-reconnect"],
}  # fmt: skip
LOST = 0.5 / 6
"""Descriptors a second: half of one for each break of the connection."""


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, "subprocess.Popen[str]"]]:
    """Every run, side by side: most of their time is waiting."""
    started = {
        name: subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for name, command in RUNS.items()
    }
    yield started
    for run in started.values():
        run.kill()
        run.communicate()


def figure(said: str, name: str) -> int:
    """The number in the line of the table that begins with ``name``."""
    found = re.search(rf"^{name} +([\d,]+)", said, re.MULTILINE)
    assert found is not None, said
    return int(found[1].replace(",", ""))


def grown(said: str) -> dict[str, float]:
    """By how much each thing grew, a second, as the table of the soak has it."""
    return {
        line[:16].strip(): float(found[1])
        for line in said.splitlines()
        if (found := re.search(r"([+-][\d.]+) (?:KiB)?/s", line))
    }


def test_no_order_is_lost_or_doubled_whatever_dies_whenever(running):
    """Killed 26 times on two venues that misbehave: the books agree to the share and the cent."""
    said, _ = running["proof"].communicate(timeout=500)

    assert running["proof"].returncode == 0, said
    assert [figure(said, item) for item in ITEMS] == [0] * len(ITEMS)
    assert figure(said, "orders") > 50
    assert figure(said, "fills") > 20


def test_an_order_that_leaves_before_its_record_is_found(running):
    """The request is at the venue, the record is not on the disk, and the process is dead."""
    said, _ = running["send-before-write"].communicate(timeout=500)

    assert running["send-before-write"].returncode == 1, said
    assert figure(said, "orphans") + figure(said, "lost orders") + figure(said, "duplicates") > 0


def test_an_order_sent_again_under_a_fresh_name_is_found(running):
    """The answer was lost, the order was not: now there are two of it, and no print asked for the second."""
    said, _ = running["fresh-id-on-retry"].communicate(timeout=500)

    assert running["fresh-id-on-retry"].returncode == 1, said
    assert figure(said, "duplicates") > 0


def test_neither_memory_nor_open_files_grow_under_load_and_broken_connections(running):
    """2,000 messages a second and a feed that breaks every few seconds: less than 64 KiB a second, no descriptor."""
    said, _ = running["soak"].communicate(timeout=500)

    growth = grown(said)
    assert growth["memory"] < 64, said
    assert growth["its back office"] < 64, said
    assert growth["open files"] < LOST, said


def test_a_descriptor_lost_at_each_reconnect_is_found(running):
    """Where a dropped connection stays open, the same soak sees twice what it allows, and says so."""
    said, _ = running["leak-on-reconnect"].communicate(timeout=500)

    assert running["leak-on-reconnect"].returncode == 1, said
    assert grown(said)["open files"] > LOST, said
    assert re.search(r"^open files grow by \S+ a second, allowed 0\.015$", said, re.MULTILINE), said


def test_deaths_come_from_the_seed_alone():
    """The same seed dies in the same places; another one does not."""
    assert deaths(3, 100) == deaths(3, 100)
    assert deaths(3, 100) != deaths(4, 100)


def test_every_boundary_has_its_turn():
    """A thousand deaths: each boundary about as often as any other, and any instant most often."""
    met = Counter(death.boundary for death in deaths(1, 1000))

    assert set(met) == set(NAMES)
    assert max(met[name] for name in BOUNDARIES) - min(met[name] for name in BOUNDARIES) <= 1
    assert met[INSTANT] == max(met.values())


def test_every_boundary_can_be_laid():
    """In a process of its own, which is the daemon's no more: what is wrapped must be there, whatever it is called."""
    lay = "for name in BOUNDARIES: lay(Trap(name, 1))"
    done = subprocess.run(
        [sys.executable, "-c", f"""from crashproof.boundaries import BOUNDARIES
from crashproof.laying import lay
from crashproof.trap import Trap
from hftd.core.engine import Engine
from hftd.core.state import State
{lay}
engine = Engine(State(), [], [], flatten=True)
engine.recalling = True
engine.step(None)"""],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")


def test_a_trap_counts_the_passages_of_its_own_boundary():
    """Due at the third passage, once; other boundaries do not count."""
    trap = Trap("after-send", 3)

    assert [trap.due(name) for name in ("after-send", "after-write", "after-send", "after-send", "after-send")] == [
        False, False, False, True, False,
    ]  # fmt: skip


def test_the_rule_buys_and_sells_every_so_many_prints():
    """Twelve orders in a period of 24 prints: six to buy, six to sell; the same print always wishes the same."""
    prints = [Trade("SPY", 100.0, 7, 1, 1, id=number) for number in range(PERIOD)]
    wishes = [wish for each in prints for wish in intents(each)]

    assert Counter(wish.side for wish in wishes) == {"buy": 6, "sell": 6}
    assert wishes == [wish for each in prints for wish in intents(each)]


def test_a_difference_of_one_share_is_a_finding():
    """A symbol flat on both sides is none."""
    books = {"positions": {"SPY": {"qty": "5"}, "QQQ": {"qty": "0"}}}

    assert positions(books, {"SPY": Decimal(5)}) == []
    assert [found.text for found in positions(books, {"SPY": Decimal(4), "AAPL": Decimal(1)})] == [
        "AAPL: the venue 0, the daemon 1",
        "SPY: the venue 5, the daemon 4",
    ]


@pytest.mark.parametrize(
    ("points", "rise"),
    [([(0, 1), (1, 3), (2, 5)], 2.0), ([(0, 0), (1, 1), (2, 0)], 0.0), ([(5, 7)], 0.0)],
    ids=["a line", "a tent", "a point"],
)
def test_the_slope_is_that_of_the_least_squares_line(points, rise):
    """By hand: a line has its own, a symmetric tent none."""
    assert slope(points) == pytest.approx(rise)


def test_what_grows_is_out_of_bounds_and_said():
    """A hundred samples a second apart, 1 MiB and one descriptor more each time, at a tenth of the pace."""
    samples = [Sample(float(n), 2**20 * n, 0, n, 0, 0.001, 500.0, 90.0) for n in range(100)]

    _, wrong = verdict(samples, 5_000)

    assert wrong == [
        "memory grows by 1024.00 KiB/s, allowed 12",
        "open files grow by 1.000 a second, allowed 0.015",
        "500 messages a second arrived, expected 4,000",
    ]


@pytest.mark.parametrize(("every", "found"), [(1, True), (2, True), (7, False)])
def test_a_descriptor_lost_at_every_other_break_is_out_of_bounds(every, found):
    """Ten minutes with a break every 30 s, one descriptor more at each ``every``-th; two in all are no alarm."""
    samples = [Sample(2.0 * n, 2**20, 0, 17 + n // (15 * every), n, 0.001, 5_000.0, 90.0) for n in range(300)]

    _, wrong = verdict(samples, 5_000)

    assert [each.split(" by ")[0] for each in wrong] == (["open files grow"] if found else [])
