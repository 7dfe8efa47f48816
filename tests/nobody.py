"""Tests of what is closed to a user: root, who may do everything, puts that right aside for a while."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

NOBODY = 65534  # Debian's user nobody


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's right to read and write everything; whoever is not root stays who they are."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
