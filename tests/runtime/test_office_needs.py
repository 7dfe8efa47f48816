"""What the back office loads: plugins with offices and calendars, and nothing else of the plugins folder."""

from pathlib import Path

import pytest

from hftd.errors import PluginError
from hftd.plugin import host
from hftd.runtime.office.needs import NOTHING, Needs, load, needs, needs_for
from hftd.venues.shipped import SHIPPED

OFFICE = b"""
from hftd import hookimpl
from _names import NAME


@hookimpl
def register_offices():
    return {NAME: lambda venue, keys: None}
"""
CHECK = b"""
from hftd import hookimpl


@hookimpl
def register_checks():
    return {"mine": lambda limits: lambda intent, state: None}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "_names.py").write_bytes(b"NAME = 'mine'\n")
    (tmp_path / "office.py").write_bytes(OFFICE)
    (tmp_path / "check.py").write_bytes(CHECK)
    return tmp_path


def test_of_what_the_daemon_loaded_only_offices_and_calendars_are_needed(folder: Path) -> None:
    plugins = host.load(folder, SHIPPED)
    sources = {"office.py": OFFICE, "_names.py": b"NAME = 'mine'\n"}

    assert needs(plugins, folder) == Needs(((str(folder / "office.py"), sources),))


def test_they_are_loaded_from_what_the_daemon_read(folder: Path) -> None:
    needed = needs(host.load(folder, SHIPPED), folder)
    for path in folder.glob("*.py"):
        path.write_text("this is no Python")
    loaded = load(needed)

    assert sorted(loaded.parts("offices")) == ["alpaca", "mine", "sim"]
    assert "mine" not in loaded.parts("checks")


def test_a_venue_of_hftds_own_needs_nothing_of_a_folder_that_is_broken(folder: Path) -> None:
    (folder / "office.py").write_text("def broken(:\n")

    assert needs_for("alpaca", folder) == needs_for("sim", folder / "nowhere") == NOTHING


def test_for_another_venue_the_files_that_speak_of_offices_are_read(folder: Path) -> None:
    (folder / "check.py").write_text("this is no Python")
    needed = needs_for("mine", folder)

    assert needed.files == ((str(folder / "office.py"), {}),)
    assert "mine" in load(needed).parts("offices")
    (folder / "office.py").write_text("def register_offices(:\n")
    with pytest.raises(PluginError, match=r"office\.py:1: SyntaxError"):
        load(needs_for("mine", folder))
