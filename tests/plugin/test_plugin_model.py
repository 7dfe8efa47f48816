"""What a plugin author writes against."""

from decimal import Decimal

import pytest

import hftd
from hftd import Model, Options, hookimpl
from hftd.core.state import State
from hftd.core.view import StateView
from hftd.plugin.blank import Blank
from hftd.plugin.model import View


def test_the_names_authors_import_are_these() -> None:
    """A name taken away breaks plugins; one added is a promise."""
    assert hftd.__all__ == [
        "Bar", "Fill", "Gap", "Model", "Options", "Order", "Quote", "SessionPhase", "Status", "Timer", "Trade", "View",
        "Wish", "amend", "buy", "cancel", "hookimpl", "sell", "target", "wake",
    ]  # fmt: skip
    assert all(getattr(hftd, name) is not None for name in hftd.__all__)


def test_options_are_written_inside_the_model_under_their_own_name() -> None:
    """`class Options(Options)` in the class body extends the imported one, with defaults and types."""

    class Nested(Model):
        class Options(Options):
            symbol: str = "SPY"
            shares: int = 5

    options = Nested.Options(shares=7)

    assert issubclass(Nested.Options, hftd.Options)
    assert (options.symbol, options.shares) == ("SPY", 7)
    with pytest.raises(AttributeError):
        options.shares = 8


def test_a_model_starts_with_its_options_and_its_view() -> None:
    """start() runs once, when both are there."""

    class Started(Model):
        def start(self) -> None:
            self.seen = [(self.options, self.view)]

    options, view = Options(), Blank()

    assert Started(options, view).seen == [(options, view)]


@pytest.mark.parametrize(
    ("fields", "symbols"),
    [
        ({"symbol": (str, "SPY")}, ("SPY",)),
        ({"symbols": (tuple[str, ...], ("SPY", "AAPL"))}, ("SPY", "AAPL")),
        ({}, ()),
    ],
)
def test_symbols_are_those_the_options_name(fields: dict[str, tuple[type, object]], symbols: tuple[str, ...]) -> None:
    """One symbol, several, or none."""
    body = {"__annotations__": {key: kind for key, (kind, _) in fields.items()}}
    options = type("O", (Options,), body | {key: default for key, (_, default) in fields.items()})

    assert Model(options(), Blank()).symbols == symbols


def test_the_blank_view_answers_everything_with_nothing() -> None:
    """A model may ask in start(): no price, no position, no order, no time."""
    view: View = Blank()

    assert (view.now, view.phase, view.last("SPY"), view.quote("SPY")) == (0, "asleep", None, None)
    assert (view.position("SPY"), view.orders()) == (Decimal(0), ())


def test_the_engines_view_offers_what_the_protocol_promises() -> None:
    """Whatever a model may call on a View, the engine's has and the blank one has, and neither has less."""
    promised = {name for name in vars(View) if not name.startswith("_")}

    assert promised == {"now", "phase", "last", "quote", "position", "account", "orders"}
    for view in (Blank(), StateView(State(), "m")):
        assert all(hasattr(view, name) for name in promised)


def test_the_mark_leaves_a_function_as_it_is() -> None:
    """A hook can be called in a test like any function."""

    @hookimpl
    def register_models() -> dict[str, type[Model]]:
        return {"m": Model}

    assert register_models() == {"m": Model}
