"""Modules beside a plugin file, named with a leading ``_``: its alone to import, and run anew with each load of it."""

import builtins
import sys
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

Look = Callable[[str], bytes | None]
"""The source of a file beside the plugin, by its name from the plugin's folder on; None where there is none."""


class Beside:
    """What one plugin file imports from its own folder: ``_prices.py``, or a folder ``_prices`` of modules."""

    def __init__(self, folder: Path, look: Look) -> None:
        self.sources: dict[str, bytes] = {}
        """What was imported, by its name from the folder on."""
        self._folder = folder
        self._look = look
        self._modules: dict[str, ModuleType] = {}
        self._closed = False

    def close(self) -> None:
        """The plugin is loaded: from now on nothing is read for it, as what it is made of is settled."""
        self._closed = True

    def admit(self, module: ModuleType) -> None:
        """Let ``module`` import what is here, by giving it an import statement of its own."""
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}

    def forget(self) -> None:
        """Take what was imported out of ``sys.modules``."""
        for module in self._modules.values():
            if sys.modules.get(module.__name__) is module:
                del sys.modules[module.__name__]

    def _import(
        self, name: str, globals: Mapping[str, Any] | None = None, locals: Any = None,  # noqa: A002 - Python's names
        fromlist: Sequence[str] | None = (), level: int = 0,
    ) -> ModuleType:  # fmt: skip
        """What Python calls for an import statement: builtins.__import__. Raises ImportError."""
        if level:
            name = _absolute(str((globals or {}).get("__package__") or ""), name, level)
        top = name.partition(".")[0]
        if not level and (not top.startswith("_") or top in sys.stdlib_module_names or not self._is_here(top)):
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        parts = name.split(".")
        modules = [self._module(".".join(parts[: count + 1])) for count in range(len(parts))]
        if not fromlist:
            return modules[0]
        for each in fromlist:
            if each != "*" and not hasattr(modules[-1], each) and self._is_here(f"{name}.{each}"):
                self._module(f"{name}.{each}")
        return modules[-1]

    def _is_here(self, name: str) -> bool:
        if name in self._modules:
            return True
        return not self._closed and self._found(name) is not None

    def _found(self, name: str) -> tuple[str, bytes] | None:
        path = name.replace(".", "/")
        for file in (f"{path}.py", f"{path}/__init__.py"):
            source = self._look(file)
            if source is not None:
                return file, source
        return None

    def _module(self, name: str) -> ModuleType:
        if name in self._modules:
            return self._modules[name]
        found = None if self._closed else self._found(name)
        if found is None:
            late = ", expected an import at the top of the file" if self._closed else ""
            raise ModuleNotFoundError(f"No module named {name!r} beside the plugin{late}", name=name)
        file, source = found
        self.sources[file] = source
        parent, _, last = name.rpartition(".")
        package = file.endswith("__init__.py")
        module = ModuleType(f"hftd_plugin_{name.replace('.', '_')}_{sha256(source).hexdigest()[:12]}")
        module.__file__ = str(self._folder / file)
        module.__package__ = name if package else parent
        self.admit(module)
        self._modules[name] = sys.modules[module.__name__] = module
        try:
            exec(compile(source, module.__file__, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - as module.run
        except BaseException:
            del self._modules[name]
            sys.modules.pop(module.__name__, None)
            raise
        if parent:
            setattr(self._module(parent), last, module)
        return module


def digest_of(sources: Mapping[str, bytes]) -> str:
    """What names a plugin's version: the SHA-256, in hex, of its file, or of all its files where it has some beside it.

    The plugin's own file comes first.
    """
    (_, own), *beside = sources.items()
    if not beside:
        return sha256(own).hexdigest()
    whole = sha256(sha256(own).digest())
    for name, source in sorted(beside):
        whole.update(name.encode() + b"\0" + sha256(source).digest())
    return whole.hexdigest()


def _absolute(package: str, name: str, level: int) -> str:
    """The name a relative import means. Raises ImportError."""
    parts = package.split(".") if package else []
    if level > len(parts):
        raise ImportError("attempted relative import beyond the plugin's own modules")
    kept = parts[: len(parts) - level + 1]
    return ".".join([*kept, name] if name else kept)
