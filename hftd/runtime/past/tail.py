"""A day's journal read on from where one stopped, while it is being written."""

from collections.abc import Iterator
from pathlib import Path

from hftd.runtime.past.journal import Record, bodies, decoded, segments


class Tail:
    """Follows the journal in ``folder`` from its first record."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._segment = 0
        self._offset = 0

    def records(self) -> Iterator[Record]:
        """Every whole record that was written since, in order. Raises HftdError where one cannot be understood."""
        paths = segments(self._folder)
        while self._segment < len(paths):
            path = paths[self._segment]
            with path.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
            begin = self._offset
            for end, body in bodies(data):
                self._offset = begin + end
                yield decoded(path, body)
            if self._segment + 1 >= len(paths):
                return  # the last segment: what is behind is not written yet
            self._segment, self._offset = self._segment + 1, 0
