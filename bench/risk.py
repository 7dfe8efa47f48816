"""What each risk check takes, the chain of them all, and a step of the engine: processor time, nothing else running.

A check is asked as the chain asks it, with the account's sums made already; ``valuation`` is what they take. The steps
are those of a print nobody orders on, of one that becomes an order, and of one that becomes an order and of its fill.
"""

import gc
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import cycle

from bench.figures import Reading
from bench.pieces import processor_time
from bench.plan import Measure, Plan
from bench.risk_refused import REFUSED
from bench.risk_state import HELD, INTENT, LIMITLESS, MODEL, NOW, account, hold
from bench.ticks import LOUD, PRICE, QUIET, SYMBOL
from hftd.core.desk import Desk
from hftd.core.engine import Engine
from hftd.core.events import Fill, Trade
from hftd.core.intents import Intent, buy, sell
from hftd.core.risk.chain import SHIPPED, chain
from hftd.core.risk.limits import Limits
from hftd.core.seat import Seat
from hftd.core.state import SECOND, State

PAID = Decimal(str(PRICE))


class Turner:
    """Buys on every loud print, and sells on every other one if ``turns``."""

    def __init__(self, *, turns: bool) -> None:
        self._wishes = cycle((buy, sell) if turns else (buy,))

    def on_trade(self, trade: Trade) -> Intent | None:
        return next(self._wishes)(SYMBOL, 5) if trade.size == LOUD else None


def measures(plan: Plan) -> Iterator[Measure]:
    """Each check passing and refusing, the whole chain, and the steps."""
    for code in SHIPPED:
        yield partial(_run, plan, f"{code}/passes", partial(_asked, code, account(), INTENT))
        yield partial(_run, plan, f"{code}/refuses", partial(_refused, code))
    yield partial(_run, plan, "valuation/1 symbol", lambda _: account().valuation)
    yield partial(_run, plan, "valuation/20 symbols", lambda _: hold(account(), HELD).valuation)
    for name, glanced in (("whole chain", False), ("a glance", True)):
        yield partial(_run, plan, f"{name}/1 symbol", lambda _, g=glanced: _chain(account(), glanced=g))
        yield partial(_run, plan, f"{name}/20 symbols", lambda _, g=glanced: _chain(hold(account(), HELD), glanced=g))
    yield partial(_run, plan, "step/print", partial(_prints, size=QUIET))
    yield partial(_run, plan, "step/print, order", partial(_prints, size=LOUD))
    yield partial(_run, plan, "step/print, order, fill", _filled)


def _run(plan: Plan, name: str, made: Callable[[int], Callable[[], object]]) -> Sequence[Reading]:
    piece = made(2 * plan.calls)
    gc.collect()
    gc.disable()
    spent = processor_time(piece, plan.calls)
    gc.enable()
    return [Reading(f"risk/{name}", "µs", spent)]


def _asked(code: str, state: State, intent: Intent, _: int) -> Callable[[], object]:
    check = SHIPPED[code](Limits())
    state.ask(MODEL, intent)
    check(intent, state)
    state.valuation()
    return partial(check, intent, state)


def _refused(code: str, calls: int) -> Callable[[], object]:
    state = account()
    intent = REFUSED[code](state)
    asked = _asked(code, state, intent, calls)
    assert asked() is not None, f"{code} was to refuse"
    return asked


def _chain(state: State, *, glanced: bool) -> Callable[[], object]:
    checks = chain(SHIPPED, Limits())
    desk = Desk(state, checks if glanced else list(checks), [])
    seat = Seat(MODEL, None, [SYMBOL])
    assert desk._pass(seat, INTENT, INTENT)
    return partial(desk._pass, seat, INTENT, INTENT)


def _engine(*, turns: bool = False) -> Engine:
    return Engine(account(), [Seat(MODEL, Turner(turns=turns), [SYMBOL])], chain(SHIPPED, LIMITLESS), flatten=False)


def _trades(count: int, size: int) -> Iterator[Trade]:
    """Prints half a second apart, over seven cents."""
    moments = [NOW + number * SECOND // 2 for number in range(count)]
    return iter([Trade(SYMBOL, round(PRICE + place % 7 / 100, 2), size, at, at) for place, at in enumerate(moments)])


def _prints(calls: int, *, size: int) -> Callable[[], object]:
    step, prints = _engine().step, _trades(calls, size)
    return lambda: step(next(prints))


def _filled(calls: int) -> Callable[[], object]:
    step, prints = _engine(turns=True).step, _trades(calls, LOUD)

    def turn() -> object:
        print_ = next(prints)
        (effect,) = step(print_)
        order = effect.order
        return step(Fill(order.id, order.id, SYMBOL, order.side, order.shares, PAID, print_.ts, print_.seen))

    return turn
