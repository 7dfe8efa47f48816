"""Settings and plugins read again while the daemon trades: all of it is taken at one moment, or nothing."""

import logging
from collections.abc import Iterator
from typing import Any

from msgspec import structs

from hftd.config.expected import found, shown
from hftd.config.load import load
from hftd.config.schema import Config
from hftd.config.secret import struck_json
from hftd.errors import ConfigError, PluginError
from hftd.plugin import host
from hftd.plugin.blueprint import Blueprint, blueprints, strays
from hftd.plugin.host import Plugins
from hftd.runtime.models import rollback
from hftd.runtime.models.workshop import Workshop
from hftd.venues.shipped import SHIPPED

log = logging.getLogger("hftd")

LIVE = frozenset({"session.flatten", "runtime.log"})
"""Settings that may change while the daemon runs, beside those of the tables [risk] and [models.NAME]."""


class Reload:
    """Remembers what was read last."""

    def __init__(self, workshop: Workshop, config: Config, running: Config, plugins: Plugins) -> None:
        """``config`` is what the settings file said, ``running`` what the daemon goes by."""
        self._workshop = workshop
        self._config = config
        self._running = running
        self._others = _others(plugins)

    def take(self) -> list[str]:
        """Read everything again and take it; what is other than before, a line each. For the workshop's thread.

        Raises HftdError with what is bad, or needs a restart; then nothing has changed.
        """
        shop, settings = self._workshop, self._workshop.settings
        after = load(settings)
        fixed = [text for name, text in differences(self._config, after) if not _is_live(name)]
        if fixed:
            raise ConfigError(f"{settings}: {'; '.join(fixed)}: this needs a restart")
        shop.trials.try_out(settings)
        plugins = host.load(shop.folder, SHIPPED)
        try:
            self._check_others(plugins)
            for stray in strays(after, plugins.parts("models"), settings):
                log.warning("%s", stray)
            offered = blueprints(after, plugins, settings, strict=False)
            told = self._perform(after, [rollback.settled(shop.root, plan) for plan in offered])
        except BaseException:
            plugins.forget()
            raise
        parts = plugins.parts("models")
        for file in {part.plugin.file for part in parts.values()} | set(shop.playbill.owners.values()):
            shop.playbill.register(file, [plan for plan in offered if parts[plan.name].plugin.file == file])
        shop.failures = {}
        self._config = after
        return told

    def _perform(self, after: Config, plans: list[Blueprint]) -> list[str]:
        shop, bill = self._workshop, self._workshop.playbill
        told = [text for name, text in differences(self._config, after) if not name.startswith("models.")]
        enter = [plan for plan in plans if bill.enters(plan)]
        leave = bill.plays.keys() - {plan.name for plan in plans}
        told += [f"model {plan.name}: version {plan.digest[:12]} {struck_json(plan.version.options)}" for plan in enter]
        told += [f"model {name}: gone" for name in sorted(leave)]
        running = structs.replace(
            self._running, risk=after.risk, models=after.models,
            session=structs.replace(self._running.session, flatten=after.session.flatten),
            runtime=structs.replace(self._running.runtime, log=after.runtime.log),
        )  # fmt: skip
        shop.perform(enter, leave, running)
        self._running = running
        if after.runtime.log != self._config.runtime.log:
            logging.getLogger().setLevel(after.runtime.log.upper())
        for plan in plans:
            before = bill.plays[plan.name]
            if before.table != plan.table:
                told.append(f"model {plan.name}: other settings of hftd's own")
                shop.replan(structs.replace(before, table=plan.table))
        return told

    def _check_others(self, plugins: Plugins) -> None:
        """Raises PluginError where a plugin changed that only a start takes."""
        now = _others(plugins)
        for file in sorted(now.keys() | self._others.keys()):
            if now.get(file) != self._others.get(file):
                raise PluginError(f"{file}: registers more than models, and its change needs a restart")


def differences(before: Config, after: Config) -> Iterator[tuple[str, str]]:
    """Settings that differ: each by its name, and in words."""
    for table in structs.fields(Config):
        one, other = getattr(before, table.name), getattr(after, table.name)
        if table.name == "models":
            yield from ((f"models.{shown(name)}", f"[models.{shown(name)}]") for name in _unlike(one, other))
            continue
        for field in structs.fields(one):
            old, new = getattr(one, field.name), getattr(other, field.name)
            if old != new:
                text = f"[{table.name}] {field.name}: {found(new)}, was {found(old)}"
                yield f"{table.name}.{field.name}", text


def _unlike(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]


def _is_live(name: str) -> bool:
    return name in LIVE or name.partition(".")[0] in ("risk", "models")


def _others(plugins: Plugins) -> dict[str, str]:
    """Plugins that register more than models: their files, and the digest of each."""
    return {each.file: each.digest for each in plugins.found if set(each.hooks) - {"register_models"}}
