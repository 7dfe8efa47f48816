"""What came of a script: wishes, orders, refusals, fills, in the order in which they came."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any

from hftd.core.effects import Bench, Cancel, CancelLater, Effect, Refuse, Replace, Submit
from hftd.core.events import Event, Fill, OrderUpdate
from hftd.core.intents import WISHES, Wish
from hftd.core.orders import Order
from hftd.core.seat import Handler, Seat
from hftd.testing.words import effect_words, event_words


class Record:
    """Everything a stage may be asked about afterwards."""

    def __init__(self) -> None:
        self.wishes: list[Wish] = []
        """What the model's handlers returned."""
        self.orders: list[Order] = []
        """Orders that left, amendments among them."""
        self.refusals: list[Refuse] = []
        """Wishes a risk check refused: ``code`` names the check."""
        self.rejections: list[OrderUpdate] = []
        """Orders the venue rejected: ``reason`` is its word."""
        self.withdrawn: list[str] = []
        """Orders that were to be withdrawn, by id."""
        self.fills: list[Fill] = []
        """Executions."""
        self.benched = ""
        """Why the model plays no more; empty while it does."""
        self.error: BaseException | None = None
        """What the model raised last."""
        self._told: list[tuple[Event, Sequence[Effect]]] = []

    def listen(self, seat: Seat) -> None:
        """Note what the handlers of ``seat`` return and raise from now on."""
        seat.handlers = {name: self._noting(handler) for name, handler in seat.handlers.items()}

    def watch(self, event: Event, effects: Sequence[Effect]) -> None:
        """Note an event and what followed from it."""
        self._told.append((event, effects))
        match event:
            case Fill():
                self.fills.append(event)
            case OrderUpdate(status="rejected"):
                self.rejections.append(event)
        for effect in effects:
            self._note(effect)

    def story(self) -> Iterator[str]:
        """A line for each event, with its time (UTC), and an indented one for each thing that followed from it."""
        for event, effects in self._told:
            yield f"{datetime.fromtimestamp(event.seen // 10**9, UTC):%H:%M:%S}  {event_words(event)}"
            for effect in effects:
                yield f"            {effect_words(effect)}"

    def _noting(self, handler: Handler) -> Handler:
        @wraps(handler)
        def noted(event: Any) -> Any:
            try:
                answer = handler(event)
                if isinstance(answer, Iterator):
                    answer = tuple(answer)  # it runs once, and the engine is to have it too
            except BaseException as error:
                self.error = error
                raise
            self.wishes += [wish for wish in _each(answer) if isinstance(wish, WISHES)]
            return answer

        return noted

    def _note(self, effect: Effect) -> None:
        match effect:
            case Submit(order) | Replace(order):
                self.orders.append(order)
            case Refuse():
                self.refusals.append(effect)
            case Cancel(order, _) | CancelLater(order):
                self.withdrawn.append(order)
            case Bench(_, reason):
                self.benched = reason


def _each(answer: object) -> Sequence[object]:
    if isinstance(answer, list | tuple):
        return answer
    return (answer,)
