"""The back office's own process: reads questions from its standard input, a socket, and answers each in turn.

It ends when that socket does, so it never outlives the daemon.
"""

import signal
import socket
from datetime import date
from typing import Any

import msgspec

from hftd.config.schema import Venue
from hftd.errors import OK, HftdError, Unavailable
from hftd.plugin import host
from hftd.plugin.keys import Keys, redact
from hftd.plugin.protocols import Office
from hftd.runtime.pipe import Pipe
from hftd.venues.shipped import SHIPPED

LONGEST = 300  # characters of a failure; a proxy answers with whole pages


class Clerk:
    """Answers questions: about the venue through its office, about days through the calendar plugins."""

    def __init__(self, venue: Venue, keys: Keys) -> None:
        self._venue = venue
        self._keys = keys
        self._plugins = host.load(None, SHIPPED)
        self._office: Office | None = None

    def answer(self, method: str, arguments: list[Any]) -> Any:
        """The answer. Raises whatever the venue's library raises."""
        if method == "days":
            calendar, first, last = arguments
            known = self._plugins.parts("calendars")
            part = known.get(calendar) or known["exchange"]
            return part.factory(calendar, date.fromisoformat(first), date.fromisoformat(last))
        if self._office is None:
            self._office = self._plugins.factory("offices", self._venue.name)(self._venue, self._keys)
        return getattr(self._office, method)(*arguments)

    def failure(self, error: Exception) -> str:
        """One line on what went wrong, without the keys."""
        said = redact(" ".join(str(error).split()) or type(error).__name__, self._keys)
        return said if len(said) <= LONGEST else f"{said[:LONGEST]} …"


def main() -> None:
    """Serve until the daemon is gone."""
    # The daemon decides when to stop: Ctrl-C reaches the whole terminal group, systemd's SIGTERM the whole unit.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pipe = Pipe(socket.socket(fileno=0))
    clerk: Clerk | None = None
    while True:
        try:
            messages = pipe.receive()
        except (EOFError, OSError):
            return
        for message in messages:
            if clerk is None:
                venue, key, secret = msgspec.msgpack.decode(message, type=tuple[Venue, str, str])
                clerk = Clerk(venue, Keys(key, secret))
                continue
            number, method, arguments = msgspec.msgpack.decode(message, type=tuple[int, str, list[Any]])
            try:
                reply = [number, "", OK, msgspec.msgpack.encode(clerk.answer(method, arguments))]
            except HftdError as error:
                reply = [number, clerk.failure(error), error.exit_status, b""]
            except Exception as error:  # any failure of a library is an answer, not the end of the office
                reply = [number, clerk.failure(error), Unavailable.exit_status, b""]
            try:
                pipe.send(reply)
            except OSError:
                return


if __name__ == "__main__":
    main()
