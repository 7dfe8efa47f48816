"""The control socket: one line of JSON in, one line of JSON out, on a Unix socket only its owner may open."""

import json
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from hftd.errors import HftdError
from hftd.runtime.loop import READ, Loop

LONGEST = 4096  # bytes of a question
PATIENCE = 5.0  # seconds a caller has to ask it
NAME = "hftd.sock"
Answer = Callable[[dict[str, Any]], dict[str, Any]]


class Control:
    """Listens at ``folder``/hftd.sock and answers from the loop's own thread, so every answer is a whole state."""

    def __init__(self, loop: Loop, folder: Path, answer: Answer) -> None:
        """Begin to listen. Raises HftdError where that cannot be."""
        self._loop = loop
        self._answer = answer
        self._path = folder / NAME
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._callers: set[socket.socket] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            before = os.umask(0o177)
            try:
                self._server.bind(str(self._path))
            finally:
                os.umask(before)
        except OSError as error:
            self._server.close()
            raise HftdError(f"{self._path}: cannot be opened: {error.strerror or error}") from error
        self._server.listen(8)
        self._server.setblocking(False)
        loop.watch(self._server, READ, self._accept)

    def close(self) -> None:
        """Stop listening and take the socket away."""
        for caller in tuple(self._callers):
            self._hang_up(caller)
        self._loop.unwatch(self._server)
        self._server.close()
        with suppress(OSError):
            self._path.unlink()

    def _accept(self) -> None:
        with suppress(OSError):  # the caller left already, or there are too many of them
            caller, _ = self._server.accept()
            caller.setblocking(False)
            self._callers.add(caller)
            self._loop.watch(caller, READ, partial(self._serve, caller))
            self._loop.after(PATIENCE, partial(self._hang_up, caller))

    def _serve(self, caller: socket.socket) -> None:
        # A question fits one packet, and its answer fits the socket's buffer: neither needs a second turn.
        try:
            question = json.loads(caller.recv(LONGEST) or b"null")
            answer = self._answer(question) if isinstance(question, dict) else {"error": "expected a JSON object"}
        except (ValueError, RecursionError):
            answer = {"error": "expected one line of JSON"}
        except OSError:
            answer = None
        if answer is not None:
            with suppress(OSError):
                caller.sendall(json.dumps(answer).encode() + b"\n")
        self._hang_up(caller)

    def _hang_up(self, caller: socket.socket) -> None:
        self._callers.discard(caller)
        self._loop.unwatch(caller)
        caller.close()
