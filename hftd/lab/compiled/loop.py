"""The loop that calls a model's compiled handlers for one event after the other, and its machine code."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any

from hftd.errors import HftdError, to_install
from hftd.lab.compiled.expressions import GIVEN
from hftd.lab.compiled.program import HANDLERS, Function, Program
from hftd.lab.compiled.scope import COLUMNS

PROGRAMS = 64  # kept at a time: a sweep goes through many settings of few programs

# A print of no shares is no signal, to the engine neither.
ONE = """\
def play(first, last, {columns}, places, codes, shares, {given}):
    made = 0
    for i in range(first, last):
        {guard}
        {call}
        if code:
            places[made], codes[made], shares[made] = i, code, wanted
            made += 1
    return made, {state}"""

BOTH = """\
def play(first, last, t, q, is_quote, {columns}, places, codes, shares, {given}):
    made = 0
    for i in range(first, last):
        if is_quote[i]:
            q += 1
            {quote}
        else:
            t += 1
            if trade_size[t - 1] < 1:
                continue
            {trade}
        if code:
            places[made], codes[made], shares[made] = i, code, wanted
            made += 1
    return made, {state}"""


def add_loop(program: Program, handlers: Sequence[str]) -> None:
    """Add ``handlers`` and ``play``, which calls them for the events from ``first`` to before ``last``.

    ``play`` writes place, code and shares of each wish, and gives back how many there are, then the state. Places
    count events of the one kind that is handled, or all events where both are.
    """
    functions = {HANDLERS[handler]: program.handler(handler) for handler in handlers}
    names = {
        "columns": ", ".join(f"{kind}_{column}" for kind in functions for column in COLUMNS[kind]),
        "given": ", ".join([*program.given, *program.state]),
        "state": ", ".join(program.state),
    }
    if len(functions) == 1:
        ((kind, function),) = functions.items()
        guard = "if trade_size[i] < 1: continue" if kind == "trade" else ""
        program.append(ONE.format(**names, guard=guard, call=_call(program, function, kind, "i")))
    else:
        trade, quote = (_call(program, functions[kind], kind, f"{kind[0]} - 1") for kind in ("trade", "quote"))
        program.append(BOTH.format(**names, trade=trade, quote=quote))


def _call(program: Program, function: Function, kind: str, row: str) -> str:
    given = ", ".join([*(f"{kind}_{column}[{row}]" for column in COLUMNS[kind]), *program.given, *program.state])
    state = program.state if function.changes else []
    return f"{', '.join(['code', 'wanted', *state])} = {function.called}({given})"


@lru_cache(maxsize=PROGRAMS)
def built(text: str) -> Callable[..., Any]:
    """The function ``play`` of a program, to be compiled when it is first called. Raises HftdError without numba.

    Nothing is kept on disk: a file of machine code would have to be guarded like the program itself, for a second.
    """
    try:
        numba: Any = import_module("numba")
    except ImportError as error:
        raise HftdError(f"a compiled replay needs numba: {to_install('research')}") from error
    # Division by 0 and an index out of range must fail as they do in Python.
    compiled = numba.njit(error_model="python", boundscheck=True)
    names: dict[str, Any] = {}
    for each, function in GIVEN.items():
        names[each] = compiled(function) if hasattr(function, "__code__") else function
    exec(compile(text, "<compiled model>", "exec"), names)  # noqa: S102 - it was made from what was understood alone
    for each in [each for each in names if each[0] == "f" and each[1:].isdigit()]:
        names[each] = compiled(names[each])
    return numba.njit(error_model="python")(names["play"])  # type: ignore[no-any-return]
