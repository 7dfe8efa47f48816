"""``hftd check``: are the settings, the plugins, their options and the keys fit to trade with? Nothing connects."""

import argparse
import json
import os
from datetime import date
from pathlib import Path

from msgspec import Struct

from hftd.cli.options.settings import add_config
from hftd.config.expected import one_of
from hftd.config.load import folder, load
from hftd.config.schema import Config, Session
from hftd.errors import OK, ConfigError, HftdError
from hftd.plugin import host
from hftd.plugin.blank import Blank
from hftd.plugin.blueprint import Blueprint, blueprints
from hftd.plugin.host import Plugins
from hftd.plugin.keys import find_keys
from hftd.runtime.people.rights import rights
from hftd.venues.shipped import SHIPPED


class Examined(Struct, frozen=True):
    """Settings and plugins that were read together. ``symbols`` are those of each blueprint, in the same order."""

    config: Config
    plugins: Plugins
    models: tuple[Blueprint, ...]
    symbols: tuple[tuple[str, ...], ...]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "check", help="are settings, plugins, options and keys right?", description=__doc__.replace("``", "")
    )
    add_config(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Say what is fine; whatever is not is raised as the one line that names it."""
    try:
        examined = examine(arguments.config)
        keys = _keys(examined)
        _calendar(examined, arguments.config)
    except HftdError as error:
        if arguments.json:
            print(json.dumps({"ok": False, "error": str(error), "status": error.exit_status}))
        raise
    if arguments.json:
        print(json.dumps(_facts(examined, arguments.config)))
        return OK
    print(f"settings  {arguments.config}")
    print(f"venue     {examined.config.venue.name}, {keys}")
    print(f"plugins   {len(examined.plugins.found)} loaded, from {folder(examined.config, arguments.config)} and hftd")
    for model, symbols in zip(examined.models, examined.symbols, strict=True):
        print(f"model     {model.name}: {model.table.state} on {' '.join(symbols)}")
    return OK


def examine(path: Path) -> Examined:
    """Read the settings at ``path`` and all they name, and start every model once. Raises ConfigError, Refused."""
    config = load(path)
    rights(config.runtime, path)
    plugins = host.load(folder(config, path), SHIPPED)
    models = blueprints(config, plugins, path)
    symbols = tuple(tuple(model.build(Blank()).symbols) for model in models)
    for kind in ("feeds", "brokers", "offices"):
        known = plugins.parts(kind)
        if config.venue.name not in known:
            found, expected = json.dumps(config.venue.name), one_of(sorted(known))
            raise ConfigError(f"{path}: [venue] name: no plugin has {kind} for {found}, expected {expected}")
    return Examined(config, plugins, models, symbols)


def _keys(examined: Examined) -> str:
    find_keys(examined.config.venue, os.environ)
    return "which needs no keys" if examined.config.venue.name == "sim" else "keys found and private"


def _calendar(examined: Examined, path: Path) -> None:
    """Hold the calendar's name against the known ones. The default is known, and looking it up takes a second."""
    name = examined.config.session.calendar
    if name == Session().calendar:
        return
    calendars = examined.plugins.parts("calendars")
    part = calendars.get(name) or calendars["exchange"]
    try:
        part.factory(name, date(2026, 1, 2), date(2026, 1, 2))
    except ConfigError as error:
        raise ConfigError(f"{path}: [session] calendar: {error}") from error


def _facts(examined: Examined, path: Path) -> dict[str, object]:
    return {
        "ok": True,
        "config": str(path),
        "venue": examined.config.venue.name,
        "plugins": [plugin.name for plugin in examined.plugins.found],
        "models": [
            {"name": model.name, "state": model.table.state, "symbols": symbols}
            for model, symbols in zip(examined.models, examined.symbols, strict=True)
        ],
    }
