"""Conditions as one word of a file, and back."""


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
