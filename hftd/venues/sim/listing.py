"""``GET /v2/orders``: which orders, in which order (trading API, section 2)."""

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
    found = list(sheets)
    places = {each["id"]: place for place, each in enumerate(sheets)}
    if before := query.get("before_order_id"):
        found = found[: _place(places, before)]
    if after := query.get("after_order_id"):
        found = found[_place(places, after) + 1 :]
    if since := query.get("after"):
        found = [each for each in found if nanoseconds(each["submitted_at"]) > _moment("after", since)]
    if until := query.get("until"):
        found = [each for each in found if nanoseconds(each["submitted_at"]) < _moment("until", until)]
    return found


def _place(places: Mapping[str, int], order: str) -> int:
    if order not in places:
        raise malformed(f"order not found for {order}")
    return places[order]


def _moment(key: str, text: str) -> int:
    try:
        return nanoseconds(text)
    except ValueError:
        raise malformed(f"invalid {key}") from None
