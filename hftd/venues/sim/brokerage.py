"""The broker's desk of the simulated venue: the exchange, its order objects, and everybody who follows them."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import msgspec

from hftd.core.events import Event, Fill, OrderUpdate, Quote, Trade
from hftd.core.matching import Exchange, plain
from hftd.core.matching.rejection import missing
from hftd.core.matching.ticket import VENUE, venue_id
from hftd.core.matching.tickets import REMEMBERED
from hftd.core.orders import TERMINAL, signed
from hftd.venues.sim.sheets import Sheet, asset_id, book, event_name, sheet, stand
from hftd.venues.sim.tickets import Ask, amended, ask
from hftd.venues.sim.times import rfc3339


class Brokerage:
    """Order objects follow the exchange's events one by one, so each message shows the order as of its event.

    ``publish`` gets the data of every ``trade_updates`` message. The exchange is closed until ``open``.
    """

    def __init__(self, exchange: Exchange, publish: Callable[[Mapping[str, Any]], None]) -> None:
        self.exchange = exchange
        self.exchange.open = False
        self.symbols: dict[str, str] = {}
        self._publish = publish
        self._sheets: dict[str, Sheet] = {}
        self._done: deque[str] = deque()
        self._made: dict[str, tuple[Decimal, Decimal]] = {}
        self._executions: dict[str, list[Fill]] = {}
        self._positions: dict[str, Decimal] = {}
        self._steps = 0

    # ---- the tape and the session ------------------------------------------------------------------------------

    def feed(self, event: Event) -> None:
        """Show the exchange one market-data event."""
        if isinstance(event, Trade):
            reports = self.exchange.trade(event)
        elif isinstance(event, Quote):
            reports = self.exchange.quote(event)
        else:
            return
        if reports:
            self._follow(reports)

    def open(self, now: int) -> None:
        """The regular session begins."""
        self._follow(self.exchange.begin(now))

    def close(self, now: int, extended: bool) -> None:
        """The regular session ends, and with ``extended`` the day."""
        self._follow(self.exchange.expire(now, extended))

    # ---- requests ----------------------------------------------------------------------------------------------

    def submit(self, body: Mapping[str, Any], now: int) -> bytes:
        """Take an order request; the answer's order object, as JSON. Raises ``Rejection``."""
        asked = ask(body, self._fresh_id(), self.symbol(body.get("symbol")), now)
        return self._enter(asked, self.exchange.submit(asked.order, now, asked.notional, asked.extended))

    def replace(self, found: str, body: Mapping[str, Any], now: int) -> bytes:
        """Amend an order; the new order object. Raises ``Rejection``."""
        old = self.exchange.tickets.get(found)
        order = amended(body, old.order, old.left, self._fresh_id(), now)
        events = self.exchange.replace(found, order, now)
        self._sheets[found]["replaced_by"] = venue_id(order.id)
        self._follow(events[:1])
        return self._enter(Ask(order, None, old.extended), events[1:], replaces=found)

    def cancel(self, found: str, now: int) -> None:
        """Withdraw an order. Raises ``Rejection``."""
        self._follow(self.exchange.cancel(found, now))

    def sheet(self, found: str) -> Sheet:
        """One order object. Raises ``Rejection`` where there is none."""
        if found not in self._sheets:
            raise missing(f"order not found for {found}")
        return self._sheets[found]

    def by_client_id(self, client_id: str) -> Sheet:
        """One order object by its client order id. Raises ``Rejection`` where there is none."""
        return self._sheets[self.exchange.tickets.by_client_id(client_id).venue_id]

    def sheets(self) -> list[Sheet]:
        """Every order object, oldest first."""
        return list(self._sheets.values())

    def executions(self, found: str) -> list[Fill]:
        """Every execution of one order, oldest first."""
        return list(self._executions.get(found, ()))

    def open_orders(self) -> list[str]:
        """The venue ids of open orders."""
        return [each.venue_id for each in self.exchange.tickets.open()]

    def symbol(self, named: object) -> str:
        """A symbol given as itself or as an asset id."""
        return self.symbols.get(str(named), str(named or ""))

    def meet(self, symbol: str) -> None:
        """Remember that ``symbol`` exists."""
        self.symbols[asset_id(symbol)] = symbol

    # ---- inside ------------------------------------------------------------------------------------------------

    def _fresh_id(self) -> str:
        self._steps += 1
        return str(uuid5(VENUE, f"unnamed {self._steps}"))

    def _enter(self, asked: Ask, events: Sequence[Event], replaces: str = "") -> bytes:
        """Write the order object, tell it as received, follow what happened at once."""
        order = asked.order
        ticket = self.exchange.tickets.by_client_id(order.id)
        status = "accepted" if ticket.queued else "pending_new"
        made = sheet(order, ticket.venue_id, asked.notional, asked.extended, status)
        made["replaces"] = replaces or None
        self._sheets[ticket.venue_id] = made
        self.meet(order.symbol)
        answer = msgspec.json.encode(made)
        if not replaces:
            self._tell(made, status, order.at, None)
        self._follow(events)
        return answer

    def _follow(self, events: Sequence[Event]) -> None:
        fill: Fill | None = None
        for event in events:
            if isinstance(event, Fill):
                fill = event
            elif isinstance(event, OrderUpdate):
                self._step(event, fill)
                fill = None

    def _step(self, update: OrderUpdate, fill: Fill | None) -> None:
        found = self._sheets[update.venue_id]
        status: str = update.status
        if status == "accepted":
            if self.exchange.tickets.get(update.venue_id).queued:
                return
            status = "new"
        if fill is not None:
            filled, cost = self._made.get(update.venue_id, (Decimal(0), Decimal(0)))
            filled, cost = filled + fill.shares, cost + fill.shares * fill.price
            self._made[update.venue_id] = filled, cost
            self._executions.setdefault(update.venue_id, []).append(fill)
            book(found, filled, cost)
            held = self._positions.get(fill.symbol, Decimal(0)) + signed(fill.side, fill.shares)
            self._positions[fill.symbol] = held
        stand(found, status, update.ts)
        self._tell(found, event_name(update, status), update.ts, fill)
        if update.status in TERMINAL:
            self._forget(update.venue_id)

    def _tell(self, found: Sheet, event: str, ts: int, fill: Fill | None) -> None:
        data: dict[str, Any] = {"event": event, "timestamp": rfc3339(ts), "order": found, "execution_id": None}
        self._steps += 1
        if fill is not None:
            data |= {
                "execution_id": fill.execution,
                "price": plain(fill.price),
                "qty": plain(fill.shares),
                "position_qty": plain(self._positions[fill.symbol]),
            }
        elif event != "pending_new":
            data["execution_id"] = str(uuid5(UUID(found["id"]), event))
        self._publish(data)

    def _forget(self, done: str) -> None:
        self._made.pop(done, None)
        self._done.append(done)
        if len(self._done) > REMEMBERED:
            forgotten = self._done.popleft()
            del self._sheets[forgotten]
            self._executions.pop(forgotten, None)
