"""What a plugin must look like: hooks that exist, answers of the right shape, models with handlers that exist."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

import msgspec
import pluggy

from hftd.config.expected import nearest, one_of
from hftd.config.schema import Model as Table
from hftd.core.seat import HANDLERS
from hftd.errors import PluginError
from hftd.plugin.hookspecs import KINDS
from hftd.plugin.model import Model, Options
from hftd.plugin.module import said

HOOKS = tuple(f"register_{kind}" for kind in KINDS)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


def hooks(manager: pluggy.PluginManager, plugin: object, file: str) -> tuple[str, ...]:
    """The hooks ``plugin`` implements. Raises PluginError for one that is misspelt, and where there is none."""
    marked = [name for name in dir(plugin) if manager.parse_hookimpl_opts(plugin, name) is not None]
    for name in marked:
        if name not in HOOKS:
            raise PluginError(f"{file}: {name}: no such hook, {nearest(name, HOOKS)}")
    if not marked:
        unmarked = [name for name in HOOKS if hasattr(plugin, name)]
        hint = f"{unmarked[0]} is not marked @hookimpl" if unmarked else f"expected {one_of(HOOKS)} marked @hookimpl"
        raise PluginError(f"{file}: no hook found, {hint}")
    return tuple(marked)


def answer(made: object, hook: str, file: str) -> Mapping[str, Any]:
    """What a hook returned, if it is a dict of names and factories. Raises PluginError."""
    where = f"{file}: {hook}"
    if not isinstance(made, dict):
        raise PluginError(f"{where}: expected a dict of names and factories, found {type(made).__name__}")
    for name, factory in made.items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise PluginError(f"{where}: expected a name of up to 32 letters, digits, - and _, found {name!r}")
        if hook == "register_models":
            check_model(factory, f"{file}: model {name}")
        elif not callable(factory):
            raise PluginError(f"{where}: {name}: expected a factory, found {type(factory).__name__}")
    return made


def check_model(cls: object, where: str) -> None:
    """Hold a model class to what the engine will ask of it. Raises PluginError beginning with ``where``."""
    if not isinstance(cls, type) or not issubclass(cls, Model):
        raise PluginError(f"{where}: expected a subclass of hftd.Model, found {getattr(cls, '__name__', repr(cls))}")
    for name in dir(cls):
        if name.startswith("on_"):
            _check_handler(name, getattr(cls, name), where)
    if not handlers(cls):
        raise PluginError(f"{where}: no handler found, expected {one_of(HANDLERS)}")
    _check_options(cls.Options, where)


def handlers(cls: type[Model]) -> tuple[str, ...]:
    """The handlers a model class defines, in the engine's order."""
    return tuple(name for name in HANDLERS if callable(getattr(cls, name, None)))


def _check_handler(name: str, handler: object, where: str) -> None:
    if name not in HANDLERS:
        raise PluginError(f"{where}: {name}: no such handler, {nearest(name, HANDLERS)}")
    if not callable(handler):
        raise PluginError(f"{where}: {name}: expected a method, found {type(handler).__name__}")
    if inspect.iscoroutinefunction(handler) or inspect.isasyncgenfunction(handler):
        raise PluginError(f"{where}: {name}: expected a plain method, found an async one")
    try:
        inspect.signature(handler).bind(None, None)
    except TypeError as error:
        raise PluginError(f"{where}: {name}: expected to be called as {name}(self, event): {error}") from error


def _check_options(options: object, where: str) -> None:
    if not isinstance(options, type) or not issubclass(options, Options):
        raise PluginError(f"{where}: Options: expected `class Options(Options)` with Options from hftd")
    for name in options.__struct_fields__:
        if name in Table.__struct_fields__:
            raise PluginError(f"{where}: Options: {name} is kept for hftd itself, expected another name")
    try:
        msgspec.inspect.type_info(options)
        msgspec.convert({}, options)
    except msgspec.ValidationError:
        return  # an option without a default, which the settings must give
    except Exception as error:
        raise PluginError(f"{where}: Options: {said(error)}, expected fields of types TOML can hold") from error
