"""Hold a journal against the venue's books: the claim, item by item."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from msgspec import Struct

from crashproof.belief import Belief, believe
from hftd.core.orders import TERMINAL, Working
from hftd.errors import HftdError

CLOSE = Decimal("0.001")
"""Dollars an order's cost may be off: the venue tells averages to six digits, and assumed fills are made from them."""

ITEMS = ("duplicates", "orphans", "lost orders", "lost fills", "positions", "ownerless", "broken")

ABOUT = {
    "duplicates": "ids used twice, orders sent twice, orders no print asked for",
    "orphans": "orders at the venue the journal does not know",
    "lost orders": "orders whose end the daemon does not know, or believes another",
    "lost fills": "orders whose fills, in shares or dollars, are not those of the venue",
    "positions": "symbols where the daemon holds what the venue does not, or is frozen",
    "ownerless": "orders still open at the venue with nobody to look after them",
    "broken": "journals that do not read, lives that ended by themselves, rest not come to",
}


class Finding(Struct, frozen=True):
    """One thing that is wrong."""

    item: str
    text: str


def audit(config: Path, state: Path, books: Mapping[str, Any]) -> tuple[list[Finding], Belief | None]:
    """Everything that is wrong, and what the daemon would believe if it started now."""
    folders = sorted((state / "journal").iterdir())
    if len(folders) != 1:
        return [Finding("broken", f"journals of {len(folders)} days, expected 1: {[f.name for f in folders]}")], None
    try:
        belief = believe(config, folders[0])
    except HftdError as error:
        return [Finding("broken", str(error))], None
    orders = books["orders"]
    findings = _names(belief, orders) + [Finding("duplicates", f"no print asked for {name}") for name in belief.unasked]
    for theirs in orders:
        working = belief.orders.get(theirs["client_order_id"])
        if working is not None:
            findings += _order(working, theirs)
    findings += positions(books, {symbol: shares for symbol, shares in belief.positions.items() if shares})
    findings += [
        Finding("ownerless", f"{each['client_order_id']} is {each['status']}")
        for each in orders
        if each["status"] not in TERMINAL
    ]
    return findings, belief


def positions(books: Mapping[str, Any], ours: Mapping[str, Decimal]) -> list[Finding]:
    """Symbols in which the venue holds other shares than ``ours``."""
    theirs = {symbol: Decimal(held["qty"]) for symbol, held in books["positions"].items() if Decimal(held["qty"])}
    return [
        Finding("positions", f"{symbol}: the venue {theirs.get(symbol, 0)}, the daemon {ours.get(symbol, 0)}")
        for symbol in sorted(theirs.keys() | ours.keys())
        if theirs.get(symbol, 0) != ours.get(symbol, 0)
    ]


def _names(belief: Belief, orders: list[dict[str, Any]]) -> list[Finding]:
    """Ids here and there."""
    at_venue = Counter(each["client_order_id"] for each in orders)
    found = [Finding("duplicates", f"{name} was decided {n} times") for name, n in belief.names.items() if n > 1]
    found += [Finding("duplicates", f"{name} is {n} orders at the venue") for name, n in at_venue.items() if n > 1]
    found += [Finding("orphans", f"{name} is not in the journal") for name in at_venue.keys() - belief.names.keys()]
    for name in belief.names.keys() - at_venue.keys():
        working = belief.orders.get(name)
        if working is None or working.status != "rejected":
            status = working.status if working is not None else "forgotten"
            found.append(Finding("lost orders", f"{name} is {status}, and the venue never had it"))
    return found


def _order(working: Working, theirs: Mapping[str, Any]) -> list[Finding]:
    """One order, here and there."""
    name, found = working.order.id, []
    made = [(Decimal(each["qty"]), Decimal(each["price"])) for each in theirs["executions"]]
    shares, cost = sum((qty for qty, _ in made), Decimal(0)), sum((qty * price for qty, price in made), Decimal(0))
    if working.filled != shares or abs(working.cost - cost) > CLOSE:
        found.append(
            Finding(
                "lost fills", f"{name}: the venue {shares} for {cost}, the daemon {working.filled} for {working.cost}"
            )
        )
    if theirs["status"] in TERMINAL and working.status != theirs["status"]:
        found.append(Finding("lost orders", f"{name} is {theirs['status']}, the daemon says {working.status}"))
    return found
