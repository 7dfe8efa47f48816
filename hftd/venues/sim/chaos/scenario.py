"""What a scenario is, and the luck that decides when it happens: the same seed and questions, the same answers."""

import re
from collections.abc import Iterable
from inspect import cleandoc
from random import Random
from typing import Annotated, TypeVar

from msgspec import Meta, Struct
from msgspec.structs import fields

Seconds = Annotated[float, Meta(ge=0)]
Every = Annotated[float, Meta(ge=0, le=1e9, description="seconds from one to the next, about")]
EveryOnTape = Annotated[float, Meta(ge=0, le=1e9, description="seconds of the venue's clock to the next, about")]


class Scenario(Struct, frozen=True):
    """Something a venue does wrong. The first field is its intensity, the one figure a command line may set."""

    @classmethod
    def word(cls) -> str:
        """Its name: the class's, in small letters with hyphens."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def about(cls) -> str:
        """What happens, on one line."""
        return " ".join(cleandoc(cls.__doc__ or "").split())

    @classmethod
    def usual(cls) -> float:
        """The intensity nobody asked for another of."""
        figure: float = fields(cls)[0].default
        return figure


Kind = TypeVar("Kind", bound=Scenario)


def chosen(plan: Iterable[Scenario], kind: type[Kind]) -> tuple[Kind, ...]:
    """The scenarios of ``plan`` that are of one kind."""
    return tuple(each for each in plan if isinstance(each, kind))


class Luck:
    """One scenario's own draws, which no other scenario's disturb."""

    def __init__(self, seed: int, scenario: Scenario) -> None:
        self._random = Random(f"{seed}-{scenario.word()}")  # noqa: S311 (nothing here is secret)

    def hit(self, share: float) -> bool:
        """True in ``share`` of the cases."""
        return self._random.random() < share

    def between(self, least: float, most: float) -> float:
        """A figure between two others."""
        return self._random.uniform(least, most)

    def below(self, count: int) -> int:
        """A whole number from 0 up to, not including, ``count``."""
        return self._random.randrange(count)


def troubles(plan: Iterable[Scenario], kind: type[Kind], seed: int) -> tuple[tuple[Kind, Luck], ...]:
    """The scenarios of ``plan`` that are of one kind, each with its own luck."""
    return tuple((each, Luck(seed, each)) for each in chosen(plan, kind))
