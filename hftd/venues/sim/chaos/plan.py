"""Which scenarios there are, and how a choice of them is written: ``lost-reply,doubled-updates=0.2``."""

from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import Meta
from msgspec.structs import fields

from hftd.errors import HftdError
from hftd.venues.sim.chaos import feeds, market, requests, updates, world
from hftd.venues.sim.chaos.scenario import Scenario

SCENARIOS: tuple[type[Scenario], ...] = (
    requests.LostReply,
    requests.GatewayTimeout,
    requests.BadGateway,
    requests.ServerError,
    requests.SlowReply,
    requests.EmptyReply,
    requests.GarbledReply,
    requests.RateLimit,
    requests.RateLimitReads,
    updates.LostUpdates,
    updates.DoubledUpdates,
    updates.LateUpdates,
    updates.ReorderedUpdates,
    updates.CutUpdates,
    feeds.MuteFeed,
    feeds.CutFeed,
    feeds.HalfOpen,
    feeds.SlowConsumer,
    feeds.Crowded,
    feeds.LockedOut,
    feeds.SymbolLimit,
    feeds.NonsenseFrames,
    market.Halt,
    market.Bust,
    market.LatePrints,
    world.HalfDay,
    world.ClockSkew,
    world.Restart,
    world.Stranger,
)

ALL_ORDERS = "all-orders"
MODERATE: tuple[Scenario, ...] = (
    requests.LostReply(0.04),
    requests.GatewayTimeout(0.04),
    requests.BadGateway(0.02),
    requests.ServerError(0.04),
    requests.SlowReply(0.02),
    requests.EmptyReply(0.03),
    requests.GarbledReply(0.03),
    requests.RateLimit(0.005),
    requests.RateLimitReads(0.005),
    updates.LostUpdates(0.05),
    updates.DoubledUpdates(0.05),
    updates.LateUpdates(0.05),
    updates.ReorderedUpdates(0.05),
    updates.CutUpdates(0.01),
)
"""Every scenario of the order path, at rates that leave most orders alone."""


def plan(text: str) -> tuple[Scenario, ...]:
    """The scenarios named in ``text``, each once, the last word on it counts. Raises ``HftdError``."""
    found: dict[type[Scenario], Scenario] = {}
    for item in text.split(","):
        word, equals, figure = item.strip().partition("=")
        if word == ALL_ORDERS and not equals:
            found |= {type(each): each for each in MODERATE}
        else:
            kind = _named(word)
            found[kind] = _set(kind, figure) if equals else kind()
    return tuple(found.values())


def catalogue() -> str:
    """Every scenario with its usual intensity and what that counts, and on the next line what happens."""
    shown = [f"{each.word()}={each.usual():g} ({_unit(each)})\n    {each.about()}" for each in SCENARIOS]
    return "\n".join([*shown, f"{ALL_ORDERS}\n    Every scenario of the order path, each at a moderate rate."])


def _named(word: str) -> type[Scenario]:
    for each in SCENARIOS:
        if each.word() == word:
            return each
    raise HftdError(f"found scenario {word!r}, expected one that `hftd sim --chaos list` shows")


def _set(kind: type[Scenario], figure: str) -> Scenario:
    first = fields(kind)[0].name
    try:
        return msgspec.convert({first: float(figure)}, kind)
    except ValueError:
        usual = f"{kind.word()}={kind.usual():g}"
        raise HftdError(f"{kind.word()}: found {figure!r}, expected {_unit(kind)}, such as {usual}") from None


def _unit(kind: type[Scenario]) -> str:
    """What the intensity of a scenario counts."""
    hint: Any = get_type_hints(kind, include_extras=True)[fields(kind)[0].name]
    return next(each.description or "" for each in get_args(hint) if isinstance(each, Meta))
