"""A tape being written: a folder with one Parquet file for each kind of event, there only once it is whole."""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from hftd.errors import HftdError
from hftd.tape.layout import LAYOUTS, WRITTEN, Layout, Market
from hftd.tape.sinks import ParquetSink, Stretches


class Recording:
    """One tape being written in a hidden folder beside its own: leave the block by an error and nothing of it stays.

    ``number`` is that of its last event. Raises HftdError where it cannot be written, or somebody else writes it.
    """

    def __init__(self, folder: Path, name: str = "", number: int = 0) -> None:
        """``name`` tells its files from those of other recordings; drawn where none is given."""
        self.number = number
        self._folder = folder
        self._name = name or uuid4().hex
        self._work = folder.with_name(f".{folder.name}.part")
        self._files: dict[type[Market], Stretches] = {}
        with writing(folder):
            self._lock = claim(self._work)
            for left in self._work.iterdir():  # of one that was killed
                left.unlink()

    @property
    def rows(self) -> Mapping[str, int]:
        """Rows so far, by kind of event."""
        return {WRITTEN[event].kind: file.rows for event, file in self._files.items()}

    def add(self, events: Iterable[Market]) -> None:
        """Write events in the order they were seen in."""
        with writing(self._folder):
            for event in events:
                self.number += 1
                file = self._files.get(type(event))
                if file is None:
                    file = self._files[type(event)] = self._open(WRITTEN[type(event)])
                file.add(event, self.number)

    def join(self, parts: Iterable[Path]) -> None:
        """Write the files of other folders behind one another instead, each folder a part of this recording."""
        with writing(self._folder):
            folders = list(parts)
            for layout in LAYOUTS:
                paths = [path for folder in folders if (path := _path(folder, layout)).exists()]
                if paths:
                    sink = ParquetSink(_path(self._work, layout), layout, self._name)
                    sink.copy(paths)
                    sink.close()

    def close(self, notes: Mapping[str, str]) -> None:
        """Finish the files, put the notes (text by file name) beside them, and give the folder its name.

        An older tape of that name gives way.
        """
        with writing(self._folder):
            for file in self._files.values():
                file.close()
            for name, text in notes.items():
                (self._work / name).write_text(text, encoding="utf-8")
            old = self._folder.with_name(f".{self._folder.name}.old")
            shutil.rmtree(old, ignore_errors=True)
            if self._folder.exists():
                self._folder.rename(old)
            self._work.rename(self._folder)
            shutil.rmtree(old, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._lock)
        if error is not None:
            shutil.rmtree(self._work, ignore_errors=True)

    def _open(self, layout: Layout) -> Stretches:
        return Stretches(ParquetSink(_path(self._work, layout), layout, self._name))


def claim(folder: Path) -> int:
    """Make ``folder`` where it is not there and hold it for this process; the descriptor that does.

    Raises HftdError where another process holds it, OSError where it cannot be made.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise HftdError(f"{folder}: another hftd is writing this tape") from None
    return descriptor


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into HftdError: one line that names ``path``."""
    try:
        yield
    except OSError as error:
        raise HftdError(f"{path}: cannot be written: {error.strerror or error}") from error


def _path(folder: Path, layout: Layout) -> Path:
    return folder / f"{layout.kind}.parquet"
