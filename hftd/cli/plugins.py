"""``hftd plugins``: what is loaded, from which file, and what each model listens to."""

import argparse
import json
from collections.abc import Iterator

from hftd.cli.check import Examined, examine
from hftd.cli.options.settings import add_config
from hftd.errors import OK

COLUMNS = ("plugin", "hooks", "model", "state", "symbols", "handlers", "hash", "file")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("plugins", help="list plugins and models", description=__doc__.replace("``", ""))
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="a JSON list")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line a model, and one for each plugin that has none."""
    rows = list(_rows(examine(arguments.config)))
    if arguments.json:
        print(json.dumps(rows))
        return OK
    table = [COLUMNS, *(tuple(_cell(row[column]) for column in COLUMNS) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    return OK


def _rows(examined: Examined) -> Iterator[dict[str, object]]:
    models = examined.plugins.parts("models")
    standing = {model.name: (model, symbols) for model, symbols in zip(examined.models, examined.symbols, strict=True)}
    for plugin in examined.plugins.found:
        about: dict[str, object] = {
            "plugin": plugin.name,
            "file": plugin.file,
            "hooks": plugin.hooks,
            "hash": plugin.digest[:12],
        }
        names = [name for name, part in models.items() if part.plugin is plugin]
        for name in names:
            model, symbols = standing[name]
            yield about | {"model": name, "state": model.table.state, "symbols": symbols, "handlers": model.handlers}
        if not names:
            yield about | {"model": "", "state": "", "symbols": (), "handlers": ()}


def _cell(value: object) -> str:
    return (" ".join(value) if isinstance(value, tuple) else str(value)) or "-"
