"""What stood when a decision was taken: what the model saw, what the checks saw, and what each of them said."""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from hftd.core.intents import Amend, Intent, Wish
from hftd.core.risk.check import exposure_after, price_of, worth_of
from hftd.core.risk.limits import Limits
from hftd.core.state import SECOND, State
from hftd.core.view import StateView
from hftd.plugin.hookspecs import CheckFactory

LIMIT = re.compile(r"\blimits\.(\w+)")


class Seen(Struct, frozen=True):
    """What the model could see, as of the event it answered."""

    now: int
    phase: str
    last: Any
    quote: Any
    position: str
    account: str
    orders: tuple[str, ...]


class Verdict(Struct, frozen=True):
    """One check's word: passed, refused, or not asked since one before it had refused."""

    code: str
    said: str
    reason: str
    limits: dict[str, str]
    """The limits it holds to, as they stood."""


def seen(state: State, model: str, symbol: str) -> Seen:
    """What ``model`` sees of ``symbol``."""
    view = StateView(state, model)
    return Seen(
        view.now, view.phase, plain(view.last(symbol)), plain(view.quote(symbol)),
        str(view.position(symbol)), str(view.account(symbol)), tuple(order.id for order in view.orders(symbol)),
    )  # fmt: skip


def asked_for(state: State, wish: Wish) -> Intent | None:
    """The intent the checks were asked about; None for wishes they are not asked about."""
    if isinstance(wish, Intent):
        return wish
    if not isinstance(wish, Amend) or (working := state.blotter.find(wish.order)) is None:
        return None
    old = working.order
    shares = old.shares if wish.shares is None else wish.shares
    return Intent(old.symbol, old.side, shares, old.limit if wish.limit is None else wish.limit, old.tif)


def verdicts(
    state: State, model: str, intent: Intent, limits: Limits, checks: Mapping[str, CheckFactory], refused: str
) -> tuple[Verdict, ...]:
    """Ask every check once more, in order; ``refused`` is the code the journal has, empty where the intent passed."""
    found: list[Verdict] = []
    state.ask(model, intent)
    done = False
    for code, factory in checks.items():
        held_to = {name: _shown(getattr(limits, name)) for name in _names(factory)}
        if done:
            found.append(Verdict(code, "not asked", "", held_to))
            continue
        reason = _asked(factory, limits, intent, state)
        done = code == refused or (bool(reason) and bool(refused))
        found.append(Verdict(code, "refused" if reason else "passed", reason, held_to))
    state.ask("", None)
    return tuple(found)


def figures(state: State, model: str, intent: Intent) -> dict[str, str]:
    """The figures the checks go by: shares, dollars and counts, this intent's own among them."""
    state.ask(model, intent)
    sums = state.valuation()
    held, after = exposure_after(intent, state)
    since = state.now - SECOND
    told = {
        "price": price_of(intent, state), "notional": worth_of(intent, state),
        "position": held, "position if all fills": after,
        "gross": sums.gross, "net": f"{sums.lowest} to {sums.highest}", "profit": sums.profit,
        "buying power": state.buying_power, "open orders": len(state.blotter.open),
        "orders in a second": sum(at > since for at in state.pace), "orders in a minute": len(state.pace),
        "orders today": state.counts["orders"], "halted": state.halted or "no", "reconciled": state.reconciled,
        "clock skew ns": state.skew,
    }  # fmt: skip
    state.ask("", None)
    return {name: str(value) for name, value in told.items()}


def plain(thing: object) -> Any:
    """A value as JSON has it, its fields and its kind by their names."""
    if isinstance(thing, Struct):
        fields = {each.name: plain(getattr(thing, each.name)) for each in msgspec.structs.fields(thing)}
        return {"kind": type(thing).__name__, **fields}
    return msgspec.to_builtins(thing)


def _asked(factory: Callable[[Limits], Any], limits: Limits, intent: Intent, state: State) -> str:
    try:
        reason = factory(limits)(intent, state)
    except Exception as error:  # as the engine has it: whatever a check raises, the answer is no
        return f"the check itself failed: {type(error).__name__}: {error}"
    return "" if reason is None else str(reason)


def _shown(limit: object) -> str:
    return " ".join(limit) if isinstance(limit, tuple) else str(limit)


def _names(factory: Callable[[Limits], Any]) -> list[str]:
    """Limits a check's source names, in its order."""
    try:
        source = inspect.getsource(factory)
    except (OSError, TypeError):
        return []
    return [name for name in dict.fromkeys(LIMIT.findall(source)) if name in Limits.__struct_fields__]
