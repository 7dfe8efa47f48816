"""Audits of sessions: what is decided anew is what was decided, and where it is not, whose decision it was."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from processes import journal as contents
from processes import process, settings, simulated_venue, until

from hftd.cli.audit import show
from hftd.core.effects import Effect, Refuse, Submit
from hftd.core.engine import Engine
from hftd.core.events import Enter, Event, Restarted, SessionPhase, Snapshot, Version
from hftd.core.risk.chain import SHIPPED
from hftd.core.risk.limits import Limits
from hftd.core.state import State
from hftd.errors import PluginError
from hftd.lab.evidence.audit import MOST, Audit, Audited, digest_of
from hftd.lab.evidence.audit_clues import clues
from hftd.lab.evidence.materials import Materials
from hftd.plugin import beside
from hftd.plugin.blueprint import Blueprint
from hftd.plugin.keys import Keys
from hftd.runtime.models.troupe import Troupe
from hftd.runtime.past import archive
from hftd.runtime.past.journal import FORMAT, Begin, read
from hftd.runtime.past.recovery import open_journal, remember, survey
from hftd.venues.alpaca.market_data import MarketData

DAY, RUN = "2026-11-20", "abc123"
OPEN = 1_795_185_000_000_000_000  # 2026-11-20T14:30:00Z
SECOND = 1_000_000_000
D = Decimal
CHECKS = {code: SHIPPED[code] for code in ("session", "size")}

TURNS = """
from hftd import Model, Options, buy, hookimpl, sell


class Turns(Model):
    '''Buys at one print and sells at the next; every fifth wish is too large.'''

    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.turn = 0

    def on_trade(self, trade):
        self.turn += 1
        shares = 1_000_000 if self.turn % 5 == 0 else 1
        return buy("SPY", shares) if self.turn % 2 else sell("SPY", shares)


@hookimpl
def register_models():
    return {"turns": Turns}
"""
CLOCK = "import time\n" + TURNS.replace("self.turn += 1", "self.turn += 1 if time.time() < 12 else 2")
CHANCE = "import random\n" + TURNS.replace("self.turn += 1", "self.turn += random.choice([1, 2])")


def feed() -> MarketData:
    return MarketData("ws://x/v2/iex", Keys("", ""), "json", keeps_time=True)


def version(root: Path, source: str) -> Version:
    """Keep a model's source in the archive of the state folder ``root``; what plays of it."""
    files = {"turns.py": source.encode()}
    digest = beside.digest_of(files)
    archive.keep(root, digest, files)
    return Version(digest, '{"symbol":"SPY"}')


def materials(root: Path) -> Materials:
    return Materials(lambda: [feed()], CHECKS, lambda name, version: archive.load_plan(root, name, version))


class Life:
    """An engine and its journal, fed as the daemon feeds them; in a folder that has one already, another process."""

    def __init__(self, root: Path, source: str = TURNS) -> None:
        played = version(root, source)
        self.folder = root / "journal" / DAY
        self.tampered: Callable[[Effect], Effect | None] = lambda effect: effect
        begin = Begin(FORMAT, DAY, RUN, "test", {"turns": played})
        found = survey(self.folder)
        state = State()
        self.plan: Blueprint = archive.load_plan(root, "turns", played)
        self.troupe = Troupe(state, [self.plan], CHECKS)
        self.engine = Engine(
            state, self.troupe.seats(), self.troupe.checks(Limits()), flatten=False, backstage=self.troupe
        )  # fmt: skip
        self.feed = feed()
        self.journal = open_journal(self.folder, found, begin, fsync=False)
        self.orders: list[str] = []
        if found.number:
            remember(self.engine, [feed()], self.folder, follows=True)
            self.hear(Restarted(found.until, {"turns": played}))
            self.hear(phase("open", found.until))
        else:
            self.hear(phase("warmup", OPEN - 60 * SECOND))
            self.hear(phase("open", OPEN))
        now = self.engine.state.now
        self.hear(Snapshot(now, now, "PA1", D(100_000), D(200_000)))

    def hear(self, event: Event) -> None:
        self.journal.event(event)
        self._decide(self.engine.step(event))

    def trades(self, *seconds: int) -> None:
        """Prints in one frame."""
        data = json.dumps([trade(second) for second in seconds]).encode()
        self.journal.frame("market data", 5, data)
        events = self.feed.decode(data, 0)
        self.journal.lived, self.journal.marked = 0, len(events)
        for event in events:
            self.journal.lived += 1
            self._decide(self.engine.step(event))
        self.journal.mark()

    def _decide(self, effects: Sequence[Effect]) -> None:
        self.journal.effects([each for effect in effects if (each := self.tampered(effect)) is not None])
        self.orders += [effect.order.id for effect in effects if isinstance(effect, Submit)]

    def audited(self, root: Path) -> Audited:
        self.journal.close()
        return Audit(self.folder, materials(root)).run()


def trade(second: int) -> dict[str, Any]:
    stamp = f"2026-11-20T14:{30 + second // 60}:{second % 60:02d}Z"
    whole = {"T": "t", "S": "SPY", "i": second, "x": "V", "p": 100.0, "s": 10, "c": ["@"], "z": "B"}
    return {**whole, "t": stamp}


def phase(name: Any, at: int) -> SessionPhase:
    return SessionPhase(name, DAY, at, 0, RUN)


def lived(root: Path, source: str = TURNS) -> Life:
    """A morning of twelve prints in four frames: ten orders and two refusals."""
    life = Life(root, source)
    for first in range(1, 13, 3):
        life.trades(first, first + 1, first + 2)
    return life


# ---- the same -------------------------------------------------------------------------------------------------------


def test_a_day_that_is_decided_anew_is_decided_the_same(tmp_path: Path) -> None:
    life = lived(tmp_path)
    made = life.audited(tmp_path)

    assert made.differences == ()
    assert made.events == 3 + 12
    assert len(life.orders) == 10
    assert made.decisions == sum(isinstance(record.content, Effect) for record in read(life.folder)) >= 12
    assert made.digest == digest_of(life.folder)


def test_a_day_of_two_processes_is_decided_the_same(tmp_path: Path) -> None:
    """The second remembers what the first decided; what it decides itself is decided anew."""
    lived(tmp_path).journal.close()
    second = Life(tmp_path)
    second.trades(20, 21, 22)
    made = second.audited(tmp_path)

    assert (made.differences, made.lives) == ((), 2)
    assert second.orders[0].endswith("000011")


def test_what_a_process_that_died_had_not_written_yet_is_no_difference(tmp_path: Path) -> None:
    """Its last decision is missing: the next process does not know of it, and nor does the audit."""
    first = lived(tmp_path)
    first.tampered = lambda effect: None
    first.trades(15)
    first.journal.close()
    second = Life(tmp_path)
    second.trades(20, 21)

    assert second.audited(tmp_path).differences == ()


def test_a_session_that_ended_with_an_unwritten_decision_is_none_either(tmp_path: Path) -> None:
    life = lived(tmp_path)
    life.tampered = lambda effect: None
    life.trades(15)

    assert life.audited(tmp_path).differences == ()


# ---- other ----------------------------------------------------------------------------------------------------------


def test_a_decision_that_was_not_taken_is_named_once_and_what_follows_is_held_against_the_journal(
    tmp_path: Path,
) -> None:
    """The journal says two shares at the third order; everything later was decided as if that had been so."""

    def two_shares(effect: Effect) -> Effect:
        if isinstance(effect, Submit) and effect.order.id.endswith("000003"):
            return Submit(replace(effect.order, shares=D(2)))
        return effect

    life = Life(tmp_path)
    life.tampered = two_shares
    for second in range(1, 9):
        life.trades(second)
    made = life.audited(tmp_path)

    (one,) = made.differences
    (record,) = [each.number for each in read(life.folder) if each.content == one.expected]
    assert isinstance(one.expected, Submit)
    assert isinstance(one.found, Submit)
    assert (one.record, one.event, one.model) == (record, "Trade", "turns")
    assert (one.expected.order.shares, one.found.order.shares) == (D(2), D(1))
    assert made.digest != digest_of(life.folder)


def test_a_decision_the_journal_lacks_is_named(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.tampered = lambda effect: None if isinstance(effect, Refuse) else effect
    for second in range(1, 9):
        life.trades(second)
    (one,) = life.audited(tmp_path).differences

    assert one.expected is None
    assert isinstance(one.found, Refuse)
    assert (one.model, one.found.code) == ("turns", "size")


def test_a_model_that_asks_chance_is_found_out(tmp_path: Path) -> None:
    life = lived(tmp_path, CHANCE)
    for second in range(20, 60):
        life.trades(second)
    life.journal.close()
    audit = Audit(life.folder, materials(tmp_path))
    made = audit.run()

    assert 0 < len(made.differences) <= MOST
    assert {each.model for each in made.differences} == {"turns"}
    assert clues(audit.models()["turns"]) == ["random.choice"]


@pytest.mark.parametrize(("source", "name"), [(CHANCE, "random.choice"), (CLOCK, "time.time")])
def test_what_it_asked_is_told_by_name(
    source: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The day was lived in the morning, when chance fell one way, and is decided anew in the evening."""
    monkeypatch.setattr(time, "time", lambda: 9.0)
    monkeypatch.setattr(random, "choice", min)
    life = lived(tmp_path, source)
    life.journal.close()
    monkeypatch.setattr(time, "time", lambda: 18.0)
    monkeypatch.setattr(random, "choice", max)
    audit = Audit(life.folder, materials(tmp_path))

    assert show(audit.run(), audit, as_json=False) == 1
    *differences, last = capsys.readouterr().err.splitlines()
    assert last == f"model turns decided differently on the same events: it uses {name}"
    assert differences
    assert all(", model turns: expected " in line for line in differences)


def test_an_audit_without_the_model_s_source_says_so(tmp_path: Path) -> None:
    life = lived(tmp_path)
    life.journal.close()

    with pytest.raises(PluginError, match=r"no such folder, expected the source of a plugin that played$"):
        Audit(life.folder, materials(tmp_path / "elsewhere"))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import time\ntime.time()", ["time.time"]),
        ("from time import monotonic as m\nm()", ["m"]),
        ("import time\nself.clock = time.perf_counter\nself.clock()", ["time.perf_counter"]),
        ("import random\nrng = random.Random()\nrng.random()", ["random.Random"]),
        ("import random\nrandom.random().hex()", ["random.random"]),
        ("import pandas as pd\npd.Timestamp.now()\npd.Timestamp(0)", ["pd.Timestamp.now"]),
        ("import requests\nrequests.get('x').json()", ["requests.get"]),
        ("for each in {'SPY', 'QQQ'}: pass", ["a set"]),
        ("best = {name for name in held}", ["a set"]),
        ("for each in set(names): pass", ["set"]),
        ("from datetime import datetime, timedelta\ndatetime.now()\ntimedelta(1)", ["datetime.now"]),
        ("import datetime as dt\ndt.date.today()", ["dt.date.today"]),
        ("import numpy as np\nnp.random.rand(3)\nnp.mean([1])", ["np.random.rand"]),
        ("import os\nos.environ['X']\nos.path.join('a')", ["os.environ"]),
        ("hash('SPY')", ["hash"]),
        ("self.time = 1\ntrade.id\nid = 3", []),
        ("not python", []),
    ],
)
def test_clues_are_names_of_clocks_and_of_chance(source: str, found: list[str]) -> None:
    assert clues({"m.py": source.encode()}) == found


# ---- the daemon -----------------------------------------------------------------------------------------------------

MARKS = """
from hftd import Model, Options, buy, hookimpl, target, wake


class Marks(Model):
    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.seen = 0

    def on_trade(self, trade):
        self.seen += 1
        if self.seen % 5 == 1:
            yield wake(self.view.now + 200_000_000, str(self.seen))
        if self.seen % 3 == 0:
            yield buy("SPY", SHARES, limit=round(trade.price * 0.99, 2))

    def on_timer(self, timer):
        return target("SPY", 3 if int(timer.key) % 2 else -3)


@hookimpl
def register_models():
    return {"marks": Marks}
"""

# However long a swap takes on a busy machine, no limit ends the orders meanwhile.
AMPLE = "[risk]\n" + "".join(
    f"{name} = 1000000\n" for name in Limits.__struct_fields__ if name.startswith("max_") or "_per_" in name
)


def test_a_daemon_that_swaps_a_model_and_is_killed_audits_clean(tmp_path: Path) -> None:
    def sent() -> int:
        folder = tmp_path / "state" / "journal"
        return len(contents(tmp_path, Submit)) if folder.exists() and any(folder.iterdir()) else 0

    with simulated_venue(rate=30) as port:
        file = settings(tmp_path, port, AMPLE, marks=MARKS.replace("SHARES", "1"))
        with process("run", "--config", str(file)) as first:
            until(lambda: sent() > 3, "orders")
            (tmp_path / "plugins" / "marks.py").write_text(MARKS.replace("SHARES", "2"))
            until(lambda: contents(tmp_path, Enter), "the new version")
            before = sent()
            until(lambda: sent() > before + 3, "its orders")
            first.send_signal(signal.SIGKILL)
        (tmp_path / "plugins" / "marks.py").write_text(MARKS.replace("SHARES", "3"))
        before = sent()
        with process("run", "--config", str(file)) as second:
            until(lambda: sent() > before + 3, "orders after the restart")
            second.send_signal(signal.SIGKILL)
    audit = [sys.executable, "-m", "hftd", "audit", "--config", str(file), "--json"]
    done = subprocess.run(audit, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    made = json.loads(done.stdout)
    assert (made["differences"], made["lives"]) == ([], 2)
    assert made["decisions"] > 12
    assert [each.order.shares for each in contents(tmp_path, Submit) if each.order.limit][-1] == 3
