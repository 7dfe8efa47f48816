"""Where a test finds its stages, and a failed one its stories."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hftd.plugin.model import Model
from hftd.testing.cues import Script
from hftd.testing.given import PLAIN, Given
from hftd.testing.stage import Stage

LONGEST = 60
"""Lines of a story that are shown: its last ones."""


class Theatre:
    """What the fixture ``stage`` is: called like ``play``, it remembers every stage of one test."""

    def __init__(self) -> None:
        self.stages: list[Stage] = []

    def __call__(
        self, model: type[Model] | str | Path, /, *script: Script, given: Given = PLAIN, **options: Any
    ) -> Stage:
        """As ``hftd.testing.play``."""
        __tracebackhide__ = True
        stage = Stage(model, given, options)
        self.stages.append(stage)
        return stage.tell(*script)

    def stories(self) -> Iterator[tuple[str, str]]:
        """The title and the last lines of what happened on each stage."""
        for stage in self.stages:
            lines = list(stage.story())
            left = max(0, len(lines) - LONGEST)
            more = [f"({left} lines before)"] if left else []
            yield f"what happened to {stage.name} (UTC)", "\n".join([*more, *lines[left:]])
