"""Whether the trials of a sweep are played as machine code."""

from hftd.errors import HftdError, to_install
from hftd.lab.replay.assumptions import Assumptions
from hftd.lab.sweep.job import Span
from hftd.lab.sweep.objective import MONEY
from hftd.lab.sweep.space import Space
from hftd.plugin.blueprint import Blueprint


def engine_needed(plan: Blueprint, space: Space, objective: str, assumed: Assumptions, parts: list[Span]) -> str:
    """Why trials are played in the engine, in words; empty where machine code can."""
    if objective not in MONEY:
        return f"{objective} needs the engine"
    if assumed != Assumptions():
        return "fees, slippage and the like need the engine"
    if parts:
        return "walking forward needs the engine"
    if {"symbol", "symbols"} & {axis.key for axis in space.axes}:
        return "symbols are searched"
    try:
        # numpy and numba are for those who have them.
        from hftd.lab.compiled.model import compile_model  # noqa: PLC0415

        compile_model(plan)
    except ImportError as error:
        return f"{error.name} is not installed: {to_install('research')}"
    except HftdError as error:
        return str(error)
    return ""
