"""Values of a model's options, as they are written on a command line."""

from decimal import Decimal
from typing import Any

import tomli


def read(text: str) -> Any:
    """A value as in TOML, fractions kept as they are written, or the bare word."""
    try:
        return tomli.loads(f"value = {text}", parse_float=Decimal)["value"]
    except tomli.TOMLDecodeError:
        return text


def read_list(text: str) -> list[Any]:
    """The values between the commas of ``text``."""
    try:
        found = tomli.loads(f"value = [{text}]", parse_float=Decimal)["value"]
    except tomli.TOMLDecodeError:
        return [read(part.strip()) for part in text.split(",")]
    return list(found)
