"""Python's garbage, swept in quiet moments: a collection in the middle of a tick would take longer than its order."""

import gc

from hftd.runtime.loop import Loop

EVERY = 1.0  # seconds between two looks at what is young
OFTEN = 60  # looks between two sweeps of everything


class Sweeping:
    """Takes the collector over from the interpreter; what there is as it begins lives as long as the process."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._looks = 0
        gc.collect()
        gc.freeze()
        gc.disable()
        self._look()

    def _look(self) -> None:
        self._looks += 1
        self._loop.spare(self._sweep if self._looks % OFTEN == 0 else self._sweep_young)
        self._loop.after(EVERY, self._look)

    def _sweep(self) -> None:
        gc.collect()

    def _sweep_young(self) -> None:
        gc.collect(1)
