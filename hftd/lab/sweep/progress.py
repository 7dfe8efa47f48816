"""How far a sweep is, on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from hftd.lab.sweep.job import Result
from hftd.lab.sweep.needed import needed
from hftd.lab.sweep.search import Told


@contextmanager
def progress(trials: int, out: TextIO) -> Iterator[Told]:
    """A bar on ``out`` for ``trials`` of them, with the best value so far; nothing where ``out`` is no terminal."""
    if not out.isatty():
        yield lambda _number, _result: None
        return
    best = float("-inf")
    with needed("tqdm").tqdm(total=trials, unit=" trials", file=out, leave=False) as bar:

        def told(_number: int, result: Result) -> None:
            nonlocal best
            if result.value is not None and result.value > best:
                best = result.value
                bar.set_description(f"best {best:,.2f}", refresh=False)
            bar.update()

        yield told
