"""Who plays: the seats by name, and who listens to what."""

from collections.abc import Iterable, Iterator, Mapping

from hftd.core.seat import BY_SYMBOL, HANDLERS, Handler, Seat

Listeners = tuple[tuple[Seat, Handler], ...]

NOBODY: Mapping[str, Listeners] = {}


class Roster:
    """The seats, and their handlers bound per symbol, so that an event nobody wants costs one look-up."""

    def __init__(self, seats: Iterable[Seat]) -> None:
        self.seats = {seat.name: seat for seat in seats}
        self._listeners: dict[str, dict[str, Listeners]] = {}
        self.bind()

    def listeners(self, handler: str) -> Mapping[str, Listeners]:
        """Who has ``handler``, by symbol; those told whatever the symbol under ""."""
        return self._listeners.get(handler, NOBODY)

    def playing(self) -> Iterator[Seat]:
        """Seats that hear the market."""
        return (seat for seat in self.seats.values() if seat.plays)

    def take(self, seat: Seat) -> None:
        """Put ``seat`` in the place of the one of its name, or behind all others."""
        self.seats[seat.name] = seat
        self.bind()

    def bind(self) -> None:
        """Note anew who listens to what."""
        listeners: dict[str, dict[str, list[tuple[Seat, Handler]]]] = {name: {} for name in HANDLERS}
        for seat in self.playing():
            for name, handler in seat.handlers.items():
                for symbol in seat.symbols if name in BY_SYMBOL else ("",):
                    listeners[name].setdefault(symbol, []).append((seat, handler))
        self._listeners = {
            name: {symbol: tuple(pairs) for symbol, pairs in by_symbol.items()} for name, by_symbol in listeners.items()
        }

    def symbols(self) -> frozenset[str]:
        """Every symbol a model of the day named, benched or not."""
        return frozenset(symbol for seat in self.seats.values() for symbol in seat.symbols)
