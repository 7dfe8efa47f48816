"""``GET /v2/orders``: which orders, in which order (trading API, section 2)."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from hftd.core.matching.rejection import malformed
from hftd.core.orders import TERMINAL
from hftd.venues.sim.sheets import Sheet
from hftd.venues.sim.times import nanoseconds

USUAL, MOST = 50, 500


def listing(sheets: Sequence[Sheet], query: Mapping[str, str]) -> list[Sheet]:
    """The orders ``query`` asks for, of ``sheets`` in the order they were submitted. Raises ``Rejection``."""
    status = query.get("status", "open")
    if status not in ("open", "closed", "all"):
        raise malformed("invalid status")
    limit = query.get("limit", str(USUAL))
    if not limit.isdigit() or not 1 <= int(limit) <= MOST:
        raise malformed(f"invalid limit: must be between 1 and {MOST}")
    found = _between(sheets, query)
    if status != "all":
        found = [each for each in found if (each["status"] in TERMINAL) == (status == "closed")]
    if symbols := query.get("symbols"):
        wanted = set(symbols.split(","))
        found = [each for each in found if each["symbol"] in wanted]
    for key in ("side", "asset_class"):
        if query.get(key):
            found = [each for each in found if each[key] == query[key]]
    if query.get("direction", "desc") == "desc":
        found = found[::-1]
    return found[: int(limit)]


def _between(sheets: Sequence[Sheet], query: Mapping[str, str]) -> list[Sheet]:
    """The stretch of submissions asked for by time or by neighbouring order, ends excluded."""
    first, last = 0, len(sheets)
    if since := query.get("after"):
        first = bisect_right(sheets, _moment("after", since), key=_submitted)
    if until := query.get("until"):
        last = bisect_left(sheets, _moment("until", until), key=_submitted)
    if after := query.get("after_order_id"):
        first = max(first, _place(sheets, after) + 1)
    if before := query.get("before_order_id"):
        last = min(last, _place(sheets, before))
    return list(sheets[first:last])


def _submitted(sheet: Sheet) -> int:
    return nanoseconds(sheet["submitted_at"])


def _place(sheets: Sequence[Sheet], order: str) -> int:
    found = next((place for place, each in enumerate(sheets) if each["id"] == order), None)
    if found is None:
        raise malformed(f"order not found for {order}")
    return found


def _moment(key: str, text: str) -> int:
    try:
        return nanoseconds(text)
    except ValueError:
        raise malformed(f"invalid {key}") from None
