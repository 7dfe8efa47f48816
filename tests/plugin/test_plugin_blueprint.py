"""From settings and plugins to models that can be built."""

from hashlib import sha256
from pathlib import Path

import pytest

from hftd.config.load import folder, load
from hftd.errors import ConfigError, PluginError
from hftd.plugin import host
from hftd.plugin.blank import Blank
from hftd.plugin.blueprint import Blueprint, blueprints

EXAMPLE = '''
from decimal import Decimal
from hftd import Model, Options, hookimpl


class Example(Model):
    class Options(Options):
        symbol: str = "SPY"
        shares: int = 5
        limit: Decimal = Decimal(1)
        share: float = 0.5

    def on_trade(self, trade):
        return None


@hookimpl
def register_models():
    return {"example": Example}
'''


def made(tmp_path: Path, settings: str = "", source: str = EXAMPLE) -> tuple[Blueprint, ...]:
    """The blueprints of one plugin file and these settings."""
    (tmp_path / "plugins").mkdir(exist_ok=True)
    (tmp_path / "plugins" / "example.py").write_text(source)
    (tmp_path / "hftd.toml").write_text(settings)
    config = load(tmp_path / "hftd.toml")
    plugins = host.load(folder(config, tmp_path / "hftd.toml"), entries=())
    try:
        return blueprints(config, plugins, tmp_path / "hftd.toml")
    finally:
        plugins.forget()


def test_a_model_without_a_table_is_active_with_its_defaults(tmp_path: Path) -> None:
    """Dropping a file in is enough."""
    (blueprint,) = made(tmp_path)

    assert (blueprint.name, blueprint.table.state, blueprint.handlers) == ("example", "active", ("on_trade",))
    assert (blueprint.options.symbol, blueprint.options.shares) == ("SPY", 5)  # type: ignore[attr-defined]
    assert blueprint.file == str(tmp_path / "plugins/example.py")
    assert blueprint.digest == sha256(EXAMPLE.encode()).hexdigest()


def test_a_table_gives_state_and_options(tmp_path: Path) -> None:
    """`state` is hftd's, every other key is the model's, numbers are taken as they are written."""
    (blueprint,) = made(
        tmp_path,
        '[models.example]\nstate = "shadow"\nsymbol = "AAPL"\nlimit = 0.10\nshare = 1',
    )
    options = blueprint.options

    assert blueprint.table.state == "shadow"
    assert (options.symbol, options.shares, str(options.limit), options.share) == ("AAPL", 5, "0.10", 1.0)  # type: ignore[attr-defined]


def test_a_built_model_has_its_options_and_its_view(tmp_path: Path) -> None:
    """build() makes a new model each time."""
    (blueprint,) = made(tmp_path)
    view = Blank()
    model = blueprint.build(view)

    assert (model.options, model.view, model.symbols) == (blueprint.options, view, ("SPY",))
    assert blueprint.build(view) is not model


FAULTS = {
    '[models.example]\nshares = "many"': '[models.example] shares: expected a whole number, found "many"',
    "[models.example]\nshares = 1.5": "[models.example] shares: expected a whole number, found 1.5",
    "[models.example]\nsymbol = 5": "[models.example] symbol: expected text, found 5",
    "[models.example]\nlimit = nan": "[models.example] limit: expected a finite number, found NaN",
    "[models.example]\nshraes = 5": "[models.example] shraes: no such key, nearest is shares",
    "[models.exampel]": "[models.exampel]: no such model, expected example",
    '[models."a b"]': '[models."a b"]: no such model, expected example',
}


@pytest.mark.parametrize("settings", FAULTS)
def test_a_wrong_table_names_file_table_key_and_what_was_expected(tmp_path: Path, settings: str) -> None:
    """Options are held to their types, and to their names, in one line."""
    with pytest.raises(ConfigError) as caught:
        made(tmp_path, settings)

    assert str(caught.value) == f"{tmp_path}/hftd.toml: {FAULTS[settings]}"


def test_a_table_where_no_plugin_brings_a_model(tmp_path: Path) -> None:
    """With no model at all, the message says that instead of an empty list."""
    source = "from hftd import hookimpl\n\n\n@hookimpl\ndef register_feeds():\n    return {}\n"

    with pytest.raises(ConfigError, match=r"\[models\.m\]: no such model, no plugin registers any$"):
        made(tmp_path, "[models.m]", source)


def test_a_required_option_must_be_in_the_table(tmp_path: Path) -> None:
    """An option without a default says where it belongs."""
    source = EXAMPLE.replace('symbol: str = "SPY"', "symbol: str").replace(" = 5", "").replace(" = Decimal(1)", "")
    source = source.replace(" = 0.5", "")

    with pytest.raises(ConfigError) as caught:
        made(tmp_path, '[models.example]\nsymbol = "SPY"', source)

    assert str(caught.value) == f"{tmp_path}/hftd.toml: [models.example] shares: missing, expected a whole number"


def test_a_model_that_cannot_start_is_told_with_its_line(tmp_path: Path) -> None:
    """start() raising is a fault of the plugin: file, line, model, type and text."""
    source = EXAMPLE.replace("    def on_trade", "    def start(self):\n        self.x = 1 / 0\n\n    def on_trade")
    (blueprint,) = made(tmp_path, source=source)

    with pytest.raises(PluginError) as caught:
        blueprint.build(Blank())

    line = source.splitlines().index("        self.x = 1 / 0") + 1
    expected = f"{tmp_path}/plugins/example.py:{line}: model example: ZeroDivisionError: division by zero"
    assert str(caught.value) == expected


@pytest.mark.parametrize("options", ['symbol: str = ""', "symbols: tuple[str, ...] = ()", "other: int = 1"])
def test_a_model_without_symbols_is_told_how_to_name_one(tmp_path: Path, options: str) -> None:
    """A model nobody tells anything would sit there for ever."""
    (blueprint,) = made(tmp_path, source=EXAMPLE.replace('symbol: str = "SPY"', options))

    with pytest.raises(PluginError) as caught:
        blueprint.build(Blank())

    assert str(caught.value) == (
        f"{tmp_path}/plugins/example.py: model example: no symbol, expected `symbol` or `symbols` in its Options,"
        " set there or in [models.example]"
    )
