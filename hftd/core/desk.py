"""Where wishes become orders: every intent passes every check, or is refused with the code of the first that minds."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from hftd.core.effects import Aim, Cancel, CancelLater, Effect, KillSwitch, Refuse, Replace, Shadow, Submit, WakeAt
from hftd.core.events import Side
from hftd.core.intents import Alarm, Amend, Intent, Target, Wish, Withdraw, flaw
from hftd.core.orders import Order, Working, order_id, signed
from hftd.core.risk.chain import OF_THE_ORDER, SHIPPED, Chain
from hftd.core.risk.check import Check, Tripwire
from hftd.core.risk.glance import ALL, NOTHING
from hftd.core.risk.rejects import Patience
from hftd.core.seat import FLATTEN, NOBODY, Seat
from hftd.core.state import State

ALARMS = 1_000  # timers a model may have pending


class Desk:
    """Turns one model's wish into effects, appended to ``out``."""

    def __init__(self, state: State, checks: Sequence[tuple[str, Check]], out: list[Effect]) -> None:
        self.state = state
        self.out = out
        self.hold_to(checks)

    def hold_to(self, checks: Sequence[tuple[str, Check]]) -> None:
        """Ask these checks from now on."""
        self.checks = tuple((code, _called(check)) for code, check in checks)
        # By how much is sure: all, those of the account and of plugins, those of plugins.
        passed = ((), OF_THE_ORDER, SHIPPED)
        self._left = tuple(tuple(check for code, check in self.checks if code not in sure) for sure in passed)
        sure = checks.sure if isinstance(checks, Chain) else None
        self._sure = sure or _never
        self.enough = sure if not self._left[ALL] else None
        """The look, where nothing else is to be asked about what it is wholly sure of; else None."""
        self._tripwires = {code: check for code, check in checks if isinstance(check, Tripwire)}

    def take(self, seat: Seat, wish: Wish) -> None:
        """Act on one wish. Raises TypeError where it is no wish, ValueError where the model asks for too much."""
        wrong = flaw(wish)
        if wrong:
            raise TypeError(wrong)
        match wish:
            case Intent():
                self._intend(seat, wish)
            case Target():
                intent = self._towards(seat.name, wish)
                if intent is not None:
                    self._intend(seat, intent)
            case Withdraw():
                for model, symbol in tuple(self.state.aims):
                    if model == seat.name and wish.symbol in ("", symbol):
                        self._aim(model, symbol, None)
                for working in self.state.blotter.of(seat.name, wish.symbol):
                    if wish.order in ("", working.order.id):
                        self.cancel(working)
            case Amend():
                self._amend(seat, wish)
            case Alarm():
                self._wake(seat, wish)

    def cancel(self, working: Working) -> None:
        """Ask for one order to be withdrawn: once, and as soon as the venue has given it a name."""
        if not working.open or working.cancel_sent:
            return
        if working.venue_id:
            working.cancel_sent = True
            self.out.append(Cancel(working.order.id, working.venue_id))
        elif not working.cancelling:
            self.out.append(CancelLater(working.order.id))
        working.cancelling = True

    def cancel_all(self) -> None:
        """Ask for every open order to be withdrawn."""
        for working in self.state.blotter.of():
            self.cancel(working)

    def flatten(self) -> None:
        """Trade every position away that no open order is working on. The checks do not apply: this ends risk."""
        for symbol, position in self.state.ledger.positions.items():
            if position.shares and symbol not in self.state.frozen and not any(self.state.blotter.of(symbol=symbol)):
                self._give_up(symbol, position.shares, FLATTEN)

    def close_out(self) -> None:
        """While the market is open, trade away what models that retired still hold, if that was to be."""
        state = self.state
        for model in sorted(state.leaving) if state.phase == "open" else ():
            held = [(symbol, each.shares) for symbol, each in state.accounts.of(model).positions.items() if each.shares]
            if not held and not any(state.blotter.of(model)):
                state.leaving.discard(model)
            for symbol, shares in held:
                if symbol not in state.frozen and not any(state.blotter.of(model, symbol)):
                    self._give_up(symbol, shares, model)

    def _give_up(self, symbol: str, held: Decimal, model: str) -> None:
        """Trade ``held`` shares away: at the market, or outside the regular session at the quote and a bit beyond it.

        Where nobody quotes then, nothing goes out yet.
        """
        side: Side = "sell" if held > 0 else "buy"
        limit = self.state.book.watch(symbol).beyond(side) if self.state.extended else None
        if limit is not None or not self.state.extended:
            self._send(Intent(symbol, side, abs(held), limit), model)

    def _towards(self, model: str, wish: Target) -> Intent | None:
        missing = wish.shares - self.state.accounts.shares(model, wish.symbol)
        for working in self.state.blotter.of(model, wish.symbol):
            missing -= signed(working.order.side, working.left)
        self._aim(model, wish.symbol, None)
        if not missing:
            return None
        side: Side = "buy" if missing > 0 else "sell"
        held = self.state.ledger.shares(wish.symbol)
        if held * missing < 0 and abs(missing) > abs(held):
            # No venue lets one order close a position and open the other side of it: first flat, then the rest.
            self._aim(model, wish.symbol, wish.shares)
            return Intent(wish.symbol, side, abs(held))
        return Intent(wish.symbol, side, abs(missing))

    def pursue(self, seats: Mapping[str, Seat]) -> None:
        """Go on towards targets whose first order has ended: flat, or where it failed, no further."""
        state = self.state
        for (model, symbol), shares in tuple(state.aims.items()):
            seat = seats.get(model)
            if any(state.blotter.of(model, symbol)):
                continue
            self._aim(model, symbol, None)
            if seat is not None and seat.plays and state.ledger.shares(symbol) * shares >= 0:
                self.take(seat, Target(symbol, shares))

    def _aim(self, model: str, symbol: str, shares: Decimal | None) -> None:
        if self.state.aims.get((model, symbol)) != shares:
            self.state.aim(model, symbol, shares)
            self.out.append(Aim(model, symbol, shares))

    def _intend(self, seat: Seat, intent: Intent) -> None:
        seat.wished(intent.side)
        if seat.standing != "active":
            self.out.append(Shadow(seat.name, intent, self.state.now))
            return
        self.state.wished(intent.side)
        if self._pass(seat, intent, intent):
            seat.counts["orders"] += 1
            self._send(intent, seat.name)

    def _amend(self, seat: Seat, wish: Amend) -> None:
        working = self.state.blotter.open.get(wish.order)
        if working is None or working.order.model != seat.name or working.order.limit is None or not working.venue_id:
            self._refuse(seat, wish, "amend", f"order {wish.order or '?'} is no working limit order of {seat.name}")
            return
        if working.cancelling:
            self._refuse(seat, wish, "amend", f"order {wish.order} is being withdrawn")
            return
        old = working.order
        shares = wish.shares if wish.shares is not None else old.shares
        limit = wish.limit if wish.limit is not None else old.limit
        intent = Intent(old.symbol, old.side, shares, limit, old.tif)
        if self._pass(seat, intent, wish):
            seat.counts["orders"] += 1
            # The venue lets the new order live as long as the old one.
            self.out.append(Replace(self._order(intent, seat.name, working.venue_id, extended=old.extended)))

    def _wake(self, seat: Seat, wish: Alarm) -> None:
        if len(seat.alarms) >= ALARMS:
            raise ValueError(f"{ALARMS} timers are pending, no model may have more")
        seat.alarms.add((wish.at, wish.key))
        self.out.append(WakeAt(f"{seat.name}:{wish.key}", wish.at))

    def _pass(self, seat: Seat, intent: Intent, wish: Intent | Amend) -> bool:
        state = self.state
        state.ask(seat.name, intent)
        check, reason = None, None
        try:
            for check in self._left[self._sure(intent, state)]:
                reason = check(intent, state)
                if reason is not None:
                    break
        except Exception as error:  # whatever a check raises, the answer is no
            reason = _failure(error)
        state.ask("", None)
        if reason is None:
            return True
        code = next(code for code, each in self.checks if each is check)
        self._refuse(seat, wish, code, str(reason))
        if code in self._tripwires:
            self._stop(str(reason))
        return False

    def mark(self, *, trip: bool) -> None:
        """Note what the day stands at; with ``trip``, throw the kill switch where a tripwire is broken."""
        self.state.ask(NOBODY, None)
        self.state.mark()
        for tripwire in self._tripwires.values() if trip else ():
            try:
                reason = tripwire.broken(self.state)
            except Exception as error:  # a limit that cannot be told is one that is broken
                reason = _failure(error)
            if reason is not None:
                self._stop(str(reason))
        self.state.ask("", None)

    def _stop(self, reason: str) -> None:
        if not self.state.halted:
            self.state.halted = reason
            self.out.append(KillSwitch(reason))
            self.cancel_all()

    def _refuse(self, seat: Seat, wish: Intent | Amend, code: str, reason: str) -> None:
        self.state.refuse(code)
        seat.counts["refused"] += 1
        self.out.append(Refuse(seat.name, wish, code, reason, self.state.now))

    def _send(self, intent: Intent, model: str) -> None:
        self.out.append(Submit(self._order(intent, model, extended=self.state.extended)))

    def _order(self, intent: Intent, model: str, replaces: str = "", *, extended: bool) -> Order:
        state = self.state
        order = Order(
            order_id(state.day, state.run, state.counts["orders"] + 1),
            model, intent.symbol, intent.side, intent.shares, intent.limit, intent.tif, state.now, replaces,
            extended,
        )  # fmt: skip
        state.send(order)
        return order


def _called(check: Check) -> Check:
    # Python calls an object's method in half the time it takes to call the object.
    return check.__call__ if isinstance(check, Tripwire | Patience) else check


def _never(intent: Intent, state: State) -> int:
    return NOTHING


def _failure(error: Exception) -> str:
    return f"the check itself failed: {type(error).__name__}: {error}"
