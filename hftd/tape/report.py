"""What became of the rows of a tape: nothing is left out without being counted and named."""

from dataclasses import dataclass, field
from pathlib import Path

LONGEST = 300  # characters of a file's own words in a line for people


def shown(text: str) -> str:
    """What a file says, which may be anything, as part of one line: printable, and not too long."""
    line = "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST])
    return line if len(text) <= LONGEST else f"{line}…"


@dataclass(slots=True)
class FileReport:
    """One file's rows so far: ``events`` made, ``unwanted`` (other symbols), and ``faults`` by what was wrong."""

    path: Path
    kind: str
    rows: int = 0
    events: int = 0
    unwanted: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    """The first of each fault: its row (from 1, a header not counted) and what it says."""

    def fault(self, what: str, says: str) -> None:
        """Count one row, or quote put together from two, that made no sense; ``says`` shows it."""
        if what not in self.examples:
            self.examples[what] = shown(says)
        self.faults[what] = self.faults.get(what, 0) + 1


@dataclass(slots=True)
class TapeReport:
    """Every file's report, in the order the files were given; it grows as the tape is read."""

    files: list[FileReport] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """Rows left out because they made no sense."""
        return sum(sum(file.faults.values()) for file in self.files)

    def lines(self) -> list[str]:
        """One line for each kind of fault in each file."""
        return [
            f"{file.path}: {what}: {count} left out, {file.rows} rows read (first: {file.examples[what]})"
            for file in self.files
            for what, count in file.faults.items()
        ]
