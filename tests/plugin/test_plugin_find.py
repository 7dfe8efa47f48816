"""Finding plugin files, and reading only what nobody else could have written."""

import os
from pathlib import Path

import pytest
from nobody import as_nobody

from hftd.errors import PluginError, Refused
from hftd.plugin.find import discover, installed, read


def test_plugins_are_the_python_files_by_name(tmp_path: Path) -> None:
    """*.py, sorted, without those that begin with _ or . and without anything else."""
    for name in ("b.py", "a.py", "_shared.py", ".hidden.py", "notes.txt", "a.pyc", "b.py.NEW", "#a.py#"):
        (tmp_path / name).touch()

    assert discover(tmp_path) == [tmp_path / "a.py", tmp_path / "b.py"]


def test_an_empty_folder_has_no_plugins(tmp_path: Path) -> None:
    """No file is no fault."""
    assert discover(tmp_path) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A folder that is not there: exit 78 and which setting names it."""
    with pytest.raises(PluginError) as caught:
        discover(tmp_path / "plugins")

    assert str(caught.value) == f"{tmp_path}/plugins: no such folder, expected the plugins ([runtime] plugins)"
    assert caught.value.exit_status == 78


def test_a_file_in_the_folders_place_is_named(tmp_path: Path) -> None:
    """A file is no folder of plugins."""
    (tmp_path / "plugins").touch()

    with pytest.raises(PluginError, match=r"/plugins: is no folder, expected the plugins"):
        discover(tmp_path / "plugins")


@pytest.mark.parametrize("mode", [0o777, 0o757, 0o1777, 0o775, 0o2775, 0o720])
def test_a_folder_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    """Whoever drops a file there runs code as us: exit 77."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins").chmod(mode)

    with pytest.raises(Refused, match=rf"/plugins: mode {mode:04o}, expected no write by group or others"):
        discover(tmp_path / "plugins")


def test_a_folder_closed_to_us_is_refused(tmp_path: Path) -> None:
    """A folder that cannot be listed: exit 77."""
    tmp_path.chmod(0)

    with as_nobody(), pytest.raises(Refused, match="not readable by this user"):
        discover(tmp_path)
    tmp_path.chmod(0o700)


def test_a_plugin_is_read_whole(tmp_path: Path) -> None:
    """Its bytes, as they are."""
    (tmp_path / "a.py").write_bytes(b"# \xff\r\n")

    assert read(tmp_path / "a.py") == b"# \xff\r\n"


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_plugin_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    """A file that group or others may write: exit 77 and the mode."""
    path = tmp_path / "a.py"
    path.touch()
    path.chmod(mode)

    with pytest.raises(Refused, match=rf"/a.py: mode {mode:04o}, expected no write by group or others"):
        read(path)


def test_a_link_counts_as_the_file_it_leads_to(tmp_path: Path) -> None:
    """The mode that matters is the target's; a link into nothing is a missing file."""
    (tmp_path / "real").write_bytes(b"x = 1")
    (tmp_path / "a.py").symlink_to(tmp_path / "real")
    (tmp_path / "b.py").symlink_to(tmp_path / "gone")

    assert read(tmp_path / "a.py") == b"x = 1"
    with pytest.raises(PluginError, match=r"/b.py: no such file, expected Python source"):
        read(tmp_path / "b.py")


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """A pipe would block for ever, a folder has no source: both are faults."""
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()

    for name in ("pipe.py", "folder.py"):
        with pytest.raises(PluginError, match=rf"/{name}: is no regular file, expected Python source"):
            read(tmp_path / name)


def test_a_plugin_closed_to_us_is_refused(tmp_path: Path) -> None:
    """A file this user may not read: exit 77."""
    path = tmp_path / "a.py"
    path.touch()
    path.chmod(0)

    with as_nobody(), pytest.raises(Refused, match="not readable by this user"):
        read(path)


def test_packages_bring_plugins_through_entry_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package's entry point of the group hftd is found by its metadata."""
    metadata = tmp_path / "foreign-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[hftd]\nforeign = foreign_models\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert ("foreign", "foreign_models") in [(entry.name, entry.value) for entry in installed()]
