"""Log lines: to journald with their fields, to a terminal or a pipe as plain text; secrets to neither.

``logger.info("ready", extra={"message_id": READY, "fields": {"HFTD_MODEL": model}})`` is a line for people with fields
for machines. What is said of every order goes by ``say`` instead, which takes a tenth of the time and writes the same.
Nothing here blocks or raises: a log line is never worth an order.

The wire format is systemd's "Native Journal Protocol": one datagram of ``NAME=value`` lines, values with a line
break carried as ``NAME``, a 64-bit little-endian length and the bytes; a datagram too large for the socket becomes
a sealed memory file.
"""

import errno
import fcntl
import logging
import os
import re
import socket
import sys
import threading
import time
from array import array
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TextIO

NOTICE = 25  # logging has no word for syslog's "notice": worth reading, nothing wrong
STEPS = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (NOTICE, 5), (logging.INFO, 6))
WORDS = ("critical", "err", "warning", "notice", "info", "debug")
"""Syslog's own, from priority 2 on."""
SOCKET = "/run/systemd/journal/socket"
OURS = "SYSLOG_IDENTIFIER=hftd\nLOGGER=hftd\n"
FIELD_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")

Redact = Callable[[str], str]

Say = Callable[[int, str, Mapping[str, str]], None]
"""Writes one line at once, whatever its level: level, text, fields. Fields that are empty are left out."""


def priority(level: int) -> int:
    """The syslog priority (RFC 5424: 2 critical … 7 debug) of a level of ``logging``."""
    for least, number in STEPS:
        if level >= least:
            return number
    return 7


def datagram(fields: Iterable[tuple[str, str]]) -> bytes:
    """``fields`` as journald reads them. One whose name journald would not take is left out."""
    parts = []
    for name, text in fields:
        if not FIELD_NAME.fullmatch(name):
            continue
        value = text.encode(errors="replace")
        if b"\n" in value:
            parts.append(b"%b\n%b%b\n" % (name.encode(), len(value).to_bytes(8, "little"), value))
        else:
            parts.append(b"%b=%b\n" % (name.encode(), value))
    return b"".join(parts)


class JournalHandler(logging.Handler):
    """Sends records to journald over the socket at ``path``. ``dropped`` counts those it could not take."""

    def __init__(self, path: str = SOCKET, redact: Redact = str) -> None:
        super().__init__()
        self.path = path
        self.redact = redact
        self.dropped = 0
        # logging.basicConfig would give a handler without a format its own, with level and name before the text.
        self.setFormatter(logging.Formatter("%(message)s"))
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record, or count it as dropped."""
        try:
            self._send(datagram(self._fields(record)))
        except Exception:  # whatever is wrong with a line, trading goes on
            self.dropped += 1

    def say(self, level: int, text: str, fields: Mapping[str, str]) -> None:
        """Send one line of hftd itself, or count it as dropped."""
        try:
            known = [f"{name}={value}\n" for name, value in fields.items() if value]
            whole = f"MESSAGE={text}\nPRIORITY={priority(level)}\n{OURS}{''.join(known)}"
            if whole.count("\n") == len(known) + 4:
                self._send(self.redact(whole).encode(errors="replace"))
            else:  # a line break within a value
                filled = {name: value for name, value in fields.items() if value}
                self._send(datagram(self._parts(level, text, filled)))
        except Exception:  # whatever is wrong with a line, trading goes on
            self.dropped += 1

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()
        super().close()

    def _fields(self, record: logging.LogRecord) -> Iterable[tuple[str, str]]:
        message_id = getattr(record, "message_id", "")
        fields: Mapping[str, object] = getattr(record, "fields", {})
        known = {"MESSAGE_ID": message_id, **fields} if message_id else fields
        return self._parts(record.levelno, self.format(record), known, record.name)

    def _parts(
        self, level: int, text: str, fields: Mapping[str, object], logger: str = "hftd"
    ) -> Iterable[tuple[str, str]]:
        yield "MESSAGE", self.redact(text)
        yield "PRIORITY", str(priority(level))
        yield "SYSLOG_IDENTIFIER", "hftd"
        yield "LOGGER", logger
        for name, value in fields.items():
            yield name, self.redact(str(value))

    def _send(self, data: bytes) -> None:
        try:
            self.socket.sendto(data, self.path)
        except OSError as error:
            if error.errno not in (errno.EMSGSIZE, errno.ENOBUFS):
                raise
            self._send_file(data)

    def _send_file(self, data: bytes) -> None:
        """Send what no datagram holds: journald takes a file's descriptor when nobody can change the file any more."""
        memory = os.memfd_create("hftd-log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        with os.fdopen(memory, "wb") as file:
            file.write(data)
            file.flush()
            seals = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, seals)
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [memory]))
            self.socket.sendmsg([], [rights], 0, self.path)


class Plain(logging.Formatter):
    """``12:30:01 notice  text``, local time, secrets taken out of the text and of tracebacks."""

    def __init__(self, redact: Redact = str) -> None:
        super().__init__("%(asctime)s %(level)-7s %(message)s", "%H:%M:%S")
        self.redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        record.level = WORDS[priority(record.levelno) - 2]
        return self.redact(super().format(record))


class PlainLines(logging.StreamHandler[TextIO]):
    """Writes records to ``stream`` as ``Plain`` has them."""

    def __init__(self, stream: TextIO, redact: Redact = str) -> None:
        super().__init__(stream)
        self.redact = redact
        self.setFormatter(Plain(redact))
        self._second = 0
        self._clock = ""
        """That second as text: most lines of a busy moment share it."""

    def say(self, level: int, text: str, fields: Mapping[str, str]) -> None:
        """Write one line; fields are for journald alone."""
        second = int(time.time())
        if second != self._second:
            self._second, self._clock = second, time.strftime("%H:%M:%S", time.localtime(second))
        line = self.redact(f"{self._clock} {WORDS[priority(level) - 2]:<7} {text}")
        self.acquire()  # other threads log to the same stream
        try:
            self.stream.write(f"{line}\n")
            self.stream.flush()
        except (OSError, ValueError):
            pass  # nobody reads any more; trading goes on
        finally:
            self.release()


def to_journal(stream: int, environ: Mapping[str, str]) -> bool:
    """Whether file descriptor ``stream`` leads to journald: systemd says so in JOURNAL_STREAM as ``device:inode``."""
    try:
        status = os.fstat(stream)
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def setup(level: str, redact: Redact, path: str = SOCKET) -> Say:
    """Log to journald at ``path`` when stderr leads there, else to stderr, from ``level`` (a word of ``logging``) on.

    ``redact`` gets every text on its way out, tracebacks and crashes included, and returns it without secrets. What is
    returned writes to the same place.
    """
    handler = JournalHandler(path, redact) if to_journal(2, os.environ) else PlainLines(sys.stderr, redact)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    sys.excepthook = _crashed
    threading.excepthook = lambda crash: _crashed(crash.exc_type, crash.exc_value, crash.exc_traceback)
    return handler.say


def _crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Log what nobody caught; Python's own hook would print it with its secrets."""
    logging.getLogger("hftd").critical("crashed: %s", kind.__name__, exc_info=(kind, error or kind(), trace))
