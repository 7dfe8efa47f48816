"""The journals of a running daemon, followed from day to day as they are written."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hftd.errors import Refused
from hftd.runtime.past.journal import Record
from hftd.runtime.past.tail import Tail

DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Following:
    """Reads the journals in ``root``, from the first record of the latest day there is when it begins."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._day = ""
        self._place = 0
        """The inode of that day's folder: a simulated venue may begin a day again, and its journal is another then."""
        self._tail: Tail | None = None

    def records(self) -> Iterator[Record]:
        """Every whole record that was written since. Raises HftdError where one cannot be understood, Refused."""
        while True:
            newer = self._newer()  # looked for first: a day's last record is written before the next day begins
            if self._tail is not None:
                with suppress(FileNotFoundError):  # it was put aside meanwhile
                    yield from self._tail.records()
            if newer is None:
                return
            self._day, self._place = newer
            self._tail = Tail(self._root / self._day)

    def _newer(self) -> tuple[str, int] | None:
        """The day to go on with, and where it lies; None while there is none."""
        try:
            days = sorted((each.name, each.stat().st_ino) for each in self._root.iterdir() if DAY.fullmatch(each.name))
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise Refused(f"{self._root}: closed to this user, expected root or the daemon's own") from error
        if not self._day:
            return days[-1] if days else None
        return next((each for each in days if each[0] >= self._day and each != (self._day, self._place)), None)
