"""Settings that are nobody's business by their names: what a model may be given to reach a service of its author's."""

import re
from typing import Any

import msgspec

SECRET = re.compile(r"key|secret|token|password", re.IGNORECASE)


def struck(thing: Any) -> Any:
    """Settings as plain data, with ``***`` in the place of what its name calls a secret, however deep."""
    match thing:
        case dict():
            return {name: "***" if SECRET.search(str(name)) else struck(value) for name, value in thing.items()}
        case list() | tuple():
            return [struck(value) for value in thing]
        case _:
            return thing


def struck_json(options: str) -> str:
    """The same of options as a ``Version`` has them: JSON, whose keys stay in their order."""
    if not SECRET.search(options):
        return options
    return msgspec.json.encode(struck(msgspec.json.decode(options))).decode()
