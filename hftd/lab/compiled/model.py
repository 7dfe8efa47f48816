"""From a model as its author wrote it to one that numba can run."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from hftd.core.seat import HANDLERS as HEARD
from hftd.lab.compiled.figures import Figures, figures
from hftd.lab.compiled.loop import add_loop, built
from hftd.lab.compiled.program import HANDLERS, Program
from hftd.lab.compiled.refusal import NotCompiled
from hftd.plugin.blank import Blank
from hftd.plugin.blueprint import Blueprint

UNHEARD = frozenset({"on_gap"})  # a tape knows of none


class Compiled(Struct, frozen=True):
    """A model in numbers: ``play`` is the loop over its handlers, ``text`` the program as Python."""

    plan: Blueprint
    symbol: str
    handlers: tuple[str, ...]
    figures: Figures
    text: str
    play: Callable[..., Any]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of events it hears: trade, quote."""
        return tuple(HANDLERS[handler] for handler in self.handlers)


def compile_model(plan: Blueprint) -> Compiled:
    """A compiled form of the model of ``plan``. Machine code is made when it first plays.

    Another set of options of the same model uses the same program. Raises NotCompiled with the line that is not
    understood, PluginError where the model cannot be started, HftdError where numba is not installed.
    """
    model = plan.build(Blank())
    if len(set(model.symbols)) != 1:
        raise NotCompiled(f"{plan.file}: model {plan.name} trades {len(set(model.symbols))} symbols, expected one")
    heard = [handler for handler in HEARD if callable(getattr(model, handler, None))]
    for handler in heard:
        if handler not in UNHEARD | HANDLERS.keys():
            raise NotCompiled(f"{plan.file}: model {plan.name} has {handler}, expected on_trade and on_quote alone")
    handlers = tuple(handler for handler in HANDLERS if handler in heard)
    if not handlers:
        raise NotCompiled(f"{plan.file}: model {plan.name} has neither on_trade nor on_quote")
    found = figures(model, handlers)
    program = Program(found, model.symbols[0])
    add_loop(program, handlers)
    return Compiled(plan, model.symbols[0], handlers, found, program.text, built(program.text))
