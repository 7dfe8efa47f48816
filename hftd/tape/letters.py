"""Conditions, and the minutes of a gap, as one word of a file; and back."""

import msgspec

from hftd.core.events import Bar


def joined(conditions: tuple[str, ...]) -> str:
    """Letters side by side, such as ``@F``; where one is longer than a letter, each with a comma behind it.

    No venue has a comma among its conditions.
    """
    if all(len(condition) == 1 for condition in conditions):
        return "".join(conditions)
    return "".join(f"{condition}," for condition in conditions)


def parted(word: str) -> tuple[str, ...]:
    """The conditions ``joined`` made a word of."""
    return tuple(word.split(",")[:-1]) if word.endswith(",") else tuple(word)


def written(bars: tuple[Bar, ...]) -> str:
    """The minutes of a gap as JSON; empty where there are none."""
    return msgspec.json.encode(bars).decode() if bars else ""


def minutes(word: str) -> tuple[Bar, ...]:
    """The bars ``written`` made a word of; none where it is no such word."""
    try:
        return msgspec.json.decode(word, type=tuple[Bar, ...]) if word else ()
    except msgspec.DecodeError:
        return ()
