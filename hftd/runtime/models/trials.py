"""Trials of plugins, begun by a process that stands by for that: to begin one takes milliseconds, which no tick has."""

import json
import select
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from hftd.errors import HftdError, PluginError
from hftd.runtime.models.trial import LONGEST, try_out

SLACK = 15.0
"""Seconds beyond those of a trial after which the process is stuck."""


class Trials:
    """The process, from here. For one thread, but for ``close``."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Start the process."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hftd.runtime.models.trials"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def try_out(self, settings: Path, file: Path | None = None) -> None:
        """What ``trial.try_out`` does. Raises PluginError as that does, and where the process died."""
        question = json.dumps([str(settings), str(file or "")])
        answer = self._asked(question) or self._asked(question)  # it may have died since the last
        if not answer:
            raise PluginError(f"{file or settings}: could not be tried: the process for that dies")
        error = json.loads(answer)["error"]
        if error:
            raise PluginError(error)

    def _asked(self, question: str) -> bytes:
        """The answer; nothing where the process died or is stuck, and then it is ended."""
        if self._process is None:
            self.open()
        process, answer = self._process, b""
        if process is None or process.stdin is None or process.stdout is None:
            return b""
        with suppress(OSError, ValueError):  # ValueError: it was closed meanwhile
            process.stdin.write(question.encode() + b"\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], LONGEST + SLACK)
            answer = process.stdout.readline() if ready else b""
        if not answer:
            self.close()
        return answer


def main() -> None:
    """Answer each question on standard input, until that ends."""
    for line in sys.stdin:
        settings, file = json.loads(line)
        error = ""
        try:
            try_out(Path(settings), Path(file) if file else None)
        except HftdError as wrong:
            error = str(wrong)
        sys.stdout.write(json.dumps({"error": error}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
