"""Where a report goes: a page for a browser, JSON for a program, or text for whoever is there."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from hftd.errors import ConfigError, HftdError
from hftd.lab.replay.backtest import Played
from hftd.lab.report.figures import figures, needed
from hftd.lab.report.page import page
from hftd.lab.report.text import text

ENDINGS = {".html": ("empyrical", "matplotlib", "jinja2"), ".json": ("empyrical",)}
"""What a file is written in, by its ending, and the libraries that takes."""


def check(file: Path | None) -> None:
    """Make sure, before a long run, that a report can be written to ``file`` (None: shown).

    Raises ConfigError for an ending that is none of a report's, HftdError where a library or the folder is missing.
    """
    if file is not None and file.suffix not in ENDINGS:
        raise ConfigError(f"--report {file}: expected a file ending in {' or '.join(ENDINGS)}")
    if file is not None and not file.parent.is_dir():
        raise HftdError(f"--report {file}: no such folder {file.parent}")
    for library in ENDINGS[file.suffix] if file is not None else ("empyrical",):
        needed(library)


def write(played: Played, about: Mapping[str, str], file: Path | None) -> str:
    """Write the report to ``file``; what is to be shown, which is all of it without a file.

    ``about`` are words on what was played, by name. Raises HftdError where ``file`` cannot be written.
    """
    made = figures(played)
    if file is None:
        return text(made, played.zone)
    if file.suffix == ".html":
        content = page(played, made, about, played.zone).encode()
    else:
        content = msgspec.json.format(msgspec.json.encode({"about": about, "figures": made, "facts": played.facts}))
    try:
        file.write_bytes(content)
    except OSError as error:
        raise HftdError(f"--report {file}: cannot be written: {error.strerror}") from error
    return f"report     {file}"
