"""Checks, feeds and calendars of plugin files: kept by digest, and loaded as they were whatever lies there now."""

from pathlib import Path

import pytest

from hftd.core.risk.limits import Limits
from hftd.plugin import host
from hftd.plugin.beside import digest_of
from hftd.plugin.host import Plugins
from hftd.runtime.past import archive
from hftd.runtime.past.equipment import equipment, equipped, keep
from hftd.venues.shipped import SHIPPED

CHECK = """
from hftd import hookimpl
from _words import NO


@hookimpl
def register_checks():
    return {"NAME": lambda limits: lambda intent, state: NO}
"""
MODEL = """
from hftd import Model, Options, hookimpl


class Still(Model):
    class Options(Options):
        symbol: str = "SPY"

    def on_trade(self, trade):
        return None


@hookimpl
def register_models():
    return {"still": Still}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plugins folder: two files of checks, with a file beside them, and a model."""
    made = tmp_path / "plugins"
    made.mkdir(mode=0o755)
    (made / "_words.py").write_text("NO = 'never'\n")
    (made / "zeal.py").write_text(CHECK.replace("NAME", "zeal"))
    (made / "care.py").write_text(CHECK.replace("NAME", "care"))
    (made / "still.py").write_text(MODEL)
    return made


def kept(root: Path, folder: Path) -> dict[str, str]:
    plugins = host.load(folder, SHIPPED)
    noted = keep(root, plugins, folder)
    plugins.forget()
    return noted


def said(plugins: Plugins, code: str) -> object:
    """What the check of that code says, whatever it is asked."""
    return plugins.parts("checks")[code].factory(Limits())(None, None)


def test_files_that_hold_more_than_models_are_kept_with_what_they_import(tmp_path: Path, folder: Path) -> None:
    noted = kept(tmp_path, folder)
    files = {name: (folder / name).read_bytes() for name in ("care.py", "_words.py")}

    assert list(noted) == ["care.py", "zeal.py"]
    assert noted["care.py"] == digest_of(files)
    assert archive.sources(tmp_path, noted["care.py"]) == files
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == sorted(noted.values())


def test_what_hftd_and_packages_bring_is_not_kept(folder: Path) -> None:
    plugins = host.load(folder, SHIPPED)

    assert [each.name for each in equipment(plugins, folder)] == ["care", "zeal"]
    assert len(plugins.found) > 4


def test_they_are_loaded_as_they_were_in_the_order_they_were(tmp_path: Path, folder: Path) -> None:
    """Whatever became of the folder, a broken file in it among that."""
    noted = kept(tmp_path, folder)
    (folder / "_words.py").write_text("NO = None\n")
    (folder / "zeal.py").unlink()
    (folder / "care.py").write_text("def broken(:\n")
    plugins, lines = equipped(tmp_path, dict(reversed(noted.items())), folder)

    assert lines == []
    assert list(plugins.parts("checks"))[-2:] == ["zeal", "care"]
    assert [said(plugins, code) for code in ("zeal", "care")] == ["never", "never"]
    assert plugins.parts("models") == {}


def test_where_nobody_noted_them_those_of_now_are_taken_and_one_line_says_so(tmp_path: Path, folder: Path) -> None:
    plugins, (line,) = equipped(tmp_path, None, folder)

    assert said(plugins, "care") == "never"
    assert line.startswith("the journal does not name plugin files, so its checks and feeds are those of hftd, of ")


def test_what_is_not_kept_any_more_is_taken_as_it_is_now_and_said(tmp_path: Path, folder: Path) -> None:
    noted = kept(tmp_path, folder)
    (folder / "_words.py").write_text("NO = 'not now'\n")
    (folder / "zeal.py").unlink()
    plugins, lines = equipped(tmp_path / "elsewhere", {**noted, "gone.py": "0" * 64}, folder)

    assert said(plugins, "care") == "not now"
    assert "zeal" not in plugins.parts("checks")
    assert [line.partition(":")[0] for line in lines] == ["care.py", "zeal.py", "gone.py"]
    assert [line.rpartition("; ")[2] for line in lines] == [
        "it is taken as it is now", "what it registered is missing", "what it registered is missing",
    ]  # fmt: skip


def test_a_file_that_is_not_kept_and_broken_now_is_missing_and_said(tmp_path: Path, folder: Path) -> None:
    noted = kept(tmp_path, folder)
    (folder / "care.py").write_text("def broken(:\n")
    plugins, (line, _) = equipped(tmp_path / "elsewhere", noted, folder)

    assert "care" not in plugins.parts("checks")
    assert "; what it registered is missing: " in line
    assert "care.py:1: SyntaxError" in line
