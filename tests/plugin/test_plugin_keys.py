"""Keys: where they are found, whom they are kept from, and that nothing prints them."""

import os
import pickle
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nobody import as_nobody

from hftd.config.schema import Venue
from hftd.errors import ConfigError, Refused
from hftd.plugin.keys import Keys, find_keys, redact

KEY, SECRET = "PKCANARY0000KEY00000", "canarysecretcanarysecretcanarysecret0000"


def kept(tmp_path: Path, text: str, mode: int = 0o600) -> Venue:
    """Alpaca's settings with a file of keys."""
    path = tmp_path / "alpaca.keys"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return Venue(name="alpaca", keys=str(path))


def pair(keys: Keys) -> tuple[str, str]:
    return keys.key, keys.secret


def test_the_simulated_venue_needs_no_keys() -> None:
    """sim takes any keys, and no file is looked at."""
    assert pair(find_keys(Venue(keys="/nonexistent"), {})) == ("sim", "sim")


@pytest.mark.parametrize(
    "text",
    [
        f"key = {KEY}\nsecret = {SECRET}\n",
        f"# Alpaca, paper\n\n  secret={SECRET}\nkey  =  {KEY}",
        f"key = \"{KEY}\"\nsecret = '{SECRET}'\n",
    ],
)
def test_a_private_file_gives_its_two_lines(tmp_path: Path, text: str) -> None:
    """Order, blank lines, comments and quotes do not matter."""
    assert pair(find_keys(kept(tmp_path, text), {})) == (KEY, SECRET)


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700])
def test_a_file_open_to_us_alone_is_fine(tmp_path: Path, mode: int) -> None:
    """Any mode without rights for group and others is taken."""
    assert pair(find_keys(kept(tmp_path, f"key={KEY}\nsecret={SECRET}", mode), {})) == (KEY, SECRET)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o666])
def test_a_file_open_to_others_is_refused_with_both_modes(tmp_path: Path, mode: int) -> None:
    """Whoever may read or write the keys beside us: exit 77, the mode found and the mode expected."""
    venue = kept(tmp_path, f"key={KEY}\nsecret={SECRET}", mode)

    with pytest.raises(Refused) as caught:
        find_keys(venue, {})

    assert str(caught.value) == f"{venue.keys}: mode {mode:04o}, expected 0600: others could read the keys"
    assert caught.value.exit_status == 77


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    """Keys somebody else owns may be changed by them."""
    venue = kept(tmp_path, f"key={KEY}\nsecret={SECRET}")
    os.chown(venue.keys, 12345, 12345)

    with pytest.raises(Refused, match=r": owned by user 12345, expected 0 or root$"):
        find_keys(venue, {})


def test_a_file_closed_to_us_is_refused(tmp_path: Path) -> None:
    """A file this user may not read: exit 77."""
    venue = kept(tmp_path, f"key={KEY}\nsecret={SECRET}", 0)

    with as_nobody(), pytest.raises(Refused, match="not readable by this user"):
        find_keys(venue, {})


FAULTS = {
    "": "key or secret missing, expected the lines `key = …` and `secret = …`",
    f"key = {KEY}": "secret missing, expected the lines `key = …` and `secret = …`",
    f"{KEY}\n{SECRET}": "line 1: expected one line `key = …` and one line `secret = …`",
    f"key = {KEY}\nkey = {KEY}": "line 2: expected one line `key = …` and one line `secret = …`",
    f"key = {KEY}\nsecrt = {SECRET}": "line 2: expected one line `key = …` and one line `secret = …`",
    f"key = {KEY} {SECRET}": "line 1: key: expected one word of at least 8 printable characters",
    f"key = {KEY}\nsecret = short": "line 2: secret: expected one word of at least 8 printable characters",
    f"key = {KEY}é": "not plain ASCII text, expected the venue's keys",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_bad_file_is_told_without_a_word_of_what_is_in_it(tmp_path: Path, text: str) -> None:
    """The line is named, its content is not: neither in the message nor in the traceback."""
    venue = kept(tmp_path, text)

    with pytest.raises(ConfigError) as caught:
        find_keys(venue, {})
    trace = "".join(traceback.format_exception(caught.value))

    assert str(caught.value) == f"{venue.keys}: {FAULTS[text]}"
    assert KEY not in trace
    assert SECRET not in trace
    assert "short" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    """No keys at all: exit 78 before anything connects."""
    with pytest.raises(ConfigError, match=r"/absent: no such file, expected the venue's keys \(\[venue\] keys\)$"):
        find_keys(Venue(name="alpaca", keys=str(tmp_path / "absent")), {}, tmp_path)
    with pytest.raises(ConfigError, match="Is a directory, expected a file with the venue's keys"):
        find_keys(Venue(name="alpaca", keys=str(tmp_path)), {})


def test_credentials_of_systemd_come_before_the_file(tmp_path: Path) -> None:
    """$CREDENTIALS_DIRECTORY/alpaca_key and alpaca_secret win; their trailing newline is no part of them."""
    (tmp_path / "alpaca_key").write_text(f"{KEY}\n")
    (tmp_path / "alpaca_secret").write_text(SECRET)
    (tmp_path / "alpaca_key").chmod(0o440)
    venue = kept(tmp_path, "key = otherotherother\nsecret = otherotherother")

    assert pair(find_keys(venue, {"CREDENTIALS_DIRECTORY": str(tmp_path)})) == (KEY, SECRET)


def test_without_credentials_the_file_counts(tmp_path: Path) -> None:
    """An empty credentials folder is no fault: the file named in the settings is read."""
    (tmp_path / "credentials").mkdir()
    venue = kept(tmp_path, f"key={KEY}\nsecret={SECRET}")

    assert pair(find_keys(venue, {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")})) == (KEY, SECRET)


def test_half_a_pair_of_credentials_is_a_fault(tmp_path: Path) -> None:
    """A key without its secret is never filled up from another place."""
    (tmp_path / "alpaca_key").write_text(KEY)
    venue = kept(tmp_path, f"key={KEY}\nsecret={SECRET}")

    with pytest.raises(ConfigError, match=r"/alpaca_secret: no such credential, expected it beside alpaca_key$"):
        find_keys(venue, {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_an_empty_credential_is_a_fault_that_names_the_file(tmp_path: Path) -> None:
    """A credential that is no word is told by its path."""
    (tmp_path / "alpaca_key").write_text("")
    (tmp_path / "alpaca_secret").write_text(SECRET)

    with pytest.raises(ConfigError, match=r"/alpaca_key: expected one word of at least 8 printable characters$"):
        find_keys(Venue(name="alpaca"), {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def laid_out(tmp_path: Path, mode: int = 0o600, **files: str) -> Path:
    """The folder an administrator puts keys into for the service."""
    folder = tmp_path / "credentials"
    (folder / "alpaca").mkdir(parents=True)
    for name, text in files.items():
        (folder / "alpaca" / name).write_text(text)
        (folder / "alpaca" / name).chmod(mode)
    return folder


def test_the_services_own_keys_are_found_by_hand_where_there_are_no_others(tmp_path: Path) -> None:
    """`hftd run` by root on a terminal: what systemd would hand to the service."""
    folder = laid_out(tmp_path, key=f"{KEY}\n", secret=SECRET)
    absent = Venue(name="alpaca", keys=str(tmp_path / "absent"))

    assert pair(find_keys(absent, {}, folder)) == (KEY, SECRET)
    other = kept(tmp_path, "key = otherotherother\nsecret = otherotherother")
    assert pair(find_keys(other, {}, folder)) == ("otherotherother", "otherotherother")


def test_the_services_keys_must_be_private_and_whole(tmp_path: Path) -> None:
    absent = Venue(name="alpaca", keys=str(tmp_path / "absent"))
    with pytest.raises(Refused, match=r"alpaca/key: mode 0644, expected 0600: others could read the keys$"):
        find_keys(absent, {}, laid_out(tmp_path / "open", 0o644, key=KEY, secret=SECRET))
    with pytest.raises(ConfigError, match=r"/alpaca/secret: no such file, expected it beside key$"):
        find_keys(absent, {}, laid_out(tmp_path / "half", key=KEY))
    with pytest.raises(ConfigError, match=r"/absent: no such file, expected the venue's keys"):
        find_keys(absent, {}, laid_out(tmp_path / "none"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_the_services_keys_are_not_there_for_who_may_not_look() -> None:
    with TemporaryDirectory() as place:
        folder = laid_out(Path(place), key=KEY, secret=SECRET)
        folder.chmod(0o700)
        os.chmod(place, 0o755)
        with as_nobody(), pytest.raises(ConfigError, match="no such file, expected the venue's keys"):
            find_keys(Venue(name="alpaca", keys="/proc/none"), {}, folder)


def test_printing_keys_shows_none() -> None:
    """repr, str and format say that there are keys, not which; a copy for another process is whole."""
    keys = Keys(KEY, SECRET)

    assert {repr(keys), str(keys), f"{keys}", f"{[keys]}"[1:-1]} == {"Keys(***)"}
    assert pair(pickle.loads(pickle.dumps(keys))) == (KEY, SECRET)


@given(st.text(), st.text())
def test_redacted_text_holds_no_key(before: str, after: str) -> None:
    """Wherever the keys stand in a text, they are struck out of it."""
    text = redact(f"{before}{KEY}{after}{SECRET}{KEY}", Keys(KEY, SECRET))

    assert KEY not in text
    assert SECRET not in text
    assert text.endswith("******")


def test_redacting_leaves_ordinary_words_alone() -> None:
    """The simulated venue's keys are the word sim, which log lines may say."""
    assert redact("sim is up", Keys("sim", "sim")) == "sim is up"
