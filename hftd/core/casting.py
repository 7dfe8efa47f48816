"""Who plays, and how it stands: models enter, retire, step out of the shadow, are benched, begin another day."""

from collections.abc import Callable
from traceback import format_exception_only, walk_tb
from types import CodeType
from typing import Any

from hftd.core.backstage import Backstage
from hftd.core.desk import Desk
from hftd.core.effects import Alert, Bench, Effect, Stance, Stand, WakeAt
from hftd.core.events import Carry, Command, Enter, Leave
from hftd.core.orders import Working
from hftd.core.roster import Roster
from hftd.core.seat import Seat
from hftd.core.state import State


class Casting:
    """Changes the roster; ``withdraw`` takes an order of a model that plays no more out of the market."""

    def __init__(
        self, state: State, roster: Roster, backstage: Backstage, desk: Desk, out: list[Effect],
        withdraw: Callable[[Working], None],
    ) -> None:  # fmt: skip
        self.state = state
        self.roster = roster
        self.out = out
        self._backstage = backstage
        self._desk = desk
        self._withdraw = withdraw
        self._watch()

    def enter(self, event: Enter) -> None:
        """Give a model its seat. Its orders and its positions are its older version's: they go by its name."""
        try:
            seat = self._backstage.seat(event)
        except BaseException as error:
            self.out.append(Alert("err", f"{event.model} does not enter: {account_of(error)}", "", event.model))
            return
        self.state.leaving.discard(event.model)  # it is back, and what it holds is its own again
        if seat is None:
            return
        older = self.roster.seats.get(seat.name)
        if older is not None:
            seat.follow(older)
        seat.standing, seat.version, seat.entered = event.version.standing, event.version, event.seen
        self.roster.take(seat)
        self._watch()
        self.out += [WakeAt(f"{seat.name}:{key}", at) for at, key in sorted(seat.alarms)]

    def leave(self, event: Leave) -> None:
        """Retire a model."""
        seat = self.roster.seats.get(event.model)
        if seat is None or seat.standing == "retired":
            return
        self.stand(seat, "retired", "its file is gone")
        self._withdraw_all(seat)
        if event.flatten:
            self.state.leaving.add(seat.name)

    def order(self, event: Command) -> None:
        """An operator's word about one model: activate, shadow or bench it."""
        seat = self.roster.seats.get(event.argument.partition(" ")[0])
        if seat is None or seat.standing == "retired":
            return
        match event.name:
            case "bench":
                self.bench(seat, event.argument.partition(" ")[2] or f"benched by {event.by}")
            case "activate":
                self.stand(seat, "active", f"activated by {event.by}")
            case "shadow":
                self.stand(seat, "shadow", f"sent into the shadow by {event.by}")
                self._withdraw_all(seat)

    def bench(self, seat: Seat, reason: str) -> None:
        """Take a model out of the game: it hears nothing more, and its orders are withdrawn. Twice is once."""
        if not seat.plays:
            return
        seat.standing, seat.reason = "benched", reason
        seat.counts["errors"] += 1
        self.roster.bind()
        self.out.append(Bench(seat.name, reason))
        self._withdraw_all(seat)

    def stand(self, seat: Seat, standing: Stance, reason: str, *, sang: bool = False) -> None:
        """Let a model stand otherwise; ``sang``: because it is a canary that did well."""
        if seat.standing == standing:
            return
        seat.standing, seat.reason = standing, reason if standing == "retired" else ""
        seat.decided = 0
        self.roster.bind()
        self.out.append(Stand(seat.name, standing, reason, sang))

    def sing(self, seat: Seat) -> None:
        """A canary that has decided often enough without an error leaves the shadow."""
        canary = seat.version.canary
        if canary and seat.standing == "shadow" and seat.decided >= canary:
            self.stand(seat, "active", f"{seat.decided} decisions in the shadow without an error", sang=True)

    def carry(self, event: Carry) -> None:
        """Let models stand as they did the day before. Who is out of the game is told anew: a journal stands alone."""
        for seat in self.roster.seats.values():
            if seat.name in event.benched:
                seat.standing, seat.reason = "benched", event.benched[seat.name]
                self.out.append(Bench(seat.name, seat.reason))
            elif seat.name in event.standings:
                seat.standing = event.standings[seat.name]
        self.roster.bind()

    def new_day(self) -> None:
        """Build every model anew, as a restart over night would; how it stands stays, and who retired is gone."""
        for seat in tuple(self.roster.seats.values()):
            if seat.standing == "retired":
                del self.roster.seats[seat.name]
                continue
            try:
                fresh = self._backstage.fresh(seat)
            except BaseException as error:
                self.bench(seat, account_of(error))
                continue
            fresh.standing, fresh.reason = seat.standing, seat.reason
            self.roster.seats[seat.name] = fresh
        self.roster.bind()
        self._watch()

    def _withdraw_all(self, seat: Seat) -> None:
        for working in self.state.blotter.of(seat.name):
            self._withdraw(working)

    def _watch(self) -> None:
        self.state.symbols = self.roster.symbols()
        for symbol in self.state.symbols:
            self.state.book.watch(symbol)


def account_of(error: BaseException, handler: Callable[..., Any] | None = None) -> str:
    """One line: what was raised, and in which line of which file.

    With ``handler``, the last line of its own file or of one in the same folder; where none of them was running, as
    when it cannot be called at all or returned what is no wish, the line it begins in. A handler that is not written
    in Python has none. Ctrl-C is no fault of a model: KeyboardInterrupt is raised again.
    """
    if isinstance(error, KeyboardInterrupt):
        raise error
    what = format_exception_only(error)[0].strip().partition("\n")[0]
    # Not extract_tb: it reads the files.
    places = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    if handler is not None:
        code = getattr(getattr(handler, "__wrapped__", handler), "__code__", None)
        places = _own(places, code) if isinstance(code, CodeType) else []
    return f"{what} at {places[-1][0].rpartition('/')[2]}:{places[-1][1]}" if places else what


def _own(places: list[tuple[str, int]], code: CodeType) -> list[tuple[str, int]]:
    """Those in the file of ``code`` or in its folder; where there are none, the line it begins in."""
    home, folder = code.co_filename, code.co_filename.rpartition("/")[0]
    own = [place for place in places if place[0] == home or (folder and place[0].startswith(f"{folder}/"))]
    return own or [(home, code.co_firstlineno)]
