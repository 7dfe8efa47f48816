"""Loading every plugin: from the folder, from packages, from hftd itself, all or none."""

import sys
from hashlib import sha256
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from hftd import Model, hookimpl
from hftd.core.risk.chain import SHIPPED
from hftd.errors import ConfigError, PluginError, Refused
from hftd.plugin.host import Plugins, load

MODEL = """
from hftd import Model, hookimpl

class M(Model):
    def on_trade(self, trade):
        return None

@hookimpl
def register_models():
    return {"NAME": M}
"""


def write(folder: Path, **sources: str) -> Path:
    """A folder of plugin files, in which NAME stands for the file's own."""
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source.replace("NAME", name))
    return folder


def loaded(folder: Path) -> Plugins:
    """The plugins of the folder and hftd's own, none of this machine's packages."""
    return load(folder, entries=())


def names() -> set[str]:
    return {name for name in sys.modules if name.startswith("hftd_plugin_")}


def test_every_file_is_a_plugin_with_its_hash_and_its_hooks(tmp_path: Path) -> None:
    """File, SHA-256 and hooks are known of each; models are found under their names."""
    plugins = loaded(write(tmp_path, one=MODEL, two=MODEL))
    ours, one, two = plugins.found

    assert ours.hooks == ("register_checks",)
    assert (one.name, one.file, one.hooks) == ("one", str(tmp_path / "one.py"), ("register_models",))
    assert two.digest == sha256((tmp_path / "two.py").read_bytes()).hexdigest()
    assert list(plugins.parts("models")) == ["one", "two"]
    assert plugins.parts("models")["one"].plugin is one
    assert issubclass(plugins.factory("models", "one"), Model)
    plugins.forget()


def test_shipped_checks_come_through_the_same_hook_in_their_order(tmp_path: Path) -> None:
    """Risk asks hftd's checks first and in the order core names them."""
    plugins = loaded(tmp_path)

    assert list(plugins.parts("checks")) == list(SHIPPED)
    assert plugins.factory("checks", "lot") is SHIPPED["lot"]


def test_a_foreign_check_comes_after_the_shipped_ones(tmp_path: Path) -> None:
    """A plugin can add a check, not push itself before ours."""
    source = """
from hftd import hookimpl

@hookimpl(tryfirst=True)
def register_checks():
    return {"mondays": lambda limits: lambda intent, state: "no trading on Mondays"}
"""
    plugins = loaded(write(tmp_path, mondays=source))

    assert list(plugins.parts("checks")) == [*SHIPPED, "mondays"]
    plugins.forget()


def test_without_a_folder_there_are_hftds_own_plugins() -> None:
    """What needs no models, such as a calendar, loads no file."""
    assert [plugin.name for plugin in load(None, entries=()).found] == ["hftd.plugin.checks"]


def test_parts_cannot_be_changed(tmp_path: Path) -> None:
    """What was loaded together stays together."""
    with pytest.raises(TypeError):
        loaded(tmp_path).parts("models")["x"] = None  # type: ignore[index]


def test_an_unknown_name_is_told_with_the_nearest(tmp_path: Path) -> None:
    """A venue nobody registered is named with what there is."""
    with pytest.raises(ConfigError, match=r"^lots: not among the checks of any plugin, nearest is lot$"):
        loaded(tmp_path).factory("checks", "lots")
    with pytest.raises(ConfigError, match=r"^mars: not among the feeds of any plugin, none is known$"):
        loaded(tmp_path).factory("feeds", "mars")


def test_modules_handed_in_are_asked_as_files_are(tmp_path: Path) -> None:
    """The venues hftd ships come as modules and go through the same checks."""
    venue = ModuleType("venue")
    venue.__file__ = __file__

    @hookimpl
    def register_feeds() -> dict[str, object]:
        return {"mars": list}

    venue.register_feeds = register_feeds  # type: ignore[attr-defined]

    assert load(tmp_path, (venue,), ()).factory("feeds", "mars") is list


def test_a_package_brings_a_plugin_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point of the group hftd that names a module is a plugin like a file."""
    (tmp_path / "foreign_models.py").write_text(MODEL.replace("NAME", "foreign"))
    (tmp_path / "plugins").mkdir()
    monkeypatch.syspath_prepend(tmp_path)

    plugins = load(tmp_path / "plugins", entries=(EntryPoint("foreign", "foreign_models", "hftd"),))
    del sys.modules["foreign_models"]

    assert plugins.found[-1].file == str(tmp_path / "foreign_models.py")
    assert list(plugins.parts("models")) == ["foreign"]


def test_a_package_that_does_not_import_is_named(tmp_path: Path) -> None:
    """A broken package is told by its entry point, in one line."""
    with pytest.raises(PluginError, match=r"^package \?: no_such_module: ModuleNotFoundError: No module named"):
        load(tmp_path, entries=(EntryPoint("broken", "no_such_module", "hftd"),))


HOOK = "from hftd import hookimpl\n@hookimpl\ndef "
FAULTS = {
    HOOK + "register_modles():\n    return {}\n": "bad.py: register_modles: no such hook, nearest is register_models",
    "x = 1\n": "bad.py: no hook found, expected register_models, ",
    "def f(:\n": "bad.py:1: SyntaxError: invalid syntax",
    "raise OSError('no disk')\n": "bad.py:1: OSError: no disk",
    HOOK + "register_models():\n    return 1 / 0\n":
        "bad.py:4: register_models: ZeroDivisionError: division by zero",
    HOOK + "register_models():\n    return []\n":
        "bad.py: register_models: expected a dict of names and factories, found list",
    HOOK + "register_models(config):\n    return {}\n": "bad.py: PluginValidationError: ",
    HOOK + "register_models():\n    return {'m': int}\n":
        "bad.py: model m: expected a subclass of hftd.Model, found int",
    MODEL.replace("on_trade", "on_trades"): "bad.py: model bad: on_trades: no such handler, nearest is on_trade",
    MODEL.replace("NAME", "good"): "bad.py: good is among the models of ",
}  # fmt: skip


@pytest.mark.parametrize("source", FAULTS)
def test_one_bad_file_is_told_in_one_line_and_nothing_is_loaded(tmp_path: Path, source: str) -> None:
    """A set of plugins is whole or not taken: no module of it stays, and the line names the file."""
    before = names()

    with pytest.raises(PluginError) as caught:
        loaded(write(tmp_path, a_good=MODEL.replace("NAME", "good"), bad=source))

    assert str(caught.value).startswith(f"{tmp_path}/{FAULTS[source]}")
    assert len(str(caught.value).splitlines()) == 1
    assert names() == before


def test_the_same_name_in_two_files_names_both(tmp_path: Path) -> None:
    """Which of two models would trade is not for chance to say."""
    with pytest.raises(PluginError) as caught:
        loaded(write(tmp_path, one=MODEL.replace("NAME", "m"), two=MODEL.replace("NAME", "m")))

    assert str(caught.value) == f"{tmp_path}/two.py: m is among the models of {tmp_path}/one.py already"


def test_a_file_others_may_write_is_refused(tmp_path: Path) -> None:
    """Exit 77 before a line of it runs."""
    write(tmp_path, a="raise SystemExit('ran')")
    (tmp_path / "a.py").chmod(0o666)

    with pytest.raises(Refused, match="mode 0666"):
        loaded(tmp_path)


def test_a_changed_file_is_another_version_beside_the_first(tmp_path: Path) -> None:
    """Old and new classes live side by side until the old set is let go of."""
    before = names()
    old = loaded(write(tmp_path, m=MODEL))
    new = loaded(write(tmp_path, m=MODEL + "# changed\n"))

    assert old.factory("models", "m") is not new.factory("models", "m")
    assert old.found[-1].digest != new.found[-1].digest
    assert len(names() - before) == 2
    old.forget()
    assert len(names() - before) == 1
    new.forget()
    assert names() == before


def test_a_read_only_folder_is_enough(tmp_path: Path) -> None:
    """Nothing is written beside the plugins: no bytecode, no lock."""
    write(tmp_path, m=MODEL)
    loaded(tmp_path).forget()

    assert [path.name for path in tmp_path.iterdir()] == ["m.py"]
