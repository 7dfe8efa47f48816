"""``hftd models``: how each model of the running daemon does, and which plugin files it has not taken."""

import argparse
import json
from typing import Any

from hftd.cli.daemon.line import ask
from hftd.cli.daemon.place import control_socket
from hftd.cli.daemon.word import add_word
from hftd.errors import OK

COLUMNS = (
    "model", "state", "version", "since", "decisions", "orders", "refused", "errors", "profit", "p50 µs", "p99 µs",
    "positions",
)  # fmt: skip


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    add_word(commands, "models", "how each model does", __doc__).set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask and show: a line a model, below it why it stands so, and what of its file is not taken."""
    facts = ask(control_socket(arguments.config), {"ask": "models"})
    if arguments.json:
        print(json.dumps(facts, indent=2))
        return OK
    rows = [COLUMNS, *(_row(name, model) for name, model in facts["models"].items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row, model in zip(rows, [{}, *facts["models"].values()], strict=True):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if model.get("reason"):
            print(f"    {model['reason']}")
    for file, reason in facts["not_taken"].items():
        print(f"{'broken' if file in facts.get('broken', ()) else 'not taken'}: {reason}")
    return OK


def _row(name: str, model: dict[str, Any]) -> tuple[str, ...]:
    held = " ".join(f"{shares} {symbol}" for symbol, shares in model["positions"].items())
    latency = model["latency_us"]
    return (
        name, model["state"], model["version"] or "-", _age(model["age_seconds"]),
        *(str(model[count]) for count in ("decisions", "orders", "refused", "errors")),
        f"${model['profit']}", str(latency["p50"]), str(latency["p99"]), held or "flat",
    )  # fmt: skip


def _age(seconds: int | None) -> str:
    """Since when it plays as it is: ``1h02m``; a dash where that is as long as the day."""
    if seconds is None:
        return "-"
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60}h{minutes % 60:02d}m" if minutes >= 60 else f"{minutes}m{seconds:02d}s"
