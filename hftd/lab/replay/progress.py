"""How far a tape is, on a terminal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TextIO

from hftd.errors import HftdError, to_install
from hftd.lab.replay.backtest import Progress
from hftd.tape import Tape
from hftd.tape.tape import files

PARQUET = b"PAR1"


@contextmanager
def progress(paths: Sequence[Path], tape: Tape, out: TextIO) -> Iterator[Progress]:
    """A bar on ``out`` as the rows of ``paths`` are read by ``tape``; nothing where ``out`` is no terminal.

    Raises HftdError where tqdm is not installed.
    """
    try:
        tqdm = import_module("tqdm").tqdm
    except ImportError as error:
        raise HftdError(f"--progress needs tqdm: {to_install('lab')}") from error
    if not out.isatty():
        yield lambda _: None
        return
    with tqdm(total=sum(map(rows, files(paths))), unit=" rows", unit_scale=True, file=out, leave=False) as bar:

        def told(now: int) -> None:
            moment = datetime.fromtimestamp(now // 1_000_000_000, UTC)
            bar.set_description(f"{moment:%Y-%m-%d %H:%M} UTC", refresh=False)
            bar.update(sum(file.rows for file in tape.report.files) - bar.n)

        yield told


def rows(path: Path) -> int:
    """The rows of one file: what Parquet says, or the lines of a text without the first."""
    with path.open("rb") as file:
        if file.read(len(PARQUET)) == PARQUET:
            return int(import_module("pyarrow.parquet").read_metadata(path).num_rows)
        file.seek(0)
        return max(0, sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b"")) - 1)
