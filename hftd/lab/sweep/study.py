"""A sweep's memory: an Optuna study in a file, so that a sweep that was killed goes on where it was.

Any program that reads an Optuna journal file can open it.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import convert, structs

from hftd.config.expected import found
from hftd.errors import HftdError
from hftd.lab.sweep.job import Result
from hftd.lab.sweep.needed import needed

ABOUT, RESULT = "hftd", "result"
"""User attributes: what a study is of, what came of a trial."""
FIRST = b'{"op_code":'
"""How an Optuna journal file begins."""


@contextmanager
def storage(file: Path | None) -> Iterator[Any]:
    """Where studies are kept: in ``file``, which is this process's alone meanwhile, or in memory.

    Raises HftdError where the file cannot be written, is another sweep's just now, or is no study.
    """
    needed("optuna").logging.set_verbosity(needed("optuna").logging.ERROR)
    if file is None:
        yield needed("optuna.storages").InMemoryStorage()
        return
    journal = needed("optuna.storages.journal")

    with _alone(file):
        try:
            opened = needed("optuna.storages").JournalStorage(journal.JournalFileBackend(str(file), _Held()))
        except (ValueError, KeyError, AssertionError) as error:
            raise HftdError(f"--study {file}: a damaged study: {error}") from error
        yield opened


class _Held:
    """Optuna's lock on every write has nothing to wait for, as the file is ours; its own would outlive a kill."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise HftdError(f"--study {file}: cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _cut_torn_tail(descriptor, file)
        yield
    except BlockingIOError as error:
        raise HftdError(f"--study {file}: another sweep is at it, expected one at a time") from error
    finally:
        os.close(descriptor)


def _cut_torn_tail(descriptor: int, file: Path) -> None:
    """A line that was being written when the machine stopped never happened. Raises HftdError for no study's file."""
    content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    if not content.startswith(FIRST[: len(content)]):
        raise HftdError(f"--study {file}: no study of a sweep, expected one or no file")
    os.ftruncate(descriptor, content.rfind(b"\n") + 1)


def open_study(kept: Any, name: str, about: Mapping[str, Any]) -> Any:
    """The study ``name`` of the storage ``kept``, begun if it is not there.

    ``about`` says what it is of. Raises HftdError where it was begun as one of something else.
    """
    optuna = needed("optuna")
    # Values are drawn elsewhere; this sampler is never asked.
    study = optuna.create_study(
        storage=kept, study_name=name, direction="maximize", load_if_exists=True,
        sampler=optuna.samplers.RandomSampler(seed=0),
    )  # fmt: skip
    was = study.user_attrs.get(ABOUT)
    if was is None:
        study.set_user_attr(ABOUT, dict(about))
        return study
    for key, value in about.items():
        if was.get(key) != value:
            raise HftdError(
                f"--study: {key.replace('_', ' ')} of this study is {found(was.get(key))}, now {found(value)};"
                " expected the same, or another --study"
            )
    return study


def keep(study: Any, number: int, result: Result) -> None:
    """Note what came of a trial, before its turn to be told has come."""
    trial = study.get_trials(deepcopy=False)[number]
    study._storage.set_trial_user_attr(trial._trial_id, RESULT, structs.asdict(result))


def kept(trial: Any) -> Result | None:
    """What came of a trial, where that is known."""
    said = trial.user_attrs.get(RESULT)
    return None if said is None else convert(said, Result)
