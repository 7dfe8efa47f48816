"""A session decided anew with the risk checks of each of its lives, after the plugins folder became another."""

import re
import subprocess
from pathlib import Path

import pytest
from processes import BUYS, HFTD, PATIENCE, journal, process, settings, simulated_venue, until

from hftd.core.effects import Refuse
from hftd.core.events import Restarted
from hftd.runtime.past.journal import Begin, read

CHECK = """
from hftd import hookimpl


@hookimpl
def register_checks():
    return {"mine": lambda limits: lambda intent, state: "WORDS" if state.counts["orders"] >= MOST else None}
"""


def check(words: str, most: int) -> str:
    return CHECK.replace("WORDS", words).replace("MOST", str(most))


def hftd(*words: str) -> tuple[int, str, str]:
    done = subprocess.run([*HFTD, *words], capture_output=True, text=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout, done.stderr


def refused(folder: Path, reason: str) -> list[Refuse]:
    return [each for each in journal(folder, Refuse) if each.reason == reason]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a session of two lives, each with its own check, whose file is broken since."""
    folder = tmp_path_factory.mktemp("lived")
    with simulated_venue() as port:
        file = settings(folder, port, "[risk]\norders_per_minute = 100000\n", buys=BUYS, mine=check("enough", 2))
        with process("run", "--config", str(file)):
            until(lambda: (folder / "state" / "journal").exists() and refused(folder, "enough"), "a refusal")
        (folder / "plugins" / "mine.py").write_text(check("no more", 4))
        with process("run", "--config", str(file)):
            until(lambda: refused(folder, "no more"), "a refusal of the other check")
    (folder / "plugins" / "mine.py").write_text("def broken(:\n")
    return folder


def test_each_life_notes_its_plugin_files(lived: Path) -> None:
    (begin, *_) = journal(lived, Begin)
    (restarted,) = journal(lived, Restarted)

    assert list(begin.plugins) == list(restarted.plugins) == ["mine.py"]
    assert begin.plugins != restarted.plugins


def test_an_audit_asks_the_checks_of_each_life(lived: Path) -> None:
    status, said, errors = hftd("audit", "--config", str(lived / "hftd.toml"))

    assert (status, errors) == (0, "")
    assert ", 2 lives, 0 differing decisions\n" in said


def test_why_asks_the_check_of_the_life_a_decision_is_of(lived: Path) -> None:
    numbers = {}
    (day,) = (lived / "state" / "journal").iterdir()
    for record in read(day):
        if isinstance(record.content, Refuse):
            numbers[record.content.reason] = record.number
    for reason in ("enough", "no more"):
        status, said, errors = hftd("why", "--record", str(numbers[reason]), "--config", str(lived / "hftd.toml"))
        assert (status, errors) == (0, "")
        assert re.search(rf"^check +mine +refused +{reason}$", said, re.MULTILINE)


def test_a_bundle_holds_the_checks_of_each_life(lived: Path, tmp_path: Path) -> None:
    packed = str(tmp_path / "session.tar.gz")
    assert hftd("bundle", "-o", packed, "--config", str(lived / "hftd.toml"))[0] == 0
    status, said, errors = hftd("audit", "--bundle", packed)

    assert (status, errors) == (0, "")
    assert ", 2 lives, 0 differing decisions\n" in said


def test_with_the_check_of_now_in_its_place_the_decisions_differ_and_a_line_says_why(lived: Path) -> None:
    """What is found without the kept files: an archive that lost them, as one of an hftd that kept none."""
    (begin, *_) = journal(lived, Begin)
    kept = lived / "state" / "models" / begin.plugins["mine.py"]
    kept.rename(kept.with_suffix(".away"))
    (lived / "plugins" / "mine.py").write_text(check("no more", 4))
    status, said, errors = hftd("audit", "--config", str(lived / "hftd.toml"))
    kept.with_suffix(".away").rename(kept)
    (lived / "plugins" / "mine.py").write_text("def broken(:\n")

    assert (status, "0 differing" in said) == (1, False)
    line = errors.splitlines()[0]
    assert re.match(r"hftd: \d{4}-\d\d-\d\d: mine\.py: .*: no such folder, .*; it is taken as it is now$", line), line
