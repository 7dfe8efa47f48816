"""What in a model's source may make it decide differently on the same events: clocks, chance, the world outside."""

import ast
from collections.abc import Iterator, Mapping

# Modules whose every function may answer differently each time, and single names that do.
MODULES = (
    "time.", "random.", "secrets.", "uuid.", "numpy.random.", "threading.", "subprocess.", "socket.", "urllib.request.",
    "requests.",
)  # fmt: skip
NAMES = frozenset({
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
    "pandas.Timestamp.now", "pandas.Timestamp.today", "pandas.Timestamp.utcnow",
    "os.urandom", "os.getpid", "os.environ", "os.getenv", "os.times", "os.stat", "os.listdir",
})  # fmt: skip
BUILT_IN = frozenset({"hash", "id", "input", "open", "set", "frozenset"})
# What a set gives first depends on the hashes of what is in it, and those of words are others in each process.
SETS = "a set"


def clues(sources: Mapping[str, bytes]) -> list[str]:
    """Names in the ``sources`` (file by name) that no decision should hang on, as they are written, sorted."""
    return sorted({name for source in sources.values() for name in _clues(source)})


def _clues(source: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    known = dict(_imports(tree))
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Set | ast.SetComp):
            yield SETS
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        written = ast.unparse(node)
        first, dot, rest = written.partition(".")
        full = f"{known.get(first, '')}{dot}{rest}"
        if (full.startswith(MODULES) and "(" not in full) or full in NAMES or (node in called and written in BUILT_IN):
            yield written


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names the file gave to what it imported, with what that is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                yield each.asname or each.name.partition(".")[0], each.name if each.asname else each.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for each in node.names:
                yield each.asname or each.name, f"{node.module}.{each.name}"
