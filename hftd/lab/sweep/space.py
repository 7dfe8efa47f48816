"""The space a sweep searches: options of one model, each with the values it may take."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from math import prod
from typing import Any

from msgspec import Struct

from hftd.config.expected import found
from hftd.errors import ConfigError
from hftd.lab.sweep.needed import needed
from hftd.lab.sweep.values import read, read_list

Value = int | float | str | bool
Values = Mapping[str, Value]
"""A point of the space: a value for each of its options."""

Settle = Callable[[str, Any], Any]
"""An option's value as the model's Options take it, of its name and what was written. Raises ConfigError."""

DOTS = ".."
EXPECTED = "expected KEY=LOW..HIGH, KEY=LOW..HIGH:STEP or KEY=a,b,c"


class Choice(Struct, frozen=True):
    """An option that takes one of some values."""

    key: str
    values: tuple[Value, ...]

    def distribution(self) -> Any:
        """The same for Optuna."""
        return needed("optuna.distributions").CategoricalDistribution(self.values)

    def settled(self, value: Value) -> Value:
        """What Optuna drew, as it is meant."""
        return value


class Range(Struct, frozen=True):
    """An option that takes numbers from ``low`` to ``high``, both included; every ``step``, or any (None)."""

    key: str
    low: Decimal
    high: Decimal
    step: Decimal | None
    whole: bool

    @property
    def values(self) -> tuple[Value, ...]:
        """Each of them. Raises ConfigError where there is no step."""
        if self.step is None:
            raise ConfigError(f"--space {self.key}: any number from {self.low} to {self.high}, a grid needs :STEP")
        return tuple(self._number(place) for place in range(int((self.high - self.low) // self.step) + 1))

    def distribution(self) -> Any:
        """The same for Optuna."""
        kinds = needed("optuna.distributions")
        if self.step is None:
            return kinds.FloatDistribution(float(self.low), float(self.high))
        last = self.values[-1]
        if self.whole:
            return kinds.IntDistribution(int(self.low), last, step=int(self.step))
        return kinds.FloatDistribution(float(self.low), last, step=float(self.step))

    def settled(self, value: Value) -> Value:
        """What Optuna drew, as it is meant: 0.3 and not 0.30000000000000004."""
        if self.step is None or self.whole:
            return value
        return self._number(round((Decimal(str(value)) - self.low) / self.step))

    def _number(self, place: int) -> int | float:
        number = self.low + place * (self.step or 0)
        return int(number) if self.whole else float(number)


class Space(Struct, frozen=True):
    """Every option that is searched, in the order they were given."""

    axes: tuple[Choice | Range, ...]

    @property
    def size(self) -> int:
        """How many points it has. Raises ConfigError where an option takes any number."""
        return prod(len(axis.values) for axis in self.axes)

    def point(self, number: int) -> Values:
        """The point of that number, counted from 0 with the last option changing fastest. Raises as ``size``."""
        found: dict[str, Value] = {}
        for axis in reversed(self.axes):
            number, place = divmod(number, len(axis.values))
            found[axis.key] = axis.values[place]
        return {axis.key: found[axis.key] for axis in self.axes}


def space(texts: Sequence[str], settle: Settle) -> Space:
    """The space that ``texts`` (``KEY=LOW..HIGH[:STEP]`` or ``KEY=a,b,c``) describe. Raises ConfigError."""
    axes: list[Choice | Range] = []
    for text in texts:
        key, equals, written = text.partition("=")
        if not equals or not key or not written:
            raise ConfigError(f"--space {text}: {EXPECTED}")
        if key in {axis.key for axis in axes}:
            raise ConfigError(f"--space {text}: {key} was given already")
        axes.append(_range(key, written, settle) if DOTS in written and '"' not in written else
                    _choice(key, read_list(written), settle))  # fmt: skip
    return Space(tuple(axes))


def written(values: Values) -> str:
    """A point as it is written on a command line."""
    return " ".join(f"{key}={found(value) if isinstance(value, bool) else value}" for key, value in values.items())


def _choice(key: str, values: Iterable[Any], settle: Settle) -> Choice:
    taken: list[Value] = []
    for value in values:
        settled = settle(key, value)
        if not isinstance(settled, bool | int | float | str | Decimal):
            raise ConfigError(f"--space {key}: expected single values, found {found(value)}")
        settled = float(settled) if isinstance(settled, Decimal) else settled
        if settled in taken:
            raise ConfigError(f"--space {key}: {found(value)} was given already")
        taken.append(settled)
    return Choice(key, tuple(taken))


def _range(key: str, written: str, settle: Settle) -> Range:
    bounds, colon, each = written.partition(":")
    numbers = [read(part) for part in (*bounds.split(DOTS), *([each] if colon else []))]
    if len(numbers) != 2 + bool(colon) or not all(_number(number) for number in numbers):
        raise ConfigError(f"--space {key}={written}: {EXPECTED}")
    low, high, *steps = (Decimal(number) for number in numbers)
    whole = all(type(settle(key, number)) is int for number in numbers[:2])
    if not low < high:
        raise ConfigError(f"--space {key}={written}: expected LOW below HIGH")
    step = steps[0] if steps else Decimal(1) if whole else None
    if step is not None and (step <= 0 or (whole and step % 1)):
        raise ConfigError(f"--space {key}={written}: expected a {'whole ' if whole else ''}STEP above 0")
    return Range(key, low, high, step, whole)


def _number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and Decimal(value).is_finite()
