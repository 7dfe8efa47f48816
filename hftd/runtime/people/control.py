"""The control socket: one line of JSON in, one line of JSON out, on a Unix socket that says who is calling."""

import os
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from struct import Struct as Layout
from typing import Any

import msgspec
from msgspec import Struct

from hftd.errors import ConfigError, HftdError
from hftd.runtime.loop import READ, Loop
from hftd.runtime.people.rights import Caller, Rights, caller, unknown_here

LONGEST = 4096  # bytes of a question
PATIENCE = 5.0  # seconds a caller has to ask it
MOST = 64  # callers at one time
EACH = 8  # of one user, so that none can keep the others out
NAME = "hftd.sock"

# linux/posix_acl.h and linux/posix_acl_xattr.h; every number is little-endian.
USER_OBJ, GROUP_OBJ, GROUP, MASK, OTHER = 0x01, 0x04, 0x08, 0x10, 0x20
NOBODY = 2**32 - 1  # the id of an entry that names no one
ACL_VERSION = Layout("<I").pack(2)
ENTRY = Layout("<HHI")


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """All a caller can say: a word hftd knows, and one line of text where the word takes one."""

    ask: str
    argument: str = ""


Answer = Callable[[Question, Caller], dict[str, Any]]

_question = msgspec.json.Decoder(Question)


class Control:
    """Listens at ``folder``/hftd.sock and answers from the loop's own thread, so every answer is a whole state."""

    def __init__(self, loop: Loop, folder: Path, rights: Rights, answer: Answer) -> None:
        """Begin to listen. Raises ConfigError where the groups of ``rights`` cannot be let in, HftdError otherwise."""
        self._loop = loop
        self._answer = answer
        self._path = folder / NAME
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._callers: dict[socket.socket, Caller] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            before = os.umask(0o177)
            try:
                self._server.bind(str(self._path))
            finally:
                os.umask(before)
            _let_in(self._path, rights)
        except OSError as error:
            self._server.close()
            raise HftdError(f"{self._path}: cannot be opened: {error.strerror or error}") from error
        except ConfigError:
            self._server.close()
            raise
        self._server.listen(MOST)
        self._server.setblocking(False)
        loop.watch(self._server, READ, self._accept)

    def close(self) -> None:
        """Stop listening and take the socket away."""
        for line in tuple(self._callers):
            self._hang_up(line)
        self._loop.unwatch(self._server)
        self._server.close()
        with suppress(OSError):
            self._path.unlink()

    def _accept(self) -> None:
        with suppress(OSError):  # the caller left already, or there are too many of them
            line, _ = self._server.accept()
            try:
                who = caller(line)
            except OSError:
                line.close()
                return
            same = sum(other.user == who.user for other in self._callers.values())
            if len(self._callers) >= MOST or same >= EACH:
                line.close()
                return
            line.setblocking(False)
            self._callers[line] = who
            self._loop.watch(line, READ, partial(self._serve, line))
            self._loop.after(PATIENCE, partial(self._hang_up, line))

    def _serve(self, line: socket.socket) -> None:
        # A question fits one packet, and its answer fits the socket's buffer: neither needs a second turn.
        try:
            answer = self._answered(line.recv(LONGEST + 1), self._callers[line])
            line.sendall(msgspec.json.encode(answer) + b"\n")
        except OSError:
            pass  # it left: nobody waits for the answer
        self._hang_up(line)

    def _answered(self, said: bytes, who: Caller) -> dict[str, Any]:
        if len(said) > LONGEST:
            return {"error": f"expected at most {LONGEST} bytes", "exit_status": HftdError.exit_status}
        try:
            question = _question.decode(said)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # What was said is not repeated: nobody knows who reads the answer.
            return {"error": 'expected one line of JSON: {"ask": "status"}', "exit_status": HftdError.exit_status}
        return self._answer(question, who)

    def _hang_up(self, line: socket.socket) -> None:
        self._callers.pop(line, None)
        self._loop.unwatch(line)
        line.close()


def _let_in(path: Path, rights: Rights) -> None:
    """Open the socket to the groups that have rights, and to nobody else, by an access list: acl(5).

    Unlike chown, that takes no membership and no privilege. Raises ConfigError where a group cannot be seen; OSError.
    """
    groups = dict(rights.groups.values())
    for number, name in groups.items():
        if unknown_here(number):
            raise ConfigError(f"[runtime]: group {name} cannot be seen from here, expected PrivateUsers=no in the unit")
    if groups:
        os.setxattr(path, "system.posix_acl_access", _access_list(groups))


def _access_list(groups: Iterable[int]) -> bytes:
    """Read and write for the owner and ``groups``, in the form of linux/posix_acl_xattr.h: tag, permissions, id."""
    entries = [(USER_OBJ, 6, NOBODY), (GROUP_OBJ, 0, NOBODY)]
    entries += [(GROUP, 6, number) for number in sorted(groups)]
    entries += [(MASK, 6, NOBODY), (OTHER, 0, NOBODY)]
    return ACL_VERSION + b"".join(ENTRY.pack(*entry) for entry in entries)
