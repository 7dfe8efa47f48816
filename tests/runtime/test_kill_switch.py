"""What stopped trading is remembered on disk until it is taken back."""

from pathlib import Path

import pytest

from hftd.errors import HftdError
from hftd.runtime.people.kill_switch import LONGEST, NAME, RELEASE, flattens, keep, release, released_by, throw, thrown


def test_a_thrown_switch_is_found_again_until_it_is_reset(tmp_path: Path) -> None:
    assert thrown(tmp_path) == ""
    keep(tmp_path, "the day stands at $-1000.45, allowed $-1000")

    assert thrown(tmp_path) == "the day stands at $-1000.45, allowed $-1000"
    keep(tmp_path, "")
    assert thrown(tmp_path) == ""


def test_that_positions_are_to_be_traded_away_is_remembered_with_it(tmp_path: Path) -> None:
    """However long the reason is, and in however many lines it came."""
    keep(tmp_path, "enough\n" * 100, flatten=True)
    assert (thrown(tmp_path), flattens(tmp_path)) == (("enough " * 100)[:LONGEST], True)

    keep(tmp_path, "the feed is odd")
    assert (thrown(tmp_path), flattens(tmp_path)) == ("the feed is odd", False)
    keep(tmp_path, "enough", flatten=True)
    keep(tmp_path, "")
    assert (thrown(tmp_path), flattens(tmp_path)) == ("", False)


@pytest.mark.parametrize(
    ("text", "reason", "flatten"),
    [("flatten\n", "flatten", False), ("by hand\nflatten\n", "by hand", True), ("by hand\nor so\n", "by hand", False)],
)
def test_a_switch_written_by_hand_flattens_only_where_its_second_line_says_so(
    tmp_path: Path, text: str, reason: str, flatten: bool
) -> None:
    (tmp_path / NAME).write_text(text)

    assert (thrown(tmp_path), flattens(tmp_path)) == (reason, flatten)


def test_to_halt_without_a_daemon_does_not_end_what_flattening_began(tmp_path: Path) -> None:
    """As it does not with one: nobody but ``resume`` ends it."""
    throw(tmp_path, "enough", flatten=True)
    throw(tmp_path, "the feed is odd", flatten=False)
    assert (thrown(tmp_path), flattens(tmp_path)) == ("the feed is odd", True)

    keep(tmp_path, "")
    throw(tmp_path, "the feed is odd", flatten=False)
    assert not flattens(tmp_path)


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
