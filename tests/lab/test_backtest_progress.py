"""How far a tape is: rows are counted beforehand, a terminal is shown a bar, anything else nothing."""

from io import StringIO
from pathlib import Path

import pytest

from hftd.errors import HftdError
from hftd.lab.replay import progress as module
from hftd.lab.replay.progress import progress, rows
from hftd.tape import open_tape

MINUTE = 60_000_000_000


class Terminal(StringIO):
    """Keeps what it is shown."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    file = tmp_path / "tape.csv"
    rows = [f"{place * MINUTE + 1},SPY,100.5,100" for place in range(1, 31)]
    file.write_text("\n".join(["ts_ns,symbol,price,size", *rows]) + "\n")
    return file


def test_rows_of_a_text_are_its_lines_without_the_first(tape: Path) -> None:
    assert rows(tape) == 30


def test_rows_of_parquet_are_what_it_says(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    file = tmp_path / "tape.parquet"
    polars.DataFrame({"ts_ns": [1, 2, 3]}).write_parquet(file)
    assert rows(file) == 3


def test_a_terminal_is_shown_how_many_rows_there_are(tape: Path) -> None:
    out, played = Terminal(), open_tape([tape])
    with progress([tape], played, out) as told:
        for event in played:
            told(event.seen)
    assert "/30.0" in out.getvalue()


def test_what_is_no_terminal_is_shown_nothing(tape: Path) -> None:
    out, played = StringIO(), open_tape([tape])
    with progress([tape], played, out) as told:
        for event in played:
            told(event.seen)
    assert out.getvalue() == ""


def test_a_missing_library_is_named_with_its_extra(tape: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(module, "import_module", gone)
    with (
        pytest.raises(HftdError, match=r"--progress needs tqdm: \S+/bin/pip install 'hftd\[lab\]'"),
        progress([tape], open_tape([tape]), Terminal()),
    ):
        pass
