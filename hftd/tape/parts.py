"""A tape written in parts: what is done stays done, whoever is killed; the parts become one tape at the end."""

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import msgspec
from msgspec import Struct

from hftd.tape.layout import Market
from hftd.tape.recording import Recording, claim, writing

REQUEST, CURSOR = "request.json", "cursor.json"


class Request(Struct, frozen=True):
    """What is being written: parts of another request are not gone on with."""

    about: str
    recording: str


class Cursor(Struct, frozen=True):
    """Where a part ends: at the source, in its own words, and in the recording."""

    at: str = ""
    number: int = 0
    last: bool = False


class Parts:
    """The parts of one tape, in a hidden folder beside it.

    Raises HftdError where it cannot be written, or somebody else writes it.
    """

    def __init__(self, folder: Path, about: str) -> None:
        """``about`` says in full what the tape is made of."""
        self.folder = folder
        self._work = folder.with_name(f".{folder.name}.parts")
        with writing(folder):
            self._lock = claim(self._work)
            self._request = self._resumed(about)
            self._done = sorted(each for each in self._work.iterdir() if each.name.isdigit())
            self.cursor = Cursor()
            if self._done:
                self.cursor = msgspec.json.decode((self._done[-1] / CURSOR).read_bytes(), type=Cursor)

    def add(self, events: Sequence[Market], at: str, *, last: bool = False) -> None:
        """Write one part that ends ``at`` a place of the source."""
        folder = self._work / f"{len(self._done) + 1:06d}"
        with Recording(folder, self._request.recording, self.cursor.number) as part:
            part.add(events)
            cursor = Cursor(at, part.number, last)
            part.close({CURSOR: msgspec.json.encode(cursor).decode()})
        self._done.append(folder)
        self.cursor = cursor

    def finish(self, notes: Mapping[str, str]) -> None:
        """Make one tape of the parts, with ``notes`` beside its files, and let them go."""
        with Recording(self.folder, self._request.recording) as tape:
            tape.join(self._done)
            tape.close(notes)
        self.drop()

    def drop(self) -> None:
        """Let the parts go."""
        shutil.rmtree(self._work, ignore_errors=True)
        self.leave()

    def leave(self) -> None:
        """Let somebody else go on with the parts, or with another tape of the name."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _resumed(self, about: str) -> Request:
        file = self._work / REQUEST
        with suppress(FileNotFoundError, msgspec.DecodeError):  # a kill may have come before all of it was written
            found = msgspec.json.decode(file.read_bytes(), type=Request)
            if found.about == about:
                return found
        for left in self._work.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        made = Request(about, uuid4().hex)
        file.write_bytes(msgspec.json.encode(made))
        return made
