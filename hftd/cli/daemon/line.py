"""The line to the running daemon: where its socket and its state are, one question, one answer."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hftd.cli.options.settings import INSTALLED
from hftd.config.load import load
from hftd.config.schema import Config
from hftd.errors import ConfigError, HftdError, Refused, Unavailable
from hftd.runtime.assemble import run_folder, state_folder
from hftd.runtime.people.control import NAME

SERVICE = Path("/run/hftd") / NAME
SERVICE_STATE = Path("/var/lib/private/hftd")  # where systemd puts StateDirectory=hftd of a DynamicUser
TIMEOUT = 5.0  # seconds
TRIAL = "with-sim"
ERRORS = (Refused, ConfigError, Unavailable)


def ask(path: Path, question: Mapping[str, str]) -> dict[str, Any]:
    """The answer to one question to the daemon listening at ``path``.

    Raises Unavailable where none answers, Refused where we lack the right, HftdError where the question was wrong.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(TIMEOUT)
        try:
            line.connect(str(path))
            line.sendall(json.dumps(question).encode())
            answer: Any = json.loads(b"".join(iter(lambda: line.recv(65536), b"")))
        except PermissionError as error:
            who = "root, the daemon's own or a member of a group in [runtime]"
            raise Refused(f"{path}: not open to this user, expected {who}") from error
        except (OSError, ValueError) as error:
            raise Unavailable(f"{path}: no daemon answers here ({error})") from error
    match answer:
        case {"error": str(text), "exit_status": int(code)}:
            raise next((kind for kind in ERRORS if kind.exit_status == code), HftdError)(text)
        case {"status": str()} | {"said": str()} | {"models": dict()} | {"errand": int()} | {"done": bool()}:
            return dict(answer)
    raise Unavailable(f"{path}: what answers here is no daemon of this version, it says {str(answer)[:80]}")


def control_socket(config: Path) -> Path:
    """The control socket of the daemon that runs by the settings file ``config``. Raises Refused.

    Settings that are wrong by now count as the defaults: the daemon still runs by those it started with.
    """
    if not config.exists():
        return SERVICE
    try:
        settings = load(config)
    except ConfigError:
        settings = Config()
    if config == INSTALLED and not settings.runtime.run:  # systemd gives the service its folder, not this file
        return SERVICE
    folder = run_folder(settings, config, {})
    # `hftd run --with-sim` keeps its state apart; whichever of the two runs is meant.
    here, trial = folder / NAME, folder / TRIAL / NAME
    return trial if trial.exists() and not here.exists() else here


def state_of(config: Path, environ: Mapping[str, str]) -> Path:
    """The state folder of that daemon; the service's where its settings are read from outside it.

    Raises ConfigError, Refused.
    """
    settings = load(config)
    if config == INSTALLED and not settings.runtime.state and "STATE_DIRECTORY" not in environ:
        return SERVICE_STATE
    return state_folder(settings, config, environ)


@contextmanager
def without_daemon(state: Path) -> Iterator[bool]:
    """Whether no daemon uses the folder ``state``; if so, none starts to until the block ends.

    Raises Refused, HftdError.
    """
    try:
        descriptor = os.open(state / "lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield True
        return
    except PermissionError as error:
        raise Refused(f"{state}: closed to this user, expected root or the daemon's own") from error
    except OSError as error:
        raise HftdError(f"{state / 'lock'}: cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)
