"""What stopped trading is remembered on disk until it is taken back."""

from pathlib import Path

import pytest

from hftd.errors import HftdError
from hftd.runtime.people.kill_switch import NAME, RELEASE, keep, release, released_by, thrown


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


def test_word_that_trading_may_go_on_waits_beside_the_switch(tmp_path: Path) -> None:
    """Left while no daemon runs; the next one takes both away, and a new halt takes the word back."""
    keep(tmp_path, "the feed is odd")
    release(tmp_path, "alice")
    assert (thrown(tmp_path), released_by(tmp_path)) == ("the feed is odd", "alice")

    keep(tmp_path, "again")
    assert (thrown(tmp_path), released_by(tmp_path)) == ("again", "")
    release(tmp_path, "bob")
    keep(tmp_path, "")
    assert (thrown(tmp_path), released_by(tmp_path)) == ("", "")


@pytest.mark.parametrize("name", [NAME, f"{NAME}.new", RELEASE, f"{RELEASE}.new"])
def test_no_link_in_the_folder_is_followed(tmp_path: Path, name: str) -> None:
    """Root writes into the daemon's folder: a link laid there must not lead it to a file of root's own."""
    precious = tmp_path / "precious"
    precious.write_text("secret")
    (tmp_path / name).symlink_to(precious)
    assert released_by(tmp_path) == ""
    if name == NAME:
        with pytest.raises(HftdError, match="cannot be read"):
            thrown(tmp_path)
    keep(tmp_path, "the feed is odd")
    release(tmp_path, "alice")

    assert precious.read_text() == "secret"
    assert (thrown(tmp_path), released_by(tmp_path)) == ("the feed is odd", "alice")


def test_word_that_cannot_be_read_lets_nothing_go_on(tmp_path: Path) -> None:
    (tmp_path / RELEASE).mkdir()

    assert released_by(tmp_path) == ""
    with pytest.raises(HftdError, match=RELEASE):
        release(tmp_path, "alice")
