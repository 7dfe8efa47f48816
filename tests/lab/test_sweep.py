"""``hftd sweep``: what is best by arithmetic is found, a kill costs nothing, and what is wrong is one line."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from processes import PATIENCE, until

pytest.importorskip("optuna")

from hftd.cli.main import main

ROOT = Path(__file__).parents[2]
TAPE = ROOT / "docs" / "examples" / "trades.csv"

# Dollars a share by the last price, 500.20, for each print of the tape that is larger than the option, filled at the
# next print that may set a price: 500.02, 499.98, 500.01, 500.10 and 500.20.
GAINS = {1200: 0.18, 1500: 0.22, 300: 0.19, 200: 0.10, 1000: 0.00}

GATED = '''
import os

from hftd import Model, Options, buy, hookimpl


class Gated(Model):
    """Buys one share for each number up to its own; from six on it waits at the gate. Notes that it was played."""

    class Options(Options):
        symbol: str = "SPY"
        number: int = 0
        folder: str = ""

    def start(self):
        if self.options.number == 8:
            raise ValueError("eight is never played")
        if self.options.number >= 6:
            with open(os.path.join(self.options.folder, "gate")) as gate:
                gate.read()
        self.left, self.noted = self.options.number, False

    def on_trade(self, trade):
        if not self.noted:
            self.noted = True
            with open(os.path.join(self.options.folder, "played"), "a") as played:
                played.write(f"{self.options.number}\\n")
        if self.left and trade.size >= 200:
            self.left -= 1
            return buy("SPY", 1)


@hookimpl
def register_models():
    return {"gated": Gated}
'''

STOPPED = '''
import signal, sys
from contextlib import contextmanager

import hftd.cli.sweep
from hftd.cli.main import main


def stop_at(moment):
    """SIGINT as the main thread has taken, written, awaited or read something for the n-th time."""
    left = moment

    def look(frame, event, called):
        nonlocal left
        name = called.__name__ if event == "c_return" else frame.f_code.co_name if event == "return" else ""
        left -= name in ("acquire", "__enter__", "write", "poll", "read")
        if not left:
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    return look


for moment in range(1, 11):
    @contextmanager
    def stopping(trials, out):
        yield lambda number, result: sys.setprofile(stop_at(moment)) if number == 0 else None

    hftd.cli.sweep.progress = stopping
    print(main(sys.argv[1:]), flush=True)
'''


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file beside a folder of two models."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "my_model.py").write_text((ROOT / "docs" / "examples" / "my_model.py").read_text())
    (plugins / "gated.py").write_text(GATED)
    for file in plugins.iterdir():
        file.chmod(0o644)
    config = tmp_path / "hftd.toml"
    config.write_text("")
    return config


@pytest.fixture
def heard() -> Iterator[None]:
    """SIGINT ends what a test begins, also where a shell runs the tests in the background and has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def words(settings: Path, model: str, *more: str) -> list[str]:
    return ["sweep", model, str(TAPE), "--config", str(settings), "--workers", "1", *more]


def swept(settings: Path, capsys: pytest.CaptureFixture[str], model: str, *more: str) -> Any:
    assert main([*words(settings, model, *more), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_best_by_arithmetic_is_the_best(settings, capsys, tmp_path):
    found = swept(
        settings, capsys, "my_model", "--space", "large=200,300,1000,1200,1500", "--space", "shares=10..30:10",
        "--sampler", "grid", "--objective", "pnl", "--engine", "--picture", str(tmp_path / "found.svg"),
    )["trials"]  # fmt: skip
    expected = {
        (large, shares): shares * sum(gain for size, gain in GAINS.items() if size >= large)
        for large in (200, 300, 1000, 1200, 1500)
        for shares in (10, 20, 30)
    }
    made = {(each["values"]["large"], each["values"]["shares"]): each["result"]["value"] for each in found}
    assert made == pytest.approx(expected)
    assert found[0]["values"] == {"large": 200, "shares": 30}
    assert {each["result"]["lane"] for each in found} == {"engine"}
    picture = (tmp_path / "found.svg").read_text()
    assert picture.count("<svg") == 1
    assert "large" in picture
    assert "shares" in picture


def test_machine_code_finds_the_same_and_the_engine_plays_the_best_again(settings, capsys):
    pytest.importorskip("numba")
    found = swept(
        settings, capsys, "my_model", "--space", "large=200,1500", "--option", "shares=30", "--sampler", "grid",
        "--objective", "pnl",
    )  # fmt: skip
    assert {each["result"]["lane"] for each in found["trials"]} == {"compiled"}
    assert [each["result"]["value"] for each in found["trials"]] == pytest.approx([30 * 0.69, 30 * 0.22])
    assert found["proved"]["lane"] == "engine"
    assert found["proved"]["value"] == pytest.approx(30 * 0.69)


def test_a_killed_sweep_goes_on_and_ends_as_one_that_was_not(settings, capsys, tmp_path):
    space = ("--space", "number=0..9", "--sampler", "grid", "--objective", "pnl", "--engine")
    played, study = tmp_path / "played", tmp_path / "study"
    command = words(settings, "gated", *space, "--option", f"folder={tmp_path}", "--study", str(study))
    command[command.index("--workers") + 1] = "2"
    os.mkfifo(tmp_path / "gate")  # whoever reads it waits for ever
    running = subprocess.Popen(
        [sys.executable, "-m", "hftd", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        # A seventh, eight, where six and seven wait at the gate with one worker.
        until(lambda: study.exists() and study.read_text().count('"result"') >= 6, "six trials in the study")
        assert running.poll() is None
        workers = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert len(workers) >= 2
    until(lambda: not any(_alive(worker) for worker in workers), "the death of the workers")
    assert sorted(played.read_text().split()) == ["0", "1", "2", "3", "4", "5"]

    (tmp_path / "gate").unlink()
    (tmp_path / "gate").write_text("open")
    resumed = swept(settings, capsys, "gated", *space, "--option", f"folder={tmp_path}", "--study", str(study))
    # Eight is not played, and none is twice.
    assert sorted(played.read_text().split()) == ["0", "1", "2", "3", "4", "5", "6", "7", "9"]
    again = swept(settings, capsys, "gated", *space, "--option", f"folder={tmp_path}")
    assert _timeless(resumed) == _timeless(again)
    assert sorted(each["number"] for each in resumed["trials"]) == list(range(10))
    assert resumed["trials"][-1]["result"]["why"].endswith("ValueError: eight is never played")


@pytest.mark.usefixtures("heard")
def test_a_sweep_that_is_stopped_says_how_it_goes_on(settings, tmp_path):
    study = tmp_path / "study"
    os.mkfifo(tmp_path / "gate")
    command = words(
        settings, "gated", "--space", "number=5..9", "--sampler", "grid", "--objective", "pnl", "--engine",
        "--option", f"folder={tmp_path}", "--study", str(study),
    )  # fmt: skip
    running = subprocess.Popen([sys.executable, "-m", "hftd", *command], stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: study.exists() and study.read_text().count('"result"') == 1, "a trial in the study")
        gate = until(lambda: _opened(tmp_path / "gate"), "the next one at the gate")
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=PATIENCE)
        os.close(gate)
    finally:
        running.kill()
    assert running.returncode == 1
    assert said.splitlines()[-1] == f"hftd: the sweep was stopped: the same command goes on with {study}"


@pytest.mark.usefixtures("heard")
def test_ctrl_c_at_a_terminal_which_workers_get_too_is_left_to_the_sweep(settings):
    command = words(settings, "my_model", "--space", "large=200,1500", "--objective", "pnl", "--engine")
    running = subprocess.Popen(
        [sys.executable, "-m", "hftd", *command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        os.kill(until(lambda: _worker(running.pid), "a worker that begins"), signal.SIGINT)
        _, said = running.communicate(timeout=PATIENCE)
    finally:
        running.kill()
    assert said == "hftd: 100 trials in the engine (as asked)\n"
    assert running.returncode == 0


@pytest.mark.usefixtures("heard")
def test_a_sweep_that_is_stopped_as_a_trial_is_told_and_the_next_handed_out_ends(settings):
    command = words(
        settings, "my_model", "--space", "large=200,300,1000,1200,1500", "--space", "shares=10..30:10",
        "--sampler", "grid", "--objective", "pnl", "--engine",
    )  # fmt: skip
    running = subprocess.Popen(
        [sys.executable, "-c", STOPPED, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        statuses, said = running.communicate(timeout=PATIENCE)
    finally:
        running.kill()
    assert statuses.split() == ["1"] * 10
    assert said.splitlines() == [
        "hftd: 15 trials in the engine (as asked)",
        "hftd: the sweep was stopped: no --study kept its trials",
    ] * 10  # fmt: skip


def _worker(sweep: int) -> int:
    """The process id of a worker; 0 before there is one."""
    for child in Path(f"/proc/{sweep}/task/{sweep}/children").read_text().split():
        if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text():
            return int(child)
    return 0


def _opened(gate: Path) -> int:
    """A descriptor to write to a pipe somebody reads; 0 while nobody does."""
    try:
        return os.open(gate, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:
        return 0


def _alive(process: str) -> bool:
    """Whether it runs; one that nobody has asked after yet is dead."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _timeless(found: Any) -> Any:
    for each in found["trials"]:
        each["result"].pop("seconds")
    return found


def test_a_walk_judges_what_was_chosen_on_what_comes_next(settings, capsys):
    # The first half of the tape's time holds the prints of 1,200 and of 1,500 shares, which fill at 500.02 and nothing
    # more; the second the others. Each half is played by itself, marked at its own last price.
    found = swept(
        settings, capsys, "my_model", "--space", "large=200,1500", "--space", "shares=10,20", "--sampler", "grid",
        "--objective", "pnl", "--walk-forward", "1", "--split", "time",
    )  # fmt: skip
    (step,) = found["steps"]
    assert step["fit"][1] == step["next"][0]
    assert len(step["trials"]) == 4
    # By hand: 500.02 to 500.03 for a print of 1,200; of those above 1,500 none is filled in the first half.
    assert step["trials"][0]["values"] == {"large": 200, "shares": 20}
    assert step["trials"][0]["result"]["value"] == pytest.approx(0.20)
    # The second half: 300 fills at 500.01, 200 at 500.10 and 1,000 at 500.20, and 500.20 is the last.
    assert step["judged"]["value"] == pytest.approx(20 * (0.19 + 0.10))


def test_a_walk_is_a_line_for_each_step(settings, capsys):
    assert main(words(
        settings, "my_model", "--space", "large=200,1500", "--option", "shares=20", "--sampler", "grid",
        "--objective", "pnl", "--walk-forward", "1", "--split", "time",
    )) == 0  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["step", "chosen", "on", "judged", "on", "options", "pnl", "there", "pnl", "here"]
    assert lines[1].split()[-3:] == ["large=200", "$0.20", "$5.80"]
    assert lines[2:] == ["unseen parts together: pnl $5.80 in 1 of 1 steps"]


def test_it_prints_what_the_documentation_shows(settings, capsys):
    shown = (ROOT / "docs" / "use" / "sweep.rst").read_text()
    assert main(words(
        settings, "my_model", "--space", "large=200,300,1000,1500", "--space", "shares=10..30:10", "--sampler", "grid",
        "--objective", "pnl", "--engine", "--top", "3",
    )) == 0  # fmt: skip
    out, err = capsys.readouterr()
    said = (err + out).splitlines()
    assert len(said) == 6
    assert [line for line in said if f"   {line}\n" not in shown] == []


def test_a_worker_that_dies_is_one_line_and_its_study_goes_on(settings, capsys, tmp_path):
    more = ("--space", "number=0,1", "--sampler", "grid", "--objective", "pnl", "--engine", "--option",
            f"folder={tmp_path}", "--study", str(tmp_path / "study"))  # fmt: skip
    model = settings.parent / "plugins" / "gated.py"
    (tmp_path / "dies").touch()
    model.write_text(GATED.replace(
        "        if self.options.number == 8:",
        "        if os.path.exists(os.path.join(self.options.folder, 'dies')):\n"
        "            os._exit(9)\n"
        "        if self.options.number == 8:",
    ))  # fmt: skip
    assert main(words(settings, "gated", *more)) == 1
    assert "a worker of the sweep died" in capsys.readouterr().err.splitlines()[-1]
    (tmp_path / "dies").unlink()
    assert len(swept(settings, capsys, "gated", *more)["trials"]) == 2
    assert sorted((tmp_path / "played").read_text().split()) == ["0", "1"]


def test_the_table_ranks_and_says_what_is_worth_nothing(settings, capsys):
    assert main(words(
        settings, "my_model", "--space", "large=1200,1500,9000", "--sampler", "grid", "--objective", "pnl", "--engine",
        "--min-fills", "1", "--top", "1", "--option", "shares=20",
    )) == 0  # fmt: skip
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].split() == ["rank", "trial", "large", "pnl", "drawdown", "fills"]
    assert lines[1].split()[:4] == ["1", "0", "1200", "$8.00"]
    assert lines[2:] == [
        "… and 1 more below them", "without a value: 1, such as large=9000: 0 fills, expected at least 1",
    ]  # fmt: skip
    assert err == "hftd: 3 trials in the engine (as asked)\n"


def test_the_table_has_options_that_were_played_often_once(settings, capsys):
    assert main(words(
        settings, "my_model", "--space", "large=1200,1500", "--trials", "6", "--objective", "pnl", "--engine",
    )) == 0  # fmt: skip
    _, *rows = capsys.readouterr().out.splitlines()
    assert sorted(row.split()[2] for row in rows) == ["1200", "1500"]
    assert [row.split()[0] for row in rows] == ["1", "2"]


@pytest.mark.parametrize(
    ("model", "more", "said"),
    [
        ("my_modl", ("--space", "large=1,2"), "my_modl: no such model, nearest is my_model"),
        ("my_model", ("--space", "larg=1,2"), "--space larg: no such option of my_model, nearest is large"),
        ("my_model", ("--space", "large=x,y"), '--space large: expected a whole number, found "x"'),
        ("my_model", ("--space", "large=1,2", "--option", "share=3"), "share: no such key, nearest is shares"),
        ("my_model", ("--space", "large=1..9", "--sampler", "grid", "--trials", "3"), "the grid has 9 points"),
        ("my_model", ("--space", "large=1..9", "--trials", "0"), "--trials 0: expected at least 1"),
        ("my_model", ("--space", "large=1..9", "--walk-forward", "2"), "at least 3 sessions, found 1"),
        ("my_model", ("--space", "large=1..9", "--picture", "a.pdf"), "expected a file ending in .svg or .png"),
    ],
)
def test_what_is_wrong_is_one_line(settings, capsys, model, more, said):
    assert main(words(settings, model, *more)) in (1, 78)
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    assert line.startswith("hftd: ")
    assert said in line
    assert out == ""


def test_another_sweep_does_not_go_on_with_a_study(settings, capsys, tmp_path):
    more = ("--space", "large=1200,1500", "--sampler", "grid", "--objective", "pnl", "--engine",
            "--study", str(tmp_path / "study"))  # fmt: skip
    swept(settings, capsys, "my_model", *more)
    assert main(words(settings, "my_model", *more, "--cash", "5000")) == 1
    err = capsys.readouterr().err.splitlines()[-1]
    assert err == 'hftd: --study: cash of this study is "100000", now "5000"; expected the same, or another --study'
