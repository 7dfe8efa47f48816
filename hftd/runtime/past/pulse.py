"""A sign of life while a long day is read: remembering one may take minutes, and nothing else happens meanwhile."""

from collections.abc import Callable, Iterable, Iterator

from hftd.runtime.past.journal import Record

EVERY = 100_000  # records between two signs: a second's work or less

Beat = Callable[[], None]
"""Called for each record that is read."""


class Pulse:
    """A beat that calls ``say`` at the first record and then now and then."""

    def __init__(self, say: Callable[[], None]) -> None:
        self._say = say
        self._count = 0

    def __call__(self) -> None:
        """Count a record."""
        if self._count % EVERY == 0:
            self._say()
        self._count += 1


def paced(records: Iterable[Record], beat: Beat) -> Iterator[Record]:
    """The same records, with a ``beat`` before each."""
    for record in records:
        beat()
        yield record


def silent() -> None:
    """The beat of who has nobody to tell."""
