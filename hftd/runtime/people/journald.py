"""Log lines: to journald with their fields, to a terminal or a pipe as plain text; secrets to neither.

``logger.info("sent", extra={"message_id": ORDER_SENT, "fields": {"HFTD_ORDER": order}})`` is a line for people with
fields for machines. Nothing here blocks or raises: a log line is never worth an order.

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
from array import array
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType

NOTICE = 25  # logging has no word for syslog's "notice": worth reading, nothing wrong
SOCKET = "/run/systemd/journal/socket"
FIELD_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")

Redact = Callable[[str], str]


def priority(level: int) -> int:
    """The syslog priority (RFC 5424: 2 critical … 7 debug) of a level of ``logging``."""
    steps = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (NOTICE, 5), (logging.INFO, 6))
    return next((number for least, number in steps if level >= least), 7)


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

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()
        super().close()

    def _fields(self, record: logging.LogRecord) -> Iterable[tuple[str, str]]:
        yield "MESSAGE", self.redact(self.format(record))
        yield "PRIORITY", str(priority(record.levelno))
        yield "SYSLOG_IDENTIFIER", "hftd"
        yield "LOGGER", record.name
        if message_id := getattr(record, "message_id", ""):
            yield "MESSAGE_ID", message_id
        fields: Mapping[str, object] = getattr(record, "fields", {})
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
        words = ("critical", "err", "warning", "notice", "info", "debug")
        record.level = words[priority(record.levelno) - 2]
        return self.redact(super().format(record))


def to_journal(stream: int, environ: Mapping[str, str]) -> bool:
    """Whether file descriptor ``stream`` leads to journald: systemd says so in JOURNAL_STREAM as ``device:inode``."""
    try:
        status = os.fstat(stream)
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def setup(level: str, redact: Redact, path: str = SOCKET) -> None:
    """Log to journald at ``path`` when stderr leads there, else to stderr, from ``level`` (a word of ``logging``) on.

    ``redact`` gets every text on its way out, tracebacks and crashes included, and returns it without secrets.
    """
    handler: logging.Handler
    if to_journal(2, os.environ):
        handler = JournalHandler(path, redact)
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(Plain(redact))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    sys.excepthook = _crashed
    threading.excepthook = lambda crash: _crashed(crash.exc_type, crash.exc_value, crash.exc_traceback)


def _crashed(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """Log what nobody caught; Python's own hook would print it with its secrets."""
    logging.getLogger("hftd").critical("crashed: %s", kind.__name__, exc_info=(kind, error or kind(), trace))
