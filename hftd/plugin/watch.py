"""What changed in a folder of plugins: files that are new, other, or gone, told once their writers are done.

Editors write in many ways: in place, in halves, beside the file and then over it. A change counts when a second look
finds it as the first one did.
"""

import os
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

Signature = tuple[int, int, int]
"""A file's inode, size and ``st_ctime`` (ns), which moves with its mode too: one that was refused may be so no more."""


class Changes(Struct, frozen=True):
    """Names from the folder on. ``files`` are plugins that are new or other, ``helpers`` what they may import."""

    files: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    helpers: frozenset[str] = frozenset()


class Watch:
    """Looks at the folder whenever it is asked to; what is there as it begins is known."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Signature] = {}
        with suppress(OSError):  # the first look will say it
            self._known = signatures(folder)
        self._seen = self._known

    def look(self) -> Changes:
        """What changed since it was last told, and stood still between two looks. Raises OSError.

        A folder that is not there, or closed to us, says nothing of its files.
        """
        before, self._seen = self._seen, signatures(self._folder)
        known = self._known
        settled = {
            name for name in before.keys() | self._seen.keys() | known.keys()
            if before.get(name) == self._seen.get(name) != known.get(name)
        }  # fmt: skip
        if not settled:
            return Changes()
        there = settled & self._seen.keys()
        self._known = {
            **{name: known[name] for name in known.keys() - settled}, **{name: self._seen[name] for name in there}
        }
        helpers = frozenset(name for name in settled if name.startswith("_"))
        gone = frozenset(settled - helpers - self._seen.keys())
        return Changes(frozenset(settled - helpers - gone), gone, helpers)


def signatures(folder: Path) -> dict[str, Signature]:
    """The signature of every plugin file and of every module beside them, by name. Raises OSError."""
    found: dict[str, Signature] = {}
    _scan(str(folder), "", found)
    return found


def _scan(folder: str, inside: str, found: dict[str, Signature]) -> None:
    for entry in list(os.scandir(folder)):
        name = entry.name
        with suppress(FileNotFoundError):  # it went while we looked
            if name.endswith(".py") and not name.startswith(".") and entry.is_file():
                status = entry.stat()
                found[inside + name] = status.st_ino, status.st_size, status.st_ctime_ns
            elif (inside or name.startswith("_")) and name.isidentifier() and name != "__pycache__" and entry.is_dir():
                _scan(entry.path, f"{inside}{name}/", found)
