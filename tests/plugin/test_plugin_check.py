"""What a plugin must look like, and the one line each fault ends in."""

from typing import Any

import pluggy
import pytest

from hftd import Model, Options, hookimpl
from hftd.errors import PluginError
from hftd.plugin import hookspecs
from hftd.plugin.check import HOOKS, answer, check_model, handlers, hooks


class Good(Model):
    """A model as small as they come."""

    def on_trade(self, trade: object) -> None:
        """Wish for nothing."""


def plugin(**functions: object) -> object:
    """A plugin of these functions."""
    return type("Written", (), {name: staticmethod(function) for name, function in functions.items()})  # type: ignore[arg-type]


def host() -> pluggy.PluginManager:
    manager = pluggy.PluginManager("hftd")
    manager.add_hookspecs(hookspecs)
    return manager


def model(name: str = "M", **body: Any) -> type:
    """A model class with these attributes."""
    return type(name, (Model,), body)


def test_the_hooks_are_those_of_the_hookspecs() -> None:
    """Every kind has its hook, and there is no hook beside them."""
    specified = {name for name in vars(host().hook) if name.startswith("register_")}

    assert specified == set(HOOKS)
    assert len(HOOKS) == 6
    assert all(getattr(hookspecs, name).__doc__ for name in HOOKS)


def marked() -> Any:
    """A function that is marked as a hook's implementation."""

    @hookimpl
    def nothing() -> dict[str, object]:
        return {}

    return nothing


def test_hooks_of_a_plugin_are_those_it_marked() -> None:
    """Marked functions count, others do not."""
    assert hooks(host(), plugin(register_models=marked(), register_feeds=dict), "f.py") == ("register_models",)


def test_a_misspelt_hook_is_told_with_the_nearest() -> None:
    """register_modles is not silently ignored."""
    with pytest.raises(PluginError) as caught:
        hooks(host(), plugin(register_modles=marked()), "f.py")

    assert str(caught.value) == "f.py: register_modles: no such hook, nearest is register_models"


def test_a_file_without_hooks_is_no_plugin() -> None:
    """A plugin that registers nothing is a mistake worth a word, above all a forgotten mark."""
    with pytest.raises(PluginError, match=r"^f.py: no hook found, expected register_models, .* marked @hookimpl$"):
        hooks(host(), plugin(), "f.py")
    with pytest.raises(PluginError, match=r"^f.py: no hook found, register_models is not marked @hookimpl$"):
        hooks(host(), plugin(register_models=dict), "f.py")


NO_DICT = "register_models: expected a dict of names and factories, found"
NO_NAME = "register_models: expected a name of up to 32 letters, digits, - and _, found"


@pytest.mark.parametrize(
    ("hook", "made", "message"),
    [
        ("register_models", [Good], f"{NO_DICT} list"),
        ("register_models", None, f"{NO_DICT} NoneType"),
        ("register_models", {1: Good}, f"{NO_NAME} 1"),
        ("register_models", {"a b": Good}, f"{NO_NAME} 'a b'"),
        ("register_models", {"x" * 33: Good}, f"{NO_NAME} '{'x' * 33}'"),
        ("register_models", {"m": dict}, "model m: expected a subclass of hftd.Model, found dict"),
        ("register_models", {"m": 7}, "model m: expected a subclass of hftd.Model, found 7"),
        ("register_feeds", {"x": 3}, "register_feeds: x: expected a factory, found int"),
    ],
)
def test_a_hook_that_returns_nonsense_is_told(hook: str, made: object, message: str) -> None:
    """The hook, the name and what was found stand in one line."""
    with pytest.raises(PluginError) as caught:
        answer(made, hook, "f.py")

    assert str(caught.value) == f"f.py: {message}"


def test_a_good_answer_is_taken_as_it_is() -> None:
    """Names in the plugin's order, factories untouched."""
    made = {"b": Good, "a-1_x": Good}

    assert answer(made, "register_models", "f.py") == made


def quiet(self: object, event: object) -> None:
    """A handler that wishes for nothing."""


async def later(self: object, event: object) -> None:
    """A coroutine, which the loop never awaits."""


class Stateful(Options):
    """Options with a field hftd keeps for itself."""

    state: str = "on"


ALL = "on_trade, on_quote, on_bar, on_status, on_fill, on_timer, on_gap, on_open or on_close"
CALLED = "on_trade: expected to be called as on_trade(self, event):"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, f"no handler found, expected {ALL}"),
        ({"on_trades": quiet}, "on_trades: no such handler, nearest is on_trade"),
        ({"on_trade": quiet, "on_qoute": 1}, "on_qoute: no such handler, nearest is on_quote"),
        ({"on_trade": 5}, "on_trade: expected a method, found int"),
        ({"on_trade": later}, "on_trade: expected a plain method, found an async one"),
        ({"on_trade": lambda self: None}, f"{CALLED} too many positional arguments"),
        ({"on_trade": lambda self, a, b: None}, f"{CALLED} missing a required argument: 'b'"),
        ({"on_trade": quiet, "Options": dict}, "Options: expected `class Options(Options)` with Options from hftd"),
        ({"on_trade": quiet, "Options": Stateful}, "Options: state is kept for hftd itself, expected another name"),
    ],
)
def test_a_wrong_model_is_told(body: dict[str, Any], message: str) -> None:
    """Misspelt, mistyped or uncallable handlers and foreign options are found before the model trades."""
    with pytest.raises(PluginError) as caught:
        check_model(model(**body), "f.py: model m")

    assert str(caught.value) == f"f.py: model m: {message}"


def test_options_toml_cannot_hold_are_told() -> None:
    """A field whose type no value of the settings can have is the author's mistake."""

    class Odd(Options):
        what: list[int] | tuple[str, ...] = ()

    with pytest.raises(PluginError, match=r"^f.py: model m: Options: .*, expected fields of types TOML can hold$"):
        check_model(model(on_trade=quiet, Options=Odd), "f.py: model m")


def test_an_option_without_default_is_allowed() -> None:
    """The settings must give it; that is for them to find."""

    class Required(Options):
        symbol: str

    cls = model(on_trade=quiet, Options=Required)
    check_model(cls, "f.py: model m")

    assert handlers(cls) == ("on_trade",)


def test_inherited_handlers_count_in_the_engines_order() -> None:
    """A model may build on another; its handlers are listed as the engine asks them."""
    cls = type("Child", (Good,), {"on_close": quiet, "on_quote": quiet})

    assert handlers(cls) == ("on_trade", "on_quote", "on_close")
