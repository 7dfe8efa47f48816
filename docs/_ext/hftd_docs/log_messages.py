"""Every message id of hftd's log lines, with what the journal's catalog calls it."""

import inspect
import re
from collections.abc import Iterator

from hftd.runtime import message_ids


def message_lines(_: str) -> Iterator[str]:
    """A table: what happened, the id."""
    yield from (".. list-table::", "   :header-rows: 1", "   :widths: 55 45", "")
    yield from ("   * - what happened", "     - ``MESSAGE_ID``")
    for meaning, number in messages().items():
        yield from (f"   * - {meaning}", f"     - ``{number}``")


def messages() -> dict[str, str]:
    """What each line is about, to its id."""
    rows = re.findall(r'^[A-Z_]+ = "([0-9a-f]{32})"  # (.+)$', inspect.getsource(message_ids), re.MULTILINE)
    return {meaning[:1].upper() + meaning[1:]: number for number, meaning in rows}
