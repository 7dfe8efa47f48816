"""The one place where anything happens: ``step`` takes an event, changes the state, returns what must follow.

It does no I/O and reads no clock, so the same events always give the same effects: live trading and replay are
this object, fed from different places.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from hftd.core import skew
from hftd.core.backstage import Backstage, Empty
from hftd.core.casting import Casting, account_of
from hftd.core.desk import Desk
from hftd.core.effects import Alert, Connect, Disconnect, Effect, KillSwitch, Reconcile, Resolve, Stance, Stop, WakeAt
from hftd.core.events import (
    Band,
    Bar,
    Bust,
    Carry,
    ClockSkew,
    Command,
    Correction,
    Declined,
    Enter,
    Event,
    FeedDown,
    FeedUp,
    Fill,
    Gap,
    Leave,
    LookedUp,
    Measured,
    OrderUpdate,
    Quote,
    Restarted,
    Rules,
    SessionPhase,
    Shutdown,
    Snapshot,
    Status,
    Timer,
    Trade,
)  # fmt: skip
from hftd.core.intents import WISHES, Alarm, Wish, several
from hftd.core.orders import Working
from hftd.core.rejections import Rejections
from hftd.core.risk.check import Check
from hftd.core.roster import Roster
from hftd.core.seat import FLATTEN, Handler, Seat
from hftd.core.settling import Settling
from hftd.core.state import State
from hftd.core.stretch import LISTENING, Unheeded, count
from hftd.core.swift import swift


class Engine:
    """Models, checks and state; one method."""

    def __init__(
        self, state: State, seats: Sequence[Seat], checks: Sequence[tuple[str, Check]], *,
        flatten: bool, backstage: Backstage | None = None,
    ) -> None:  # fmt: skip
        """Seat the models. ``flatten``: trade positions away before the close; ``backstage``: who waits to enter."""
        self.state = state
        self._roster = Roster(seats)
        self.seats = self._roster.seats
        self._out: list[Effect] = []
        self._backstage = backstage or Empty()
        self._desk = Desk(state, checks, self._out)
        self._casting = Casting(state, self._roster, self._backstage, self._desk, self._out, self._withdraw)
        self._rejections = Rejections(state, self.seats, checks)
        # What follows from a snapshot belongs to the same step.
        self._settling = Settling(state, self._out, lambda event: self._steps[type(event)](event))
        self._flatten = flatten
        self.recalling = False
        """While a day is remembered from its journal: models listen, their wishes are not acted on."""
        self.rehearsing = False
        """While models that enter later live through the day so far: of their wishes, only timers are kept."""
        self._unheard: list[tuple[str, Fill]] | None = None
        """Fills models are told of when the snapshot that brought them is settled; None while none is."""
        self._steps: dict[type[Event], Callable[[Any], None]] = {
            Trade: self._trade, Quote: self._quote, Bar: self._bar, Status: self._status, Band: state.book.band,
            Correction: state.book.correction, Bust: state.book.bust, Unheeded: partial(count, state),
            OrderUpdate: self._order_update, Fill: self._fill,
            Snapshot: self._snapshot, LookedUp: self._settling.looked_up,
            FeedUp: self._feed_up, FeedDown: lambda down: state.feeds.update({down.feed: False}),
            Declined: lambda declined: None, Gap: partial(self._tell_all, "on_gap"),
            SessionPhase: self._phase, Timer: self._timer, Command: self._command, Shutdown: self._shutdown,
            Enter: self._enter, Leave: self._leave, Rules: self._rules, Carry: self._carry,
            Restarted: self._restarted, Measured: lambda measured: None, ClockSkew: partial(skew.hear, state),
        }  # fmt: skip
        listeners = self._roster.listeners
        self._on_trade, self._on_quote = listeners("on_trade"), listeners("on_quote")
        self._on_bar, self._on_status = listeners("on_bar"), listeners("on_status")
        self.step = swift(self, self._desk, self._heed, self._fail, self._on_trade, self._on_quote)

    def step_in_python(self, event: Event) -> Sequence[Effect]:
        """What ``step`` does, or where it is compiled, what it does with all but the usual print or quote."""
        state, seen = self.state, event.seen
        if seen > state.now:  # the clock of a state never runs backwards
            state.now = seen
        self._steps[type(event)](event)
        if not self._out:
            return ()
        effects = tuple(self._out)
        self._out.clear()
        return effects

    # ---- market data: the book first, then whoever listens ------------------------------------------------------

    def _trade(self, trade: Trade) -> None:
        state = self.state
        if state.book.trade(trade):
            self._mark()
        if state.phase not in LISTENING:
            state.counts["outside"] += 1
            return
        state.counts["trades"] += 1
        if trade.size < 1:
            return  # a print of no shares is no signal: every number divides 0
        for seat, on_trade in self._on_trade.get(trade.symbol, ()):
            self._tell(seat, on_trade, trade)

    def _quote(self, quote: Quote) -> None:
        state = self.state
        state.book.quote(quote)
        if state.phase not in LISTENING:
            state.counts["outside"] += 1
            return
        state.counts["quotes"] += 1
        for seat, on_quote in self._on_quote.get(quote.symbol, ()):
            self._tell(seat, on_quote, quote)

    def _bar(self, bar: Bar) -> None:
        # A minute's bar arrives after the minute, so the last one of a session comes when it is over.
        self.state.counts["bars"] += 1
        for seat, on_bar in self._on_bar.get(bar.symbol, ()):
            if bar.span in seat.spans:
                self._tell(seat, on_bar, bar)

    def _status(self, status: Status) -> None:
        if self.state.book.status(status):
            what = "halted" if status.halted else "trades again"
            self._alert("notice", f"{status.symbol} {what}: {status.text or status.code}", symbol=status.symbol)
        for seat, on_status in self._on_status.get(status.symbol, ()):
            self._tell(seat, on_status, status)

    # ---- our orders --------------------------------------------------------------------------------------------

    def _order_update(self, update: OrderUpdate) -> None:
        working = self.state.blotter.update(update)
        if working is None:
            return
        self._rejections.end(working)
        if working.status == "unknown":
            working.cancel_sent = False
            self._out.append(Resolve(update.order))
        elif update.status == "rejected":
            order = working.order
            text = f"rejected: {order.side} {order.shares} {order.symbol}: {update.reason}"
            self._alert("warning", text, order.symbol, order.model, order.id)
            spent = None if update.unsent else self._rejections.add(order, update.seen)
            if spent and not self.recalling:
                self.bench(order.model, spent)
        elif working.cancelling:
            self._withdraw(working)  # it was to be withdrawn before the venue had given it a name
        # A venue that turns a flattening order away would do so again: only other news is a reason to try once more.
        self._progress(flatten=working.order.model != FLATTEN)

    def _fill(self, fill: Fill) -> None:
        state = self.state
        if not state.blotter.is_news(fill.execution):
            return
        if not fill.assumed and state.blotter.was_assumed(fill):
            self._out.append(Reconcile())  # to be sure that it was these shares
            return
        try:
            working = state.blotter.fill(fill)
        except ValueError as error:
            self._alert("err", f"overfill ignored: {error}", fill.symbol, order=fill.order)
            return
        state.ledger.fill(fill)
        state.counts["fills"] += 1
        self._mark()
        if working is None:
            state.book.watch(fill.symbol)
            self._alert("warning", f"a fill of an order that is not ours: {fill.order}", fill.symbol, order=fill.order)
        else:
            self._rejections.end(working)
            state.accounts.fill(working.order.model, fill)
            if self._unheard is not None:
                self._unheard.append((working.order.model, fill))
            else:
                self._tell_owner(working.order.model, "on_fill", fill)
            if working.cancelling:
                self._withdraw(working)
        self._progress()

    def _snapshot(self, snapshot: Snapshot) -> None:
        # What models decide on fills they missed must not mix with the settling: a journal tells it event by event.
        self._unheard = []
        self._settling.snapshot(snapshot)
        self._mark()
        unheard, self._unheard = self._unheard, None
        for model, fill in unheard:
            self._tell_owner(model, "on_fill", fill)
        self._progress()

    # ---- the world around --------------------------------------------------------------------------------------

    def _feed_up(self, event: FeedUp) -> None:
        self.state.feeds[event.feed] = True
        if event.orders:
            self._out.append(Reconcile())

    def _timer(self, timer: Timer) -> None:
        name, _, key = timer.key.partition(":")
        seat = self.seats.get(name)
        if seat is None or (timer.at, key) not in seat.alarms:
            return  # nobody waits for it, or it has come already
        seat.alarms.discard((timer.at, key))
        self._tell_owner(name, "on_timer", Timer(key, timer.at, timer.seen))

    def _phase(self, event: SessionPhase) -> None:
        state = self.state
        before, state.phase, state.phase_until, state.regular = state.phase, event.phase, event.until, event.regular
        if event.phase == "asleep":
            state.reconciled = state.opened = False
            self._out.append(Disconnect())
            return
        if event.day > state.day:  # never back: order ids are made of the day and its count
            self._new_day(event)
        if before == "asleep":
            self._out.append(Connect())
        if event.phase == "open" and not state.opened:
            state.opened = True
            self._tell_all("on_open", event)
            self._progress()  # what an operator or a retired model gave up over night
        elif event.phase == "closing":
            self._withdraw_all()
            self._progress()
        elif event.phase == "closed" and state.opened:
            state.opened = False
            self._tell_all("on_close", event)

    def _new_day(self, event: SessionPhase) -> None:
        first = not self.state.day  # then the models are as new as the day
        self.state.new_day(event.day, event.run)
        if not first:
            self._casting.new_day()

    def _restarted(self, event: Restarted) -> None:
        state = self.state
        self._out.clear()  # what was remembered last had its consequences then
        state.unwritten = ""
        state.reconciled = False  # the venue has the last word on everything that was remembered
        state.phase = "asleep"  # whatever the day's phase: entering it connects
        state.feeds.clear()
        for working in state.blotter.of():
            working.cancel_sent = False  # nobody knows whether the request left, and asking twice does no harm
        for seat in self.seats.values():  # those who were asked for timers are gone with the process they were in
            self._out += [WakeAt(f"{seat.name}:{key}", at) for at, key in sorted(seat.alarms)]

    def _command(self, event: Command) -> None:
        state = self.state
        match event.name:
            case "halt":
                self._halt(event.argument or f"halted by {event.by}")
            case "resume":
                state.halted, state.flattening, state.peak = state.unwritten, False, state.profit()
                self._out.append(KillSwitch(state.halted))
            case "flatten":
                state.flattening = True
                self._halt(event.argument or f"flattened by {event.by}")
                self._progress()
            case "unwritten":
                state.unwritten = event.argument
                if event.argument:
                    self._halt(event.argument)
                self._progress()
            case "accept":
                self._settling.accept(event.argument, event.by)
            case "activate" | "shadow" | "bench":
                self._casting.order(event)

    def _halt(self, reason: str) -> None:
        self.state.halted = self.state.halted or reason
        self._out.append(KillSwitch(self.state.halted, self.state.flattening))
        self._withdraw_all()

    def _shutdown(self, event: Shutdown) -> None:
        self.state.stopping = True
        self._withdraw_all()
        self._progress()

    # ---- models, and the rules they trade by -------------------------------------------------------------------

    def _enter(self, event: Enter) -> None:
        self._casting.enter(event)

    def _leave(self, event: Leave) -> None:
        self._casting.leave(event)
        self._progress()

    def _rules(self, event: Rules) -> None:
        checks = self._backstage.checks(event.limits)
        self._desk.hold_to(checks)
        self._rejections.hold_to(checks)
        self._flatten = event.flatten

    def _carry(self, event: Carry) -> None:
        self.state.carry(event)
        self._casting.carry(event)

    def bench(self, model: str, reason: str) -> None:
        """Take a model out of the game: it hears nothing more, and its orders are withdrawn."""
        self._casting.bench(self.seats[model], reason)

    def stand(self, model: str, standing: Stance, reason: str) -> None:
        """Let a model stand otherwise."""
        self._casting.stand(self.seats[model], standing, reason)

    # ---- in common ---------------------------------------------------------------------------------------------

    def _mark(self) -> None:
        """Note what the day stands at, and stop trading where a limit is broken though nobody wishes anything."""
        # What was decided in a day that is remembered, its journal knows.
        self._desk.mark(trip=not self.recalling and not self.state.halted)

    def _withdraw(self, working: Working) -> None:
        if self.recalling:
            working.cancelling = True  # the journal knows whether the venue was asked
        else:
            self._desk.cancel(working)

    def _withdraw_all(self) -> None:
        for working in self.state.blotter.of():
            self._withdraw(working)

    def _progress(self, *, flatten: bool = True) -> None:
        """What waits for orders to end: flattening before the close, and stopping."""
        state = self.state
        if self.recalling or self._unheard is not None:
            return
        leaving = state.phase in LISTENING if state.flattening else self._flatten and state.phase == "closing"
        if flatten and state.reconciled and not (state.stopping or state.unwritten):
            if leaving:
                self._desk.flatten()
            elif state.leaving:
                self._desk.close_out()
        if state.aims:
            self._desk.pursue(self.seats)
        if state.stopping and not state.blotter.open:
            self._out.append(Stop(0, "every order is settled"))

    def _tell(self, seat: Seat, handler: Handler, event: Event) -> None:
        try:
            answer = handler(event)
        except BaseException as error:  # a model may raise anything; it alone pays for it
            self._fail(seat, error, handler)
        else:
            if answer is not None:
                self._heed(seat, answer, handler)

    def _heed(self, seat: Seat, answer: Wish | Iterable[Wish], handler: Handler) -> None:
        """Act on what ``handler`` returned."""
        if self.recalling and not self.rehearsing:
            return
        try:
            for wish in (answer,) if isinstance(answer, WISHES) else several(answer):
                if not self.recalling:
                    self._desk.take(seat, wish)
                elif isinstance(wish, Alarm):
                    seat.alarms.add((wish.at, wish.key))
        except BaseException as error:
            self._fail(seat, error, handler)
        if seat.standing == "shadow" and not self.recalling:
            self._casting.sing(seat)

    def _fail(self, seat: Seat, error: BaseException, handler: Handler) -> None:
        self.bench(seat.name, account_of(error, handler))

    def _tell_owner(self, model: str, handler: str, event: Event) -> None:
        seat = self.seats.get(model)
        if seat is not None and seat.plays and handler in seat.handlers:
            self._tell(seat, seat.handlers[handler], event)

    def _tell_all(self, handler: str, event: Event) -> None:
        for seat, function in self._roster.listeners(handler).get("", ()):
            self._tell(seat, function, event)

    def _alert(self, level: str, text: str, symbol: str = "", model: str = "", order: str = "") -> None:
        self._out.append(Alert(level, text, symbol, model, order))
