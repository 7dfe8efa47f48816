"""A session in one file: packed here, decided anew there, and nothing unpacked outside its folder."""

import io
import json
import re
import tarfile
from decimal import Decimal
from pathlib import Path

import pytest

from hftd.cli.main import main
from hftd.config.schema import Config
from hftd.core.effects import Submit
from hftd.core.engine import Engine
from hftd.core.events import SessionPhase, Snapshot, Version
from hftd.core.risk.limits import Limits
from hftd.core.state import State
from hftd.errors import HftdError, PluginError
from hftd.lab.evidence.bundle import pack, settings, unpack
from hftd.lab.evidence.materials import Materials
from hftd.plugin import beside, checks
from hftd.plugin.keys import Keys
from hftd.runtime.models.troupe import Troupe
from hftd.runtime.past import archive
from hftd.runtime.past.journal import FORMAT, Begin, Journal, read
from hftd.venues.alpaca.market_data import MarketData

DAY, RUN = "2026-11-20", "abc123"
OPEN = 1_795_185_000_000_000_000  # 2026-11-20T14:30:00Z
CHECKS = checks.register_checks()
BUYS = b'''
from hftd import Model, Options, buy, hookimpl
from _shares import SHARES


class Buys(Model):
    class Options(Options):
        symbol: str = "SPY"

    def on_trade(self, trade):
        return buy("SPY", SHARES)


@hookimpl
def register_models():
    return {"buys": Buys}
'''
FILES = {"buys.py": BUYS, "_shares.py": b"SHARES = 3\n"}
PLAYED = Version(beside.digest_of(FILES), '{"symbol":"SPY"}')


def materials(root: Path) -> Materials:
    def plan(name: str, version: Version):  # type: ignore[no-untyped-def]
        return archive.load_plan(root, name, version)

    feeds = lambda: [MarketData("ws://x/v2/iex", Keys("", ""), "json", keeps_time=True)]  # noqa: E731
    return Materials(feeds, CHECKS, plan)


def lived(root: Path) -> Path:
    """A session of three prints, each of them answered by an order for three shares."""
    archive.keep(root, PLAYED.digest, FILES)
    folder = root / "journal" / DAY
    journal = Journal(folder, Begin(FORMAT, DAY, RUN, "test", {"buys": PLAYED}))
    state = State()
    troupe = Troupe(state, [archive.load_plan(root, "buys", PLAYED)], CHECKS)
    engine = Engine(state, troupe.seats(), troupe.checks(Limits()), flatten=False, backstage=troupe)
    (feed,) = materials(root).feeds()
    money = Snapshot(OPEN, OPEN, "PA1", Decimal(100_000), Decimal(200_000))
    for event in (SessionPhase("warmup", DAY, OPEN - 9, 0, RUN), SessionPhase("open", DAY, OPEN, 0, RUN), money):
        journal.event(event)
        journal.effects(engine.step(event))
    for second in range(1, 4):
        stamp = f"2026-11-20T14:30:{second:02d}Z"
        told = {"T": "t", "S": "SPY", "i": second, "x": "V", "p": 100.0, "s": 10, "c": ["@"], "z": "B", "t": stamp}
        data = json.dumps([told]).encode()
        journal.frame(feed.name, 5, data)
        for event in feed.decode(data, 0):
            journal.effects(engine.step(event))
    journal.close()
    assert sum(isinstance(record.content, Submit) for record in read(folder)) == 3
    return folder


def packed(root: Path, name: str = "session.tar.gz") -> Path:
    pack(lived(root), root / name, materials(root), Config())
    return root / name


def test_what_is_packed_is_decided_the_same_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder it came from is gone, plugins and all."""
    home = tmp_path / "here"
    (home / "plugins").mkdir(parents=True, mode=0o755)
    (home / "hftd.toml").write_text("")
    lived(home / "state")
    there = tmp_path / "there.tar.gz"

    assert main(["bundle", DAY, "-o", str(there), "--config", str(home / "hftd.toml")]) == 0
    told_here = capsys.readouterr().out
    home.rename(tmp_path / "gone")
    assert main(["audit", "--bundle", str(there)]) == 0
    told_there = capsys.readouterr().out

    digests = re.findall(r"sha256 of the decisions: ([0-9a-f]{64})", told_here + told_there)
    assert len(digests) == 2
    assert digests[0] == digests[1]
    assert told_there.startswith(f"{DAY}: 6 events, ")
    assert ", 0 differing decisions\n" in told_there


def test_a_bundle_holds_the_session_and_nothing_else(tmp_path: Path) -> None:
    with tarfile.open(packed(tmp_path)) as tar:
        names = tar.getnames()
    folder = f"models/{PLAYED.digest}"
    assert names == [
        "bundle.json", f"{folder}/_shares.py", f"{folder}/buys.py", "settings.json", f"journal/{DAY}/000001.journal",
    ]  # fmt: skip


def test_the_same_session_gives_the_same_bytes(tmp_path: Path) -> None:
    assert packed(tmp_path / "a").read_bytes() == packed(tmp_path / "b", "other.name").read_bytes()


def test_unpacked_it_is_what_it_was(tmp_path: Path) -> None:
    made, journal = unpack(packed(tmp_path), tmp_path / "out")

    assert (made.journal, journal) == (DAY, tmp_path / "out" / "journal" / DAY)
    assert list(read(journal)) == list(read(tmp_path / "journal" / DAY))
    assert archive.sources(tmp_path / "out", PLAYED.digest) == FILES
    assert "msgspec" in made.packages


def test_settings_are_packed_without_secrets() -> None:
    config = Config(models={"m": {"symbol": "SPY", "api_token": "hunter2", "deep": {"Password": "hunter3"}}})
    text = settings(config).decode()

    assert "hunter" not in text
    assert json.loads(text)["models"]["m"] == {"symbol": "SPY", "api_token": "***", "deep": {"Password": "***"}}


def test_a_session_whose_model_is_lost_is_not_packed(tmp_path: Path) -> None:
    folder = lived(tmp_path)
    with pytest.raises(PluginError, match=r"expected the source of a plugin that played$"):
        pack(folder, tmp_path / "x.tar.gz", materials(tmp_path / "elsewhere"), Config())
    assert not (tmp_path / "x.tar.gz").exists()


@pytest.mark.parametrize("name", ["../escaped", "/tmp/escaped", "journal/../../escaped", "elsewhere/file", "a"])
def test_nothing_is_written_outside_the_folder(tmp_path: Path, name: str) -> None:
    file = tmp_path / "evil.tar.gz"
    with tarfile.open(file, "w:gz") as tar:
        about = tarfile.TarInfo(name)
        about.size = 3
        tar.addfile(about, io.BytesIO(b"bad"))
    with pytest.raises(HftdError, match=r"which is no part of a bundle$"):
        unpack(file, tmp_path / "deep" / "out")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]


def test_a_link_is_no_part_of_a_bundle(tmp_path: Path) -> None:
    file = tmp_path / "evil.tar.gz"
    with tarfile.open(file, "w:gz") as tar:
        about = tarfile.TarInfo("models/link")
        about.type, about.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(about)
    with pytest.raises(HftdError, match=r"holds 'models/link', which is no part of a bundle$"):
        unpack(file, tmp_path / "out")


def test_what_is_no_bundle_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(b"no archive")
    assert main(["audit", "--bundle", str(tmp_path / "file")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"hftd: {tmp_path}/file: is no bundle, expected one that `hftd bundle` made")
    assert main(["audit", "--bundle", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err == f"hftd: {tmp_path}/none: no such file, expected one that `hftd bundle` made\n"
