"""What ``hftd doctor`` found in one place, and what to do about it."""

from typing import Literal

from msgspec import Struct

Verdict = Literal["ok", "warn", "bad"]


class Finding(Struct, frozen=True):
    """One line of the report. ``warn`` trades, but not as well as it could; ``bad`` does not trade."""

    verdict: Verdict
    about: str
    found: str
    advice: str = ""


def ok(about: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding("ok", about, found)


def warn(about: str, found: str, advice: str) -> Finding:
    """It works; ``advice`` makes it work better."""
    return Finding("warn", about, found, advice)


def bad(about: str, found: str, advice: str) -> Finding:
    """It does not work before ``advice`` is followed."""
    return Finding("bad", about, found, advice)
