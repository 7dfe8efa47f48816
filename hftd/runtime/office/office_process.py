"""The back office's own process: reads questions from its standard input, a socket, and answers each in turn.

It ends when that socket does, so it never outlives the daemon.
"""

import signal
import socket
from datetime import date
from typing import Any

import msgspec

from hftd.config.schema import Venue
from hftd.core.events import Snapshot
from hftd.errors import OK, ConfigError, HftdError, TooOften, Unavailable
from hftd.plugin.host import Plugins
from hftd.plugin.keys import Keys, redact
from hftd.plugin.protocols import Office
from hftd.runtime.office.needs import NOTHING, Needs, load
from hftd.runtime.office.pipe import Pipe

LONGEST = 300  # characters of a failure; a proxy answers with whole pages


class Clerk:
    """Answers questions: about the venue through its office, about days through the calendar plugins."""

    def __init__(self, venue: Venue, keys: Keys, needed: Needs = NOTHING) -> None:
        """For ``venue``, with hftd's own plugins and those that are ``needed`` beside them."""
        self._venue = venue
        self._keys = keys
        self._needed = needed
        self._plugins: Plugins | None = None
        self._office: Office | None = None

    def answer(self, method: str, arguments: list[Any]) -> Any:
        """The answer. Raises ConfigError for an account that is not paper, and whatever the venue's library raises."""
        plugins = self._loaded()
        if method == "days":
            calendar, first, last = arguments
            known = plugins.parts("calendars")
            part = known.get(calendar) or known["exchange"]
            return part.factory(calendar, date.fromisoformat(first), date.fromisoformat(last))
        if self._office is None:
            self._office = plugins.factory("offices", self._venue.name)(self._venue, self._keys)
        if method == "here":
            return True  # everything is loaded, and nobody was asked
        answer = getattr(self._office, method)(*arguments)
        if isinstance(answer, Snapshot) and not self._office.is_paper(answer.account):
            raise ConfigError(f"account {answer.account} at {self._venue.name}: not a paper account, expected one")
        return answer

    def _loaded(self) -> Plugins:
        """The plugins, loaded at the first question. Raises Unavailable."""
        if self._plugins is None:
            try:
                self._plugins = load(self._needed)
            except HftdError as error:
                raise Unavailable(f"the back office cannot load its plugins: {error}") from error
        return self._plugins

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
                venue, key, secret, needed = msgspec.msgpack.decode(message, type=tuple[Venue, str, str, Needs])
                clerk = Clerk(venue, Keys(key, secret), needed)
                continue
            number, method, arguments = msgspec.msgpack.decode(message, type=tuple[int, str, list[Any]])
            try:
                reply = [number, "", OK, None, msgspec.msgpack.encode(clerk.answer(method, arguments))]
            except HftdError as error:
                seconds = error.seconds if isinstance(error, TooOften) else None
                reply = [number, clerk.failure(error), error.exit_status, seconds, b""]
            except Exception as error:  # any failure of a library is an answer, not the end of the office
                reply = [number, clerk.failure(error), Unavailable.exit_status, None, b""]
            try:
                pipe.send(reply)
            except OSError:
                return


if __name__ == "__main__":
    main()
