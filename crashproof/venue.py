"""The simulated venue as a process of its own, its chaos, and its books."""

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.request import Request, urlopen

from hftd.errors import Unavailable
from hftd.venues.sim.greeting import port_of

KEYS = {"APCA-API-KEY-ID": "sim", "APCA-API-SECRET-KEY": "sim"}  # it takes any


class Venue:
    """``hftd sim``, alive while the ``with`` block lasts. It plays a made-up day of ``symbols`` in real time."""

    def __init__(self, said: Path, symbols: str, rate: float, chaos: str, seed: int) -> None:
        """``rate``: prints a second of each symbol, averaged over the day; ``chaos``: what `hftd sim --chaos` takes."""
        self._said = said
        self._command = [
            sys.executable, "-m", "hftd", "sim", "--port", "0", "--lead", "0.2", "--rate", f"{rate:g}",
            "--symbols", symbols, "--seed", str(seed), "--cash", "10000000", "--die-with-parent",
        ]  # fmt: skip
        if chaos:
            self._command += ["--chaos", chaos, "--chaos-seed", str(seed)]
        self.port = 0

    def __enter__(self) -> Self:
        with self._said.open("ab") as said:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
            )
        out: IO[str] | None = self._process.stdout
        assert out is not None
        try:
            self.port = port_of(out.readline())
        except Unavailable:
            self._process.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def books(self) -> dict[str, Any]:
        """The venue's whole truth: orders with their executions, positions, cash."""
        page = Request(f"http://127.0.0.1:{self.port}/sim/books", headers=KEYS)
        with urlopen(page, timeout=10) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        return found
