"""What an object holds, whether it keeps it in slots or in a dictionary."""

from typing import Any


def owned(thing: object) -> dict[str, Any]:
    """Its fields by name."""
    names = [name for each in type(thing).__mro__ for name in getattr(each, "__slots__", ())]
    return {name: getattr(thing, name) for name in names if name != "__weakref__"} | getattr(thing, "__dict__", {})
