"""The tests of models the pages show: they pass, and they would not if the model were another."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def run(folder: Path, model: str, was: str = "", is_now: str = "") -> subprocess.CompletedProcess[str]:
    """Run the test of an example beside a copy of it, in which ``was`` may be changed."""
    source = (EXAMPLES / f"{model}.py").read_text()
    assert was in source
    (folder / "plugins").mkdir()
    (folder / "plugins" / f"{model}.py").write_text(source.replace(was, is_now))
    (folder / f"test_{model}.py").write_text((EXAMPLES / f"test_{model}.py").read_text())
    argv = [sys.executable, "-m", "pytest", "-q", "--color=no", "-p", "no:cacheprovider", f"test_{model}.py"]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("model", "count"), [("my_model", 1), ("big_print", 5)])
def test_the_tests_of_the_pages_pass(model: str, count: int, tmp_path: Path) -> None:
    done = run(tmp_path, model)

    assert done.returncode == 0, done.stdout
    assert f"{count} passed" in done.stdout


@pytest.mark.parametrize(
    ("model", "was", "is_now", "failed"),
    [
        ("my_model", "<", "<=", {"test_a_large_print_is_bought"}),
        ("big_print", "side == 0", "side == 2", {"test_it_follows_the_side_that_was_hit"}),
        ("big_print", ', wake(end, "flat")', "", {"test_it_is_flat_a_minute_later"}),
        ("big_print", "self.traded += int(fill.shares)", "self.traded += 1", {"test_it_counts_the_parts_of_an_order"}),
    ],
)
def test_they_find_a_mistake(model: str, was: str, is_now: str, failed: set[str], tmp_path: Path) -> None:
    said = run(tmp_path, model, was, is_now).stdout

    assert {line.partition("::")[2].partition(" ")[0] for line in said.splitlines() if "FAILED" in line} == failed
