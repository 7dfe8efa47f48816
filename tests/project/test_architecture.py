"""The shape of the code: layers, purity, size, names. The rules are held against what the files say; none is run."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "hftd"
LAYERS = (
    "_wire", "native", "errors", "core", "config", "tape", "plugin", "venues", "runtime", "lab", "web", "cli",
    "testing", "pytest_plugin",
)  # fmt: skip
"""From the bottom up: an import points downwards or stays in its layer."""

# All that the core imports from outside: containers, numbers, types. None of these can look at a clock or a disk.
PURE = frozenset({
    "bisect", "collections", "dataclasses", "decimal", "functools", "heapq", "itertools", "math", "msgspec", "typing",
})  # fmt: skip
# Of these it uses single pure names.
SOME = {"traceback": {"format_exception_only", "walk_tb"}, "types": {"CodeType"}, "uuid": {"UUID"}, "hashlib": {"sha1"}}
# Built-in functions that touch the world.
IMPURE_CALLS = frozenset({"breakpoint", "compile", "eval", "exec", "input", "open", "print", "__import__"})

LONGEST = 400
MUTABLE = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
MUTABLE_CALLS = frozenset({"dict", "list", "set", "bytearray", "deque", "defaultdict", "OrderedDict", "Counter"})
VAGUE = ("Manager", "Handler", "Helper", "Helpers", "Util", "Utils")
UNFINISHED = ("TODO", "FIXME", "XXX")
# Packages that are installed by another name than they are imported by.
INSTALLED = {
    "alpaca": "alpaca-py", "pandas_market_calendars": "pandas-market-calendars", "websocket": "websocket-client",
}  # fmt: skip


def files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found, f"no Python file in {folders}"
    return found


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), named(path))


def imports(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each import of a file, wherever it stands: the module, and the names taken from it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{named(path)}: imports are absolute"
            yield node.module or "", tuple(alias.name for alias in node.names)


def layer(module: str) -> str:
    """The layer of ``hftd.core.events`` is core; that of ``hftd`` itself is empty."""
    return module.split(".")[1] if "." in module else ""


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


ALL, CORE = files("hftd"), files("hftd/core")
WITH_PLUGINS = files("hftd", "plugins")
FREE = ("__init__", "__main__")  # the names of plugin authors, and the command line


def test_imports_point_downwards() -> None:
    """No file of hftd imports from a layer above its own, nor the names that are for plugin authors."""
    faults = []
    for path in ALL:
        own = layer_of(path)
        if own in FREE:
            continue
        assert own in LAYERS, f"{named(path)}: expected a layer among {', '.join(LAYERS)}"
        for module, names in imports(path):
            if module == "hftd" and not set(names) <= set(LAYERS):
                faults.append(f"{named(path)}: import from the module that defines {', '.join(names)}")
            elif module.startswith("hftd.") and LAYERS.index(layer(module)) > LAYERS.index(own):
                faults.append(f"{named(path)} imports {module}")
    assert faults == []


def test_a_plugin_file_needs_hftd_and_installed_libraries_alone() -> None:
    """It imports from the top of hftd, as its readers will, and from no other plugin file."""
    plugins = files("plugins")
    others = {path.stem for path in plugins}
    found = {(named(path), module) for path in plugins for module, _ in imports(path)}
    assert set() == {(path, module) for path, module in found if module.startswith("hftd.") or module in others}


def test_the_core_touches_nothing() -> None:
    """No clock, socket, thread, log, chance or file: what it imports and calls by name cannot reach any."""
    faults = []
    for path in CORE:
        for module, names in imports(path):
            pure = module.partition(".")[0] in PURE | {"hftd"} or (module in SOME and set(names) <= SOME[module])
            if not pure:
                faults.append(f"{named(path)} imports {module}")
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
                faults.append(f"{named(path)}:{node.lineno} calls {node.func.id}")
    assert faults == []


def test_the_core_has_no_state_of_its_own() -> None:
    """What a module holds cannot be changed: a table is typed as a Mapping, and no function says ``global``."""
    faults = []
    for path in CORE:
        module = tree(path)
        faults += [f"{named(path)}:{node.lineno}" for node in module.body if _holds_mutable(node)]
        faults += [f"{named(path)}:{node.lineno}" for node in ast.walk(module) if isinstance(node, ast.Global)]
    assert faults == []


def _holds_mutable(node: ast.stmt) -> bool:
    match node:
        case ast.AnnAssign(annotation=annotation, value=value):
            return _mutable(value) and not ast.unparse(annotation).startswith("Mapping[")
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return False
        case ast.Assign(value=value):
            return _mutable(value)
        case _:
            return False


def _mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return isinstance(value.func, ast.Name) and value.func.id in MUTABLE_CALLS
    return isinstance(value, MUTABLE)


def test_a_file_is_one_idea() -> None:
    """None is longer than 400 lines."""
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in WITH_PLUGINS}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def test_a_test_stands_in_the_folder_of_its_layer() -> None:
    """Beside the layers: models hftd ships, whole processes, a whole system, this repository. No name stands twice."""
    tests = [path for path in files("tests") if path.name.startswith("test_")]
    folders = {*LAYERS, "models", "daemon", "systemd", "project"}
    assert [named(path) for path in tests if path.parent.name not in folders] == []
    assert len({path.name for path in tests}) == len(tests)


def test_a_class_is_named_for_what_it_is() -> None:
    """Not Manager, Handler, Helper or Utils, but where the standard library's own word is meant."""
    vague = [
        f"{named(path)}: {node.name}"
        for path in WITH_PLUGINS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and node.name.endswith(VAGUE)
        and "logging.Handler" not in {ast.unparse(base) for base in node.bases}
    ]  # fmt: skip
    assert vague == []
    assert [named(path) for path in WITH_PLUGINS if path.stem.title().endswith(VAGUE)] == []


def test_what_is_public_says_what_it_is() -> None:
    """Every module, class, function and method that others may use has a docstring."""
    silent = []
    for path in ALL:
        module = tree(path)
        silent += [] if ast.get_docstring(module) else [named(path)]
        silent += [f"{named(path)}: {name}" for name, node in _public(module) if not ast.get_docstring(node)]
    assert silent == []


def _public(
    parent: ast.Module | ast.ClassDef, of: str = ""
) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in parent.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield of + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node, f"{of}{node.name}.")


def test_nothing_is_left_for_later() -> None:
    """No note to do something, and no body that says it is not written."""
    left = [f"{named(path)}: {word}" for path in WITH_PLUGINS for word in UNFINISHED if word in path.read_text("utf-8")]
    left += [
        f"{named(path)}:{node.lineno}"
        for path in WITH_PLUGINS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Raise) and node.exc and ast.unparse(node.exc).startswith("NotImplementedError")
    ]
    assert left == []


def test_what_is_imported_is_the_standard_library_or_asked_for() -> None:
    """Every other package stands among the dependencies of pyproject.toml, under the name it is installed by."""
    asked = (ROOT / "pyproject.toml").read_text("utf-8")
    own = {"hftd", *sys.stdlib_module_names}
    tops = {(named(path), module.partition(".")[0]) for path in WITH_PLUGINS for module, _ in imports(path)}
    foreign = {(path, INSTALLED.get(top, top)) for path, top in tops if top not in own}
    assert set() == {(path, name) for path, name in foreign if f'"{name}>=' not in asked}
