"""Where a daemon has its socket and its state, and whether one uses them."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hftd.cli.options.settings import INSTALLED
from hftd.config.load import load
from hftd.config.schema import Config
from hftd.errors import ConfigError, HftdError, Refused
from hftd.runtime.assemble import run_folder, state_folder
from hftd.runtime.people.control import NAME

SERVICE = Path("/run/hftd") / NAME
SERVICE_STATE = Path("/var/lib/private/hftd")  # where systemd puts StateDirectory=hftd of a DynamicUser
TRIAL = "with-sim"  # in the state folder: that of `hftd run --with-sim`, which keeps its state apart


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
    # Whichever of the two runs is meant.
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
