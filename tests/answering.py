"""A daemon as its control socket shows it, for tests of the commands that ask one."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hftd.runtime.loop import Loop
from hftd.runtime.people.control import Control, Question
from hftd.runtime.people.rights import Caller, Rights


@contextmanager
def answering(folder: Path, answer: Any) -> Iterator[list[Question]]:
    """A control socket in ``folder`` that always gives ``answer``, with a loop in a thread behind it; what it hears."""
    asked: list[Question] = []
    loop = Loop()

    def reply(question: Question, _: Caller) -> Any:
        asked.append(question)
        return answer

    control = Control(loop, folder, Rights(os.geteuid()), reply)
    over = threading.Event()

    def turn() -> None:
        while not over.is_set():
            loop.turn(0.01)

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        yield asked
    finally:
        over.set()
        thread.join()
        control.close()
        loop.close()
