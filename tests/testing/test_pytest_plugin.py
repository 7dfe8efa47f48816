"""What hftd adds to pytest, seen by a user whose folder has a plugin and a test of it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PASSES = """
from hftd.testing import quote, trade

def test_it_sells(stage):
    day = stage("plugins/volume_modulo.py", quote(), trade(size=34), shares=7)
    assert day.position() == -7
"""

FAILS = """
from hftd.testing import quote, trade

def test_it_sells(stage):
    day = stage("plugins/volume_modulo.py", quote(), [trade(size=34)] * 40)
    assert day.position() == 1
"""

RAISES = """
from hftd import Model, Options
from hftd.testing import trade

class Raising(Model):
    class Options(Options):
        symbol: str = "SPY"

    def on_trade(self, trade):
        raise RuntimeError("out of ideas")

def test_it_raises(stage):
    stage(Raising, trade())
"""


def reported(folder: Path, test: str) -> tuple[int, str]:
    """Exit status and report of pytest, run in ``folder`` by somebody who has installed hftd."""
    (folder / "plugins").mkdir()
    (folder / "plugins" / "volume_modulo.py").write_text((ROOT / "plugins" / "volume_modulo.py").read_text())
    (folder / "test_it.py").write_text(test)
    argv = [sys.executable, "-m", "pytest", "-q", "--color=no", "-p", "no:cacheprovider", "test_it.py"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_the_fixture_is_there_without_a_word_about_it(tmp_path: Path) -> None:
    status, report = reported(tmp_path, PASSES)

    assert (status, report.splitlines()[-1][:8]) == (0, "1 passed")


def test_a_test_that_fails_shows_the_end_of_its_story(tmp_path: Path) -> None:
    status, report = reported(tmp_path, FAILS)

    assert status == 1
    story = report.partition("what happened to VolumeModulo (UTC)")[2].partition("\n====")[0].splitlines()[1:]
    # Two phases and what followed the first, the quote, and five lines for each print; sixty of them are shown.
    assert story[0] == f"({3 + 1 + 40 * 5 - 60} lines before)"
    assert story[-5:] == [
        "14:30:41  trade SPY: 34 at 100.0",
        "            sent: sell 5 SPY at the market, 20260105-replay-000040",
        "14:30:41  order 20260105-replay-000040: accepted",
        "14:30:41  filled: sell 5 SPY at 99.99, 20260105-replay-000040",
        "14:30:41  order 20260105-replay-000040: filled",
    ]


def test_a_model_that_raises_is_shown_where_it_does(tmp_path: Path) -> None:
    status, report = reported(tmp_path, RAISES)

    assert status == 1
    assert 'raise RuntimeError("out of ideas")' in report
    assert "hftd.testing.stage.Benched: RuntimeError: out of ideas at test_it.py:10" in report
    assert "benched: RuntimeError: out of ideas" in report.partition("what happened to Raising (UTC)")[2]


@pytest.mark.parametrize("module", ["hftd.cli.run", "hftd.runtime.daemon", "hftd.runtime.office.office_process"])
def test_the_daemon_does_not_carry_it(module: str) -> None:
    code = f"import sys, {module}; print(*(name for name in sys.modules if 'test' in name and 'hftd' in name))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""


def test_a_run_of_pytest_that_does_not_use_it_does_not_load_it(tmp_path: Path) -> None:
    status, report = reported(tmp_path, "import sys\n\ndef test_it():\n    assert 'hftd.testing' not in sys.modules\n")

    assert (status, report.splitlines()[-1][:8]) == (0, "1 passed")
