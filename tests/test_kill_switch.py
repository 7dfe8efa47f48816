"""What stopped trading is remembered on disk until it is taken back."""

from pathlib import Path

import pytest

from hftd.errors import HftdError
from hftd.runtime.kill_switch import NAME, keep, thrown


def test_a_thrown_switch_is_found_again_until_it_is_reset(tmp_path: Path) -> None:
    assert thrown(tmp_path) == ""
    keep(tmp_path, "the day stands at $-1000.45, allowed $-1000")

    assert thrown(tmp_path) == "the day stands at $-1000.45, allowed $-1000"
    keep(tmp_path, "")
    assert thrown(tmp_path) == ""


def test_resetting_what_was_never_thrown_is_no_fault(tmp_path: Path) -> None:
    keep(tmp_path, "")

    assert thrown(tmp_path) == ""


def test_an_empty_file_still_stops_trading(tmp_path: Path) -> None:
    (tmp_path / NAME).touch()

    assert thrown(tmp_path)


def test_a_switch_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()

    with pytest.raises(HftdError, match=NAME):
        thrown(tmp_path)
    with pytest.raises(HftdError, match=NAME):
        keep(tmp_path, "anything")
