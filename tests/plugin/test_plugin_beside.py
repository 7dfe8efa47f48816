"""Modules beside a plugin file: found, run anew with every load, part of the version, and nobody else's."""

import sys
from hashlib import sha256
from pathlib import Path

import pytest

from hftd.errors import PluginError, Refused
from hftd.plugin.beside import digest_of
from hftd.plugin.host import Plugins

MODEL = """
IMPORTS
from hftd import Model, Options, hookimpl

class M(Model):
    class Options(Options):
        symbol: str = "SPY"

    def on_trade(self, trade):
        return VALUE

@hookimpl
def register_models():
    return {"m": M}
"""


def write(folder: Path, imports: str, value: str = "None", **helpers: str) -> Path:
    """A model file that imports so; a helper ``_a__b`` is the file ``_a/b.py``."""
    for name, source in helpers.items():
        path = folder / (name.replace("__", "/") + ".py" if not name.endswith("__") else f"{name[:-2]}/__init__.py")
        path.parent.mkdir(exist_ok=True, mode=0o755)
        path.write_text(source)
    file = folder / "m.py"
    file.write_text(MODEL.replace("IMPORTS", imports).replace("VALUE", value))
    return file


def answer(file: Path) -> tuple[object, str]:
    """What the model's handler returns, and the digest of its version."""
    plugins = Plugins()
    plugins.add_file(file)
    part = plugins.parts("models")["m"]
    plugins.forget()
    return part.factory.on_trade(None, None), part.plugin.digest


FORMS = {
    "import _lib": "_lib.X",
    "import _lib as lib": "lib.X",
    "from _lib import X": "X",
    "from _lib import *": "X",
}


@pytest.mark.parametrize("imports", FORMS)
def test_every_form_of_import_finds_a_file_beside_the_plugin(tmp_path: Path, imports: str) -> None:
    assert answer(write(tmp_path, imports, FORMS[imports], _lib="X = 7"))[0] == 7


PACKAGE = {"_lib__": "from . import prices\nfrom .prices import Y", "_lib__prices": "from ._deep import Y\nX = Y + 1"}
IN_PACKAGE = {
    "import _lib.prices": "_lib.prices.X",
    "from _lib.prices import X": "X",
    "from _lib import prices": "prices.X",
    "from _lib import Y": "Y + 1",
}


@pytest.mark.parametrize("imports", IN_PACKAGE)
def test_a_folder_of_modules_is_a_package_with_imports_of_its_own(tmp_path: Path, imports: str) -> None:
    file = write(tmp_path, imports, IN_PACKAGE[imports], _lib___deep="", **PACKAGE)
    (tmp_path / "_lib" / "_deep.py").write_text("Y = 41")

    assert answer(file)[0] == 42


def test_a_helper_is_loaded_anew_with_each_load(tmp_path: Path) -> None:
    """Its change changes the version; a helper nobody imports changes nothing."""
    file = write(tmp_path, "from _lib import X", "X", _lib="X = 1", _other="")
    first, digest = answer(file)
    (tmp_path / "_other.py").write_text("Y = 2")
    again = answer(file)
    (tmp_path / "_lib.py").write_text("X = 2")
    second, other = answer(file)

    assert (first, second) == (1, 2)
    assert again == (first, digest)
    assert other != digest


def test_two_versions_of_a_helper_live_side_by_side(tmp_path: Path) -> None:
    """The model that plays keeps the helper it came with."""
    file = write(tmp_path, "import _lib", "_lib.X", _lib="X = 1")
    old, new = Plugins(), Plugins()
    old.add_file(file)
    (tmp_path / "_lib.py").write_text("X = 2")
    new.add_file(file)

    assert [each.parts("models")["m"].factory.on_trade(None, None) for each in (old, new)] == [1, 2]
    old.forget()
    new.forget()


@pytest.fixture
def before() -> set[str]:
    """Modules there were before the test."""
    return set(sys.modules)


def left(before: set[str]) -> set[str]:
    """Modules of plugins that there are since."""
    return {name for name in sys.modules.keys() - before if name.startswith(("hftd_plugin_", "_"))}


def test_nothing_stays_in_sys_modules_or_on_the_disk(tmp_path: Path, before: set[str]) -> None:
    answer(write(tmp_path, "import _lib", _lib="X = 1"))

    assert left(before) == set()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["_lib.py", "m.py"]


def test_the_digest_of_a_lone_file_is_its_own(tmp_path: Path) -> None:
    """So it is what ``sha256sum`` says of the file."""
    file = write(tmp_path, "")

    assert answer(file)[1] == sha256(file.read_bytes()).hexdigest()


def test_the_digest_of_several_files_tells_them_apart() -> None:
    """By hand: the SHA-256 of the first file's, then of each other's name and SHA-256, in the order of names."""
    one, two, three = (sha256(source).digest() for source in (b"a", b"b", b"c"))
    expected = sha256(one + b"_x.py\0" + two + b"_y.py\0" + three).hexdigest()

    assert digest_of({"m.py": b"a", "_y.py": b"c", "_x.py": b"b"}) == expected
    assert digest_of({"m.py": b"a", "_x.py": b"c", "_y.py": b"b"}) != expected


def test_pythons_own_modules_come_first(tmp_path: Path) -> None:
    """A helper cannot take the place of a part of Python, nor of what is installed."""
    assert answer(write(tmp_path, "import _thread", "_thread.__name__", _thread="X = 1"))[0] == "_thread"
    assert answer(write(tmp_path, "import json", "json.dumps(1)"))[0] == "1"


@pytest.mark.parametrize(
    ("imports", "words"),
    [
        ("import _no", "ModuleNotFoundError: No module named '_no'"),
        ("from _lib import no", "ImportError: cannot import name 'no'"),
        ("import _lib.no", "ModuleNotFoundError: No module named '_lib.no' beside the plugin"),
        ("import _bad", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_helper_that_fails_is_the_plugins_fault(
    tmp_path: Path, imports: str, words: str, before: set[str]
) -> None:
    file = write(tmp_path, imports, _lib="X = 1", _bad="1 / 0")

    with pytest.raises(PluginError, match=rf"m\.py:2: {words}"):
        answer(file)
    assert left(before) == set()


def test_a_helper_is_not_read_while_the_model_plays(tmp_path: Path) -> None:
    """What a version is made of is settled with its load: an import in a handler finds what was imported above."""
    file = write(tmp_path, "import _lib", "__import__('_late').X", _lib="X = 1", _late="X = 3")

    with pytest.raises(ImportError, match="_late"):
        answer(file)
    assert answer(write(tmp_path, "import _lib", "__import__('_lib').X"))[0] == 1


def test_a_helper_others_may_write_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "import _lib", _lib="X = 1")
    (tmp_path / "_lib.py").chmod(0o666)

    with pytest.raises((PluginError, Refused), match=r"_lib\.py: mode 0666, expected no write by group or others"):
        answer(file)


def test_a_folder_of_helpers_others_may_write_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "import _lib.a", _lib__="", _lib__a="X = 1")
    (tmp_path / "_lib").chmod(0o777)

    with pytest.raises((PluginError, Refused), match=r"_lib: open to writing by group or others"):
        answer(file)
