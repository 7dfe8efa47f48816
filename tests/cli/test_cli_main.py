"""The command line as a process: whatever its output goes to, and whoever stops reading, it ends in good order."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hftd.cli.main import main

ROOT = Path(__file__).parents[2]
HFTD = [sys.executable, "-m", "hftd"]
REPLAY = [*HFTD, "replay", "docs/examples/trades.csv", "--model", "volume_modulo", "--report"]


def test_a_terminal_without_utf_8_gets_what_it_can_show() -> None:
    """A report has an en dash where a ratio cannot be told."""
    shown = {
        encoding: subprocess.run(
            REPLAY, cwd=ROOT, env={**os.environ, "PYTHONIOENCODING": encoding}, capture_output=True, check=True
        ).stdout.decode(encoding)
        for encoding in ("utf-8", "ascii")
    }
    assert "–" in shown["utf-8"]
    pairs = zip(shown["utf-8"].splitlines(), shown["ascii"].splitlines(), strict=True)
    assert [(full, poor) for full, poor in pairs if poor != full.replace("–", "?") and "speed" not in full] == []


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_is_no_traceback(unbuffered: str) -> None:
    """As in `hftd sim --chaos list | head`; what is buffered is found unread only as the command ends."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*HFTD, "sim", "--chaos", "list"], cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        stdout=write, stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_an_option_that_is_not_there_is_told_with_where_those_are_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["replay", "tape.csv", "--modle", "x"])
    assert caught.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        "hftd: error: unrecognized arguments: --modle x; `hftd replay --help` has those there are"
    )
