"""Running a plugin file as a fresh module."""

import sys
from pathlib import Path

import pytest

from hftd.errors import PluginError
from hftd.plugin.module import forget, run, said


def test_a_module_knows_its_file_and_has_a_fresh_name(tmp_path: Path) -> None:
    """Two versions of one file are two modules, each found under its own name."""
    path = tmp_path / "a.py"
    one, two = run(path, b"x = 1", "1" * 64), run(path, b"x = 2", "2" * 64)

    assert (one.x, two.x) == (1, 2)
    assert one.__file__ == str(path)
    assert sys.modules["hftd_plugin_a_111111111111"] is one
    assert sys.modules["hftd_plugin_a_222222222222"] is two
    forget(one)
    forget(two)
    assert not [name for name in sys.modules if name.startswith("hftd_plugin_a_")]


def test_forgetting_leaves_a_successor_alone(tmp_path: Path) -> None:
    """The same source loaded again has the same name; letting go of the old module keeps the new one."""
    old, new = (run(tmp_path / "a.py", b"", "3" * 64) for _ in range(2))

    forget(old)
    assert sys.modules[new.__name__] is new
    forget(new)


def test_nothing_is_written_beside_the_file(tmp_path: Path) -> None:
    """The folder may be read-only: no bytecode cache appears in it."""
    path = tmp_path / "a.py"
    path.write_bytes(b"x = 1")

    forget(run(path, b"x = 1", "4" * 64))
    assert list(tmp_path.iterdir()) == [path]


def test_string_annotations_of_options_resolve(tmp_path: Path) -> None:
    """`from __future__ import annotations` works, as the module is where annotations look for names."""
    source = b"from __future__ import annotations\nfrom hftd import Options\nclass O(Options):\n    n: int = 3\n"
    module = run(tmp_path / "a.py", source, "5" * 64)

    assert module.O().n == 3
    forget(module)


FAULTS = {
    b"x = 1\ndef f(:\n": "2: SyntaxError: invalid syntax",
    b"x = 1\n  y = 2\n": "2: IndentationError: unexpected indent",
    b"import no_such_module\n": "1: ModuleNotFoundError: No module named 'no_such_module'",
    b"def f():\n    raise ValueError('bad\\nnews')\nf()\n": "2: ValueError: bad news",
    b"import json\n\njson.loads('{')\n": "3: JSONDecodeError: Expecting property name",
    b"import sys\nsys.exit(3)\n": "2: SystemExit: 3",
    b"raise KeyError\n": "1: KeyError",
    b"assert 1 == 2\n": "1: AssertionError",
    b"x = '\xff'\n": "1: SyntaxError: (unicode error) 'utf-8' codec can't decode byte 0xff",
}


@pytest.mark.parametrize("source", FAULTS)
def test_what_goes_wrong_is_told_with_file_line_type_and_text(tmp_path: Path, source: bytes) -> None:
    """A fault is one line: the plugin's own line that led to it, and Python's words. Nothing stays behind."""
    path = tmp_path / "a.py"

    with pytest.raises(PluginError) as caught:
        run(path, source, "6" * 64)

    assert str(caught.value).startswith(f"{path}:{FAULTS[source]}")
    assert len(str(caught.value).splitlines()) == 1
    assert "hftd_plugin_a_666666666666" not in sys.modules


def test_null_bytes_are_a_fault_of_the_file(tmp_path: Path) -> None:
    """Source that Python will not even read names the file."""
    with pytest.raises(PluginError, match=r"/a.py: .*null bytes"):
        run(tmp_path / "a.py", b"\0", "7" * 64)


def test_a_failed_load_leaves_the_version_before_in_place(tmp_path: Path) -> None:
    """A file that fails only the second time does not take the first module with it."""
    source = b"import builtins\nif hasattr(builtins, 'hftd_seen'): raise OSError('again')\nbuiltins.hftd_seen = 1\n"
    path = tmp_path / "a.py"
    try:
        first = run(path, source, "8" * 64)
        with pytest.raises(PluginError, match=r"a\.py:2: OSError: again"):
            run(path, source, "8" * 64)
        assert sys.modules[first.__name__] is first
        forget(first)
    finally:
        del sys.modules["builtins"].hftd_seen  # type: ignore[attr-defined]


def test_an_operators_interrupt_is_not_swallowed(tmp_path: Path) -> None:
    """Ctrl-C while a plugin loads stops the command, it is no fault of the plugin."""
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "a.py", b"raise KeyboardInterrupt", "9" * 64)


def test_a_long_text_is_cut() -> None:
    """An exception that says a page says 200 characters of it."""
    assert len(said(ValueError("x" * 10_000))) == 200
