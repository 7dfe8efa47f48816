"""Which models a replay plays, and with which options."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from hftd.cli.options.model import add_option, options
from hftd.cli.options.settings import add_config
from hftd.config.load import folder, load
from hftd.config.schema import Config
from hftd.errors import ConfigError
from hftd.plugin import host
from hftd.plugin.blueprint import Blueprint, blueprints
from hftd.venues.shipped import SHIPPED


def add_choice(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the options."""
    parser.add_argument("--model", action="append", metavar="NAME", help="play this model, actively (all, as set)")
    add_option(parser, "for this run")
    add_config(parser)


def chosen(arguments: argparse.Namespace) -> tuple[Config, host.Plugins, tuple[Blueprint, ...]]:
    """Settings, plugins and the models to play. Raises ConfigError, PluginError, Refused."""
    config = _with_options(load(arguments.config), arguments.model, arguments.option)
    plugins = host.load(folder(config, arguments.config), SHIPPED)
    told = Path(f"{arguments.config} with --option") if arguments.option else arguments.config
    return config, plugins, _named(blueprints(config, plugins, told), arguments.model)


def _with_options(config: Config, models: Sequence[str] | None, words: Sequence[str]) -> Config:
    if not words:
        return config
    if not models or len(models) != 1:
        raise ConfigError("--option: expected exactly one --model to give it to")
    table = {**config.models.get(models[0], {}), **options(words)}
    return replace(config, models={**config.models, models[0]: table})


def _named(plans: tuple[Blueprint, ...], names: Sequence[str] | None) -> tuple[Blueprint, ...]:
    if not names:
        return plans
    known = {plan.name: plan for plan in plans}
    for name in names:
        if name not in known:
            raise ConfigError(f"--model {name}: no such model, known: {', '.join(known) or 'none'}")
    return tuple(replace(known[name], table=replace(known[name].table, state="active")) for name in names)
