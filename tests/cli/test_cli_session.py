"""Which session a command means where none, a date or a folder is named."""

from pathlib import Path

import pytest

from hftd.cli.options.session import journal_of, sessions
from hftd.errors import HftdError
from hftd.runtime.past.journal import FORMAT, Begin, Journal


def lived(state: Path, *names: str) -> list[Path]:
    """Journals of one record each, in a state folder."""
    made = [state / "journal" / name for name in names]
    for folder in made:
        Journal(folder, Begin(FORMAT, "2026-11-20", "abc123", "0.1.0")).close()
    return made


def test_the_last_session_is_meant_and_one_put_aside_comes_before_it(tmp_path: Path) -> None:
    first, last, aside = lived(tmp_path, "2026-11-19", "2026-11-20", "2026-11-20.sim-7")
    assert sessions(tmp_path) == [first, aside, last]
    assert journal_of(tmp_path, None) == last


def test_a_trial_run_is_meant_where_nothing_else_was_lived(tmp_path: Path) -> None:
    """Whoever tried `make run` and then asks why an order was sent means that run."""
    (trial,) = lived(tmp_path / "with-sim", "2026-11-20")
    assert sessions(tmp_path) == [trial]
    assert journal_of(tmp_path, None) == trial
    assert journal_of(tmp_path, "2026-11-20") == trial

    (real,) = lived(tmp_path, "2026-11-20")
    assert sessions(tmp_path) == [real]
    assert journal_of(tmp_path, "2026-11-20") == real
    assert journal_of(tmp_path, str(trial)) == trial


def test_no_session_is_told(tmp_path: Path) -> None:
    assert sessions(tmp_path) == []
    with pytest.raises(HftdError, match=r"/journal: no journal in this folder$"):
        journal_of(tmp_path, None)
    with pytest.raises(HftdError, match=r"^2026-11-20: no journal, expected a date such as 2026-11-20 or a journal"):
        journal_of(tmp_path, "2026-11-20")
