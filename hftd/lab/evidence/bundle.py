"""Bundles: one session in one file, with all that an audit of it needs, so that it can be decided anew elsewhere.

A bundle is a tar file, packed with gzip: ``bundle.json``, ``settings.json``, ``journal/DAY/*.journal`` and the sources
of every model that played and of every other plugin file, ``models/DIGEST/*``. The same session gives the same bytes.
"""

import gzip
import io
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import requires, version
from pathlib import Path, PurePosixPath
from platform import python_version
from typing import Any

import msgspec
from msgspec import Struct

from hftd.config.schema import Config
from hftd.config.secret import struck
from hftd.core.events import Enter, Restarted, Version
from hftd.errors import HftdError
from hftd.lab.evidence.audit import digest_of
from hftd.lab.evidence.materials import Materials, lives
from hftd.runtime.past.journal import Begin, read, segments

NOTE, SETTINGS, JOURNAL, MODELS = "bundle.json", "settings.json", "journal", "models"
MOST = 16 * 1024**3
"""Bytes a bundle may unpack to."""


class Bundle(Struct, frozen=True):
    """What a bundle says of itself."""

    journal: str
    digest: str
    """SHA-256, in hex, of every decision in the journal."""
    checks: tuple[str, ...]
    """Risk checks that were asked, by code."""
    python: str
    packages: dict[str, str]
    """Versions of hftd and of what it needs."""


def pack(journal: Path, into: Path, materials: Materials, config: Config) -> Bundle:
    """Pack the journal in a folder into the file ``into``. Raises HftdError where a part is missing."""
    names = ["hftd", *(re.split(r"[^\w.-]", line)[0] for line in requires("hftd") or () if "extra ==" not in line)]
    packages = {name: version(name) for name in sorted(names)}
    lived = lives(journal, materials)
    checks = tuple(dict.fromkeys(code for life in lived for code in life.checks))
    made = Bundle(journal.name, digest_of(journal), checks, python_version(), packages)
    files = {NOTE: msgspec.json.format(msgspec.json.encode(made)), SETTINGS: settings(config)}
    kept = {digest: sources for life in lived for digest, sources in life.sources.items()}
    for digest, sources in {**kept, **played(journal, materials)}.items():
        files |= {f"{MODELS}/{digest}/{name}": source for name, source in sources.items()}
    paths = {f"{JOURNAL}/{journal.name}/{path.name}": path for path in segments(journal)}
    try:
        with into.open("wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as packed:
            _write(packed, files, paths)
    except OSError as error:
        raise HftdError(f"{into}: cannot be written: {error.strerror}") from error
    return made


def unpack(file: Path, into: Path) -> tuple[Bundle, Path]:
    """Unpack a bundle into a folder; what it says of itself, and the journal's folder. Raises HftdError."""
    if not file.exists():
        raise HftdError(f"{file}: no such file, expected one that `hftd bundle` made")
    try:
        with tarfile.open(file, "r:gz") as packed:
            _read(packed, file, into)
        made = msgspec.json.decode((into / NOTE).read_bytes(), type=Bundle)
    except (OSError, EOFError, tarfile.TarError, msgspec.DecodeError) as error:
        raise HftdError(f"{file}: is no bundle, expected one that `hftd bundle` made: {error}") from error
    journal = into / JOURNAL / made.journal
    if not segments(journal):
        raise HftdError(f"{file}: has no journal of {made.journal}, expected one")
    return made, journal


def played(journal: Path, materials: Materials) -> dict[str, Mapping[str, bytes]]:
    """The sources of every version that played in a journal, by digest. Raises PluginError where one is missing."""
    return {version.digest: materials.plan(name, version).sources for name, version in _versions(journal)}


def settings(config: Config) -> bytes:
    """The settings as JSON; what may be a secret by its name is struck out."""
    return msgspec.json.format(msgspec.json.encode(struck(msgspec.to_builtins(config))))


def _versions(journal: Path) -> Iterator[tuple[str, Version]]:
    for record in read(journal):
        match record.content:
            case Begin(models=models) | Restarted(models=models):
                yield from models.items()
            case Enter(model, version):
                yield model, version
            case _:
                pass


def _write(packed: gzip.GzipFile, files: Mapping[str, bytes], paths: Mapping[str, Path]) -> None:
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(files):
            _add(tar, name, len(files[name]), io.BytesIO(files[name]))
        for name in sorted(paths):
            with paths[name].open("rb") as content:
                _add(tar, name, paths[name].stat().st_size, content)


def _add(tar: tarfile.TarFile, name: str, size: int, content: Any) -> None:
    about = tarfile.TarInfo(name)
    about.size, about.mode = size, 0o600
    tar.addfile(about, content)


def _read(packed: tarfile.TarFile, file: Path, into: Path) -> None:
    total = 0
    for about in _sound(packed, file):
        total += about.size
        if total > MOST:
            raise HftdError(f"{file}: unpacks to more than {MOST:,} bytes")
        content = packed.extractfile(about)
        place = into / about.name
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as out:
            while content is not None and (chunk := content.read(1 << 20)):
                out.write(chunk)


def _sound(packed: tarfile.TarFile, file: Path) -> Iterable[tarfile.TarInfo]:
    """A bundle comes from anywhere: nothing in it may be written outside the folder it is unpacked into."""
    for about in packed:
        path = PurePosixPath(about.name)
        known = str(path) in (NOTE, SETTINGS) or path.parts[0] in (JOURNAL, MODELS)
        if not about.isreg() or path.is_absolute() or ".." in path.parts or not known:
            raise HftdError(f"{file}: holds {about.name!r}, which is no part of a bundle")
        yield about
