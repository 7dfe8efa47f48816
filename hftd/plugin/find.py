"""Find plugin files, and read them only where nobody else could have written them."""

import os
import stat
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from hftd.errors import PluginError, Refused


def discover(folder: Path) -> list[Path]:
    """Plugin files of ``folder`` by name: ``*.py`` that begin with neither ``_`` nor ``.``.

    Raises PluginError where there is no such folder, Refused where it is closed to us or others may write it.
    """
    try:
        expect_ours(folder)
        names = sorted(os.listdir(folder))
    except FileNotFoundError as error:
        raise PluginError(f"{folder}: no such folder, expected the plugins ([runtime] plugins)") from error
    except NotADirectoryError as error:
        raise PluginError(f"{folder}: is no folder, expected the plugins ([runtime] plugins)") from error
    except PermissionError as error:
        raise Refused(f"{folder}: not readable by this user, expected a folder open to us") from error
    return [folder / name for name in names if name.endswith(".py") and not name.startswith(("_", "."))]


def expect_ours(folder: Path) -> None:
    """Raises Refused where others may write a folder: they could put another file in the place of any. Or OSError."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o022:
        said = "expected no write by group or others: what is here gets run"
        raise Refused(f"{folder}: mode {mode:04o}, {said}")


def read(path: Path) -> bytes:
    """The source of one plugin. Raises PluginError, or Refused where it is closed to us or others may write it."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise PluginError(f"{path}: is no regular file, expected Python source")
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o022:
                raise Refused(f"{path}: mode {mode:04o}, expected no write by group or others: what is here gets run")
            return file.read()
    except FileNotFoundError as error:
        raise PluginError(f"{path}: no such file, expected Python source") from error
    except PermissionError as error:
        raise Refused(f"{path}: not readable by this user, expected a file open to us") from error


def beside(folder: Path, name: str) -> bytes | None:
    """The source of the file ``name`` beside a plugin in ``folder``; None where there is none. Raises as ``read``."""
    path = folder / name
    if not path.is_file():
        return None
    inside = path.parent
    if inside != folder and inside.stat().st_mode & 0o022:
        raise Refused(f"{inside}: open to writing by group or others: what is here gets run")
    return read(path)


def installed() -> tuple[EntryPoint, ...]:
    """Plugins that came with packages: the entry points of the group ``hftd``, by name."""
    return tuple(sorted(entry_points(group="hftd"), key=lambda entry: entry.name))
