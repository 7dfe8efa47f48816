"""What changed in the plugin folder, however an editor writes: told once, when the file stands still."""

import os
from pathlib import Path

import pytest

from hftd.plugin.watch import Changes, Watch

NOTHING = Changes()


def changes(files: str = "", gone: str = "", helpers: str = "") -> Changes:
    return Changes(*(frozenset(words.split()) for words in (files, gone, helpers)))


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    """A folder with one plugin and one helper, which are known."""
    (tmp_path / "a.py").write_text("A = 1")
    (tmp_path / "_lib.py").write_text("X = 1")
    return Watch(tmp_path)


def told(watch: Watch) -> Changes:
    """What the second of two looks at a folder at rest tells."""
    assert watch.look() == NOTHING
    return watch.look()


def test_what_was_there_is_no_news(watch: Watch) -> None:
    assert [watch.look() for _ in range(3)] == [NOTHING] * 3


def test_a_new_file_counts_once_it_stands_still(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("half")
    assert watch.look() == NOTHING
    (tmp_path / "b.py").write_text("half and the other half")
    assert watch.look() == NOTHING
    assert watch.look() == changes("b.py")
    assert watch.look() == NOTHING


def test_a_file_written_in_place_is_told(watch: Watch, tmp_path: Path) -> None:
    with (tmp_path / "a.py").open("r+") as file:
        file.truncate()
        file.write("A = 22")
    assert told(watch) == changes("a.py")


def test_a_file_replaced_by_another_of_its_size_and_time_is_told(watch: Watch, tmp_path: Path) -> None:
    """Its inode gives it away, as with ``mv`` and ``rsync --times``."""
    before = (tmp_path / "a.py").stat()
    (tmp_path / "a.new").write_text("A = 2")
    os.utime(tmp_path / "a.new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (tmp_path / "a.new").replace(tmp_path / "a.py")
    assert told(watch) == changes("a.py")


def test_other_content_of_the_same_size_and_time_is_told(watch: Watch, tmp_path: Path) -> None:
    """As ``rsync --inplace --times`` writes."""
    before = (tmp_path / "a.py").stat()
    (tmp_path / "a.py").write_text("A = 2")
    os.utime(tmp_path / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert told(watch) == changes("a.py")


def test_a_file_whose_mode_was_mended_is_told(watch: Watch, tmp_path: Path) -> None:
    """One that others could write was refused; with ``chmod go-w`` nothing else of it changes."""
    (tmp_path / "b.py").write_text("B = 1")
    (tmp_path / "b.py").chmod(0o666)
    assert told(watch) == changes("b.py")

    (tmp_path / "b.py").chmod(0o644)
    assert told(watch) == changes("b.py")


def test_the_ways_of_vim(watch: Watch, tmp_path: Path) -> None:
    """Tries out the folder with a file named 4913, renames the old file to a backup, writes a new one, tidies up."""
    (tmp_path / "4913").touch()
    (tmp_path / ".a.py.swp").write_bytes(b"b0VIM")
    (tmp_path / "a.py").rename(tmp_path / "a.py~")
    assert watch.look() == NOTHING
    (tmp_path / "a.py").write_text("A = 3")
    for name in ("4913", "a.py~", ".a.py.swp"):
        (tmp_path / name).unlink()
    assert told(watch) == changes("a.py")


def test_the_ways_of_emacs_and_pycharm(watch: Watch, tmp_path: Path) -> None:
    """A lock that is a dangling link, an auto-save file, and a temporary file that is renamed over the other."""
    (tmp_path / ".#a.py").symlink_to("somebody@somewhere.4711:1")
    (tmp_path / "#a.py#").write_text("A = ")
    (tmp_path / "a.py___jb_tmp___").write_text("A = 4")
    assert [watch.look() for _ in range(3)] == [NOTHING] * 3
    (tmp_path / "a.py___jb_tmp___").replace(tmp_path / "a.py")
    assert told(watch) == changes("a.py")


def test_a_file_that_is_gone_is_told_when_it_stays_so(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "a.py").unlink()
    assert told(watch) == changes(gone="a.py")
    (tmp_path / "a.py").write_text("A = 1")
    assert told(watch) == changes("a.py")


def test_helpers_are_told_apart_in_folders_too(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "_lib.py").unlink()
    (tmp_path / "_deep" / "more").mkdir(parents=True)
    (tmp_path / "_deep" / "__init__.py").touch()
    (tmp_path / "_deep" / "more" / "x.py").touch()
    (tmp_path / "_deep" / "__pycache__").mkdir()
    (tmp_path / "_deep" / "__pycache__" / "y.py").touch()
    assert told(watch) == changes(helpers="_lib.py _deep/__init__.py _deep/more/x.py")


def test_other_folders_and_broken_links_are_nothing(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "b.py").touch()
    (tmp_path / "c.py").mkdir()
    (tmp_path / "d.py").symlink_to("nowhere.py")
    assert [watch.look() for _ in range(3)] == [NOTHING] * 3


def test_a_folder_that_is_away_for_a_while_took_nothing_with_it(watch: Watch, tmp_path: Path) -> None:
    """An unmounted or renamed folder must not retire every model."""
    away = tmp_path.with_name(f"{tmp_path.name}-away")
    tmp_path.rename(away)
    for _ in range(3):
        with pytest.raises(FileNotFoundError):
            watch.look()
    away.rename(tmp_path)
    assert [watch.look() for _ in range(3)] == [NOTHING] * 3


def test_a_folder_that_was_not_there_brings_its_files(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "plugins")
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "a.py").touch()
    assert told(watch) == changes("a.py")
