"""Who plays: the seats by name, and who listens to what."""

from collections.abc import Iterable, Iterator, Mapping

from hftd.core.seat import BY_SYMBOL, HANDLERS, Handler, Seat

Listeners = tuple[tuple[Seat, Handler], ...]


class Roster:
    """The seats, and their handlers bound per symbol, so that an event nobody wants costs one look-up."""

    def __init__(self, seats: Iterable[Seat]) -> None:
        self.seats = {seat.name: seat for seat in seats}
        self._listeners: dict[str, dict[str, Listeners]] = {name: {} for name in HANDLERS}
        self.bind()

    def listeners(self, handler: str) -> Mapping[str, Listeners]:
        """Who has ``handler``, by symbol; those told whatever the symbol under "". The same mapping for ever."""
        return self._listeners[handler]

    def playing(self) -> Iterator[Seat]:
        """Seats that hear the market."""
        return (seat for seat in self.seats.values() if seat.plays)

    def take(self, seat: Seat) -> None:
        """Put ``seat`` in the place of the one of its name, or behind all others."""
        self.seats[seat.name] = seat
        self.bind()

    def bind(self) -> None:
        """Note anew who listens to what."""
        for listeners in self._listeners.values():
            listeners.clear()
        for seat in self.playing():
            for name, handler in seat.handlers.items():
                listeners = self._listeners[name]
                for symbol in seat.symbols if name in BY_SYMBOL else ("",):
                    listeners[symbol] = (*listeners.get(symbol, ()), (seat, handler))

    def symbols(self) -> frozenset[str]:
        """Every symbol a model of the day named, benched or not."""
        return frozenset(symbol for seat in self.seats.values() for symbol in seat.symbols)
