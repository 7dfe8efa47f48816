"""A venue's keys: where they are looked for, who may have read them, and how they stay out of every message."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from hftd.config.expected import one_of
from hftd.config.schema import Venue
from hftd.errors import ConfigError, Refused

NAMES = ("key", "secret")
CREDENTIALS = Path("/etc/hftd/credentials")
SHORTEST = 8
"""A shorter key is no key, and redacting it would strike out ordinary words."""


class Keys:
    """``key`` and ``secret`` of one account. Printing one shows neither."""

    __slots__ = ("key", "secret")

    def __init__(self, key: str, secret: str) -> None:
        self.key = key
        self.secret = secret

    def __repr__(self) -> str:
        return "Keys(***)"


def find_keys(venue: Venue, environ: Mapping[str, str], installed: Path = CREDENTIALS) -> Keys:
    """The keys of ``venue``: systemd's credentials ``NAME_key`` and ``NAME_secret``, else the file ``venue.keys``, else
    what the service would be given: the files ``key`` and ``secret`` of its folder in ``installed``.

    The simulated venue takes any. Raises ConfigError where there are none, Refused where others could read them.
    """
    if venue.name == "sim":
        return Keys("sim", "sim")
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    if credentials:
        # systemd made this folder for us alone and shows its access list as group bits: modes say nothing here.
        paths = [Path(credentials) / f"{venue.name}_{name}" for name in NAMES]
        present = [path for path in paths if path.exists()]
        if len(present) == 1:
            (missing,) = set(paths) - set(present)
            raise ConfigError(f"{missing}: no such credential, expected it beside {present[0].name}")
        if present:
            key, secret = (_word(_text(path), str(path)) for path in paths)
            return Keys(key, secret)
    file = Path(venue.keys).expanduser()
    if not os.path.exists(file):  # unlike Path.exists, it bears a folder that is closed to us
        found = _from_service(installed / venue.name)
        if found is not None:
            return found
    return _from_file(file)


def redact(text: str, keys: Keys) -> str:
    """``text`` without the keys."""
    for word in (keys.key, keys.secret):
        if len(word) >= SHORTEST:
            text = text.replace(word, "***")
    return text


def _from_service(folder: Path) -> Keys | None:
    """Keys from the folder systemd hands to the service; None where they are not there, or not for us to see."""
    paths = [folder / name for name in NAMES]
    try:
        present = [path for path in paths if path.exists()]
    except PermissionError:
        return None
    if len(present) == 1:
        (missing,) = set(paths) - set(present)
        raise ConfigError(f"{missing}: no such file, expected it beside {present[0].name}")
    if not present:
        return None
    key, secret = (_word(_private(path).strip(), str(path)) for path in paths)
    return Keys(key, secret)


def _from_file(path: Path) -> Keys:
    """Keys from a file of ``key = …`` and ``secret = …`` lines; ``#`` begins a comment, quotes may surround a value."""
    words: dict[str, str] = {}
    for number, line in enumerate(_private(path).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        name = name.strip()
        if not equals or name not in NAMES or name in words:
            raise ConfigError(f"{path}: line {number}: expected one line `key = …` and one line `secret = …`")
        words[name] = _word(value.strip().strip("\"'"), f"{path}: line {number}: {name}")
    missing = [name for name in NAMES if name not in words]
    if missing:
        raise ConfigError(f"{path}: {one_of(missing)} missing, expected the lines `key = …` and `secret = …`")
    return Keys(words["key"], words["secret"])


def _private(path: Path) -> str:
    """The text of a file that is ours (or root's) and nobody else may open. Raises Refused, ConfigError."""
    text, found = _read(path)
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        raise Refused(f"{path}: mode {mode:04o}, expected 0600: others could read the keys")
    if found.st_uid not in (os.geteuid(), 0):
        raise Refused(f"{path}: owned by user {found.st_uid}, expected {os.geteuid()} or root")
    return text


def _text(path: Path) -> str:
    return _read(path)[0].strip()


def _read(path: Path) -> tuple[str, os.stat_result]:
    """A file's text, and the owner and mode of the very file that was read."""
    try:
        with path.open("rb") as file:
            return file.read(65536).decode("ascii"), os.fstat(file.fileno())
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such file, expected the venue's keys ([venue] keys)") from error
    except PermissionError as error:
        raise Refused(f"{path}: not readable by this user, expected mode 0600 and owned by it") from error
    except UnicodeDecodeError:
        # The cause would carry the bytes that were read, which is what must not travel.
        raise ConfigError(f"{path}: not plain ASCII text, expected the venue's keys") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}, expected a file with the venue's keys") from error


def _word(value: str, where: str) -> str:
    if len(value) < SHORTEST or not value.isprintable() or " " in value:
        raise ConfigError(f"{where}: expected one word of at least {SHORTEST} printable characters")
    return value
