"""Every message id of hftd's log lines, with what the journal's catalog calls it."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from hftd.runtime.people import message_ids


def message_lines(_: str) -> Iterator[str]:
    """A table: what happened, the id. An id no line carries yet is marked."""
    yield from (".. list-table::", "   :header-rows: 1", "   :widths: 55 45", "")
    yield from ("   * - what happened", "     - ``MESSAGE_ID``")
    for meaning, number in messages().items():
        yield from (f"   * - {meaning}", f"     - ``{number}``")


def messages() -> dict[str, str]:
    """What each line is about, to its id."""
    rows = re.findall(r'^([A-Z_]+) = "([0-9a-f]{32})"  # (.+)$', inspect.getsource(message_ids), re.MULTILINE)
    sources = [file.read_text() for file in Path(message_ids.__file__).parents[1].rglob("*.py")]
    told = {}
    for name, number, meaning in rows:
        used = any(f"message_ids.{name}" in source for source in sources)
        told[meaning[:1].upper() + meaning[1:] + ("" if used else " (not in this version)")] = number
    return told
