"""The source of every model that played, under the state folder, named by its digest: for rollbacks and for audits.

``models/DIGEST/`` holds a version's files, those of risk checks and feeds too (equipment.py); ``models/NAME.versions``
lists what a model has been, one line a version.
"""

import os
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from hftd.config.fill import fill
from hftd.config.schema import Model as Table
from hftd.core.events import Version
from hftd.errors import HftdError, PluginError
from hftd.plugin.beside import digest_of
from hftd.plugin.blueprint import Blueprint
from hftd.plugin.host import Plugins

MOST = 1_000
"""Versions whose files are kept; the one that was kept or loaded longest ago goes first."""
LISTED = 100
"""Versions of one model that are listed."""

_line = msgspec.json.Decoder(Version)


def keep(root: Path, digest: str, files: Mapping[str, bytes]) -> None:
    """Keep the files of one version, by name, in the state folder ``root``. Raises HftdError."""
    place = _place(root, digest)
    try:
        if place.is_dir():
            os.utime(place)
            return
        new = place.with_name(f".{digest}.{os.getpid()}")
        shutil.rmtree(new, ignore_errors=True)
        for name, source in files.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (new / name).write_bytes(source)
        new.rename(place)
        _make_room(place.parent)
    except OSError as error:
        raise HftdError(f"{place}: the plugin's source cannot be kept: {error.strerror}") from error


def sources(root: Path, digest: str) -> dict[str, bytes]:
    """The files of one version, by name, the model's own first. Raises PluginError where they are not all there."""
    place = _place(root, digest)
    try:
        names = [path for path in place.rglob("*") if path.is_file()]
        own_first = sorted(names, key=lambda path: (path.parent != place or path.name.startswith("_"), str(path)))
        found = {str(path.relative_to(place)): path.read_bytes() for path in own_first}
    except OSError as error:
        raise PluginError(f"{place}: cannot be read: {error.strerror}") from error
    if not found:
        raise PluginError(f"{place}: no such folder, expected the source of a plugin that played")
    if digest_of(found) != digest:
        raise PluginError(f"{place}: not the source that played, expected one whose digest is {digest[:12]}")
    return found


def holds(root: Path, file: Path) -> bool:
    """Whether a plugin file, with what it imported then, is as one version that is kept."""
    return any(_is_as(file, place) for place in (root / "models").glob("*") if (place / file.name).is_file())


def own_file(root: Path, version: Version) -> str:
    """The name of the file a model came from; "" where its source is not at hand."""
    try:
        return next(iter(sources(root, version.digest)))
    except PluginError:
        return ""


def hooks(root: Path, version: Version) -> tuple[str, ...]:
    """What the file of a version implements. Raises PluginError."""
    plugins, _, _ = _loaded(root, version)
    plugins.forget()
    return plugins.found[0].hooks


def load_plan(root: Path, name: str, version: Version) -> Blueprint:
    """The model ``name`` as it was: its archived source run anew, its options those it had. Raises PluginError."""
    plugins, file, files = _loaded(root, version)
    part = plugins.parts("models").get(name)
    if part is None:
        plugins.forget()
        raise PluginError(f"{file}: registers no model {name}, expected one")
    where = f"{file}: the options of {name}"
    options = fill(part.factory.Options, msgspec.json.decode(version.options), where)
    table = Table(state=version.standing, canary=version.canary)
    return Blueprint(name, part.factory, options, table, str(file), version.digest, files)


def note(root: Path, name: str, version: Version) -> None:
    """Add what a model is from now on to the list of what it was. Raises HftdError."""
    before = versions(root, name)
    if before[-1:] == [version]:
        return
    path = root / "models" / f"{name}.versions"
    beside = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in [*before, version][-LISTED:]))
        beside.replace(path)
    except OSError as error:
        raise HftdError(f"{path}: cannot be written: {error.strerror}") from error


def versions(root: Path, name: str) -> list[Version]:
    """What a model has been, oldest first; what cannot be read is left out."""
    try:
        lines = (root / "models" / f"{name}.versions").read_bytes().splitlines()
    except OSError:
        return []
    return [_line.decode(line) for line in lines if _sound(line)]


def latest(root: Path) -> dict[str, Version]:
    """What each model was last."""
    listed = {path.stem: versions(root, path.stem) for path in sorted((root / "models").glob("*.versions"))}
    return {name: known[-1] for name, known in listed.items() if known}


def _loaded(root: Path, version: Version) -> tuple[Plugins, Path, dict[str, bytes]]:
    files = sources(root, version.digest)
    own, source = next(iter(files.items()))
    file = _place(root, version.digest) / own
    plugins = Plugins()
    try:
        plugins.add_source(file, source, files.get)
    except BaseException:
        plugins.forget()
        raise
    return plugins, file, files


def _is_as(file: Path, place: Path) -> bool:
    try:
        kept = {path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file()}
        return all((file.parent / name).read_bytes() == source for name, source in kept.items())
    except OSError:
        return False


def _sound(line: bytes) -> bool:
    try:
        _line.decode(line)
    except msgspec.DecodeError:
        return False
    return True


def _place(root: Path, digest: str) -> Path:
    # A digest comes from a journal, and a journal from anywhere: it must not lead out of the folder.
    if len(digest) != sha256().digest_size * 2 or not set(digest) <= set("0123456789abcdef"):
        raise PluginError(f"{digest[:64]!r} names no version, expected 64 hexadecimal digits")
    return root / "models" / digest


def _make_room(folder: Path) -> None:
    kept = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for path in kept[:-MOST]:
        shutil.rmtree(path, ignore_errors=True)
