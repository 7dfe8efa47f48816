"""A model out of a plugin file: which one, and one line where it cannot be had."""

from pathlib import Path

import pytest

from hftd.errors import PluginError
from hftd.testing import load

TWO = '''
from hftd import Model, Options, hookimpl


class One(Model):
    class Options(Options):
        symbol: str = "SPY"

    def on_trade(self, trade):
        pass


class Other(One):
    pass


@hookimpl
def register_models():
    return {"one": One, "other": Other}
'''

NONE = """
from hftd import hookimpl


@hookimpl
def register_checks():
    return {"never": lambda limits: lambda intent, state: "no"}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "two.py").write_text(TWO)
    return tmp_path / "two.py"


def test_the_only_model_needs_no_name(file: Path) -> None:
    file.write_text(TWO.replace(', "other": Other', ""))

    assert load(str(file)).__name__ == "One"


def test_of_several_one_is_named(file: Path) -> None:
    assert load(file, "other").__name__ == "Other"
    with pytest.raises(PluginError, match=r"two\.py: registers 2 models, expected the name of one: one or other$"):
        load(file)
    with pytest.raises(PluginError, match=r"two\.py: othr: no such model, nearest is other$"):
        load(file, "othr")


def test_a_file_without_a_model_is_said(file: Path) -> None:
    file.write_text(NONE)
    with pytest.raises(PluginError, match=r"two\.py: registers no model, expected one$"):
        load(file)


def test_a_file_that_is_not_there_is_named_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative name counts from the folder the tests were started in."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PluginError) as caught:
        load("plugins/absent.py")

    assert str(caught.value) == f"{tmp_path}/plugins/absent.py: No such file or directory, expected a plugin file"


def test_what_the_daemon_would_not_load_is_not_loaded(file: Path) -> None:
    file.write_text(TWO.replace("on_trade", "on_trad"))
    with pytest.raises(PluginError, match=r"on_trad: no such handler, nearest is on_trade$"):
        load(file)


def test_what_is_beside_it_comes_along(file: Path) -> None:
    (file.parent / "_symbols.py").write_text('MINE = "IWM"\n')
    (file.parent / "_symbols.py").chmod(0o664)
    file.write_text("from _symbols import MINE\n" + TWO.replace('"SPY"', "MINE"))

    assert load(file, "one").Options().symbol == "IWM"  # type: ignore[attr-defined]


def test_a_checkout_the_group_may_write_is_good_enough(file: Path) -> None:
    file.chmod(0o664)

    assert load(file, "one").__name__ == "One"
