"""``hftd check`` and ``hftd plugins``: what they print when all is well, and one line and an exit status when not."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from hftd.cli import main as command_line
from hftd.venues.shipped import SHIPPED

REPOSITORY = Path(__file__).parents[2]
MODEL = """
from hftd import Model, Options, hookimpl

class M(Model):
    class Options(Options):
        symbols: tuple[str, ...] = ("SPY", "AAPL")
        shares: int = 5

    def on_trade(self, trade):
        return None

    def on_fill(self, fill):
        return None

@hookimpl
def register_models():
    return {"m": M}
"""


@pytest.fixture(autouse=True)
def only_these_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line with the commands of this page alone, and no credentials around."""
    monkeypatch.setattr(command_line, "COMMANDS", ("check", "plugins"))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with empty settings and one good plugin."""
    (tmp_path / "hftd.toml").write_text("")
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "m.py").write_text(MODEL)
    return tmp_path


def hftd(home: Path, command: str, *more: str) -> int:
    return command_line.main([command, "--config", str(home / "hftd.toml"), *more])


def test_check_says_what_is_fine(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Settings, venue, plugins and each model, a line each; exit 0."""
    status = hftd(home, "check")
    out, err = capsys.readouterr()

    assert (status, err) == (0, "")
    assert out.splitlines() == [
        f"settings  {home}/hftd.toml",
        "venue     sim, which needs no keys",
        f"plugins   5 loaded, from {home}/plugins and hftd",
        "model     m: active on SPY AAPL",
    ]


def test_check_as_json(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object that says ok."""
    status = hftd(home, "check", "--json")
    facts = json.loads(capsys.readouterr().out)

    assert (status, facts["ok"], facts["venue"]) == (0, True, "sim")
    assert facts["models"] == [{"name": "m", "state": "active", "symbols": ["SPY", "AAPL"]}]


def test_check_of_the_shipped_settings(capsys: pytest.CaptureFixture[str]) -> None:
    """What hftd ships is right."""
    assert hftd(REPOSITORY, "check") == 0
    assert "model     volume_modulo: active on SPY" in capsys.readouterr().out.splitlines()


def test_check_finds_keys_and_prints_none(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For Alpaca the keys are looked for, and said to be there, and that is all."""
    (home / "keys").write_text("key = PKCANARY0000\nsecret = canarycanary\n")
    (home / "keys").chmod(0o600)
    (home / "hftd.toml").write_text(f'[venue]\nname = "alpaca"\nkeys = "{home}/keys"\n')

    status = hftd(home, "check")
    out, err = capsys.readouterr()

    assert status == 0
    assert "venue     alpaca, keys found and private" in out.splitlines()
    assert "canary" not in (out + err).lower()


def test_check_takes_another_calendar_it_knows(home: Path) -> None:
    """A calendar other than the default is looked up by name."""
    (home / "hftd.toml").write_text('[session]\ncalendar = "LSE"')

    assert hftd(home, "check") == 0


SETTINGS = {
    '[risk]\nmax_shares = "lots"': 'hftd.toml: [risk] max_shares: expected a number, found "lots"',
    "[risk": "hftd.toml: line 1: ",
    "[rsk]": "hftd.toml: [rsk]: no such table, nearest is risk",
    "[models.n]": "hftd.toml: [models.n]: no such model, expected m",
    "[models.m]\nshares = 1.5": "hftd.toml: [models.m] shares: expected a whole number, found 1.5",
    "[models.m]\nsymbols = []": "plugins/m.py: model m: no symbol, expected `symbol` or `symbols`",
    '[venue]\nname = "mars"': 'hftd.toml: [venue] name: no plugin has feeds for "mars", expected alpaca or sim',
    '[runtime]\nplugins = "models"': "models: no such folder, expected the plugins ([runtime] plugins)",
}
CHECKED = {
    '[venue]\nname = "alpaca"\nkeys = "/proc/none"': "/proc/none: no such file, expected the venue's keys",
    '[session]\ncalendar = "NYES"': "hftd.toml: [session] calendar: ",
}


@pytest.mark.parametrize(
    ("command", "settings"),
    [(command, settings) for command in ("check", "plugins") for settings in SETTINGS]
    + [("check", settings) for settings in CHECKED],
)
def test_wrong_settings_are_one_line_and_exit_78(
    home: Path, capsys: pytest.CaptureFixture[str], command: str, settings: str
) -> None:
    """Whatever is wrong is told on one line of stderr that names it, nothing on stdout."""
    (home / "hftd.toml").write_text(settings)

    status = hftd(home, command)
    out, err = capsys.readouterr()

    assert (status, out, len(err.splitlines())) == (78, "", 1)
    assert err.startswith("hftd: ")
    assert (SETTINGS | CHECKED)[settings] in err


@pytest.mark.parametrize("settings", CHECKED)
def test_plugins_are_listed_without_keys_and_calendar(home: Path, settings: str) -> None:
    """The list of plugins needs neither."""
    (home / "hftd.toml").write_text(settings)

    assert hftd(home, "plugins") == 0


PLUGINS = {
    "def f(:": "plugins/bad.py:1: SyntaxError: invalid syntax",
    "raise OSError('no disk')": "plugins/bad.py:1: OSError: no disk",
    "x = 1": "plugins/bad.py: no hook found, expected register_models",
    "from hftd import hookimpl\n@hookimpl\ndef register_model(): return {}":
        "plugins/bad.py: register_model: no such hook, nearest is register_models",
    MODEL.replace("on_trade", "on_trades"): "plugins/bad.py: model m: on_trades: no such handler, nearest is on_trade",
    MODEL: "plugins/m.py: m is among the models of ",
    MODEL.replace('"m"', '"n"').replace("    def on_fill", "    def start(self):\n        1 / 0\n\n    def on_fill"):
        "plugins/bad.py:13: model n: ZeroDivisionError: division by zero",
}  # fmt: skip


@pytest.mark.parametrize("source", PLUGINS)
@pytest.mark.parametrize("command", ["check", "plugins"])
def test_a_bad_plugin_is_one_line_and_exit_78(
    home: Path, capsys: pytest.CaptureFixture[str], source: str, command: str
) -> None:
    """The line names the file, and the line in it where there is one."""
    (home / "plugins" / "bad.py").write_text(source)

    status = hftd(home, command)
    out, err = capsys.readouterr()

    assert (status, out, len(err.splitlines())) == (78, "", 1)
    assert PLUGINS[source] in err


def test_files_open_to_others_are_exit_77(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Keys others can read, plugins others can write, a folder everyone can write: each is refused by name."""
    (home / "keys").write_text("key = PKCANARY0000\nsecret = canarycanary\n")
    (home / "keys").chmod(0o644)
    (home / "hftd.toml").write_text(f'[venue]\nname = "alpaca"\nkeys = "{home}/keys"\n')

    assert hftd(home, "check") == 77
    assert capsys.readouterr().err == f"hftd: {home}/keys: mode 0644, expected 0600: others could read the keys\n"
    (home / "plugins" / "m.py").chmod(0o666)
    assert hftd(home, "check") == 77
    assert f"{home}/plugins/m.py: mode 0666" in capsys.readouterr().err
    (home / "plugins").chmod(0o777)
    assert hftd(home, "check") == 77
    assert f"{home}/plugins: mode 0777" in capsys.readouterr().err


def test_a_fault_as_json_says_the_same_line_and_status(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json keeps the exit status and the line on stderr, and adds an object on stdout."""
    (home / "hftd.toml").write_text("[risk]\nlot = 0")

    status = hftd(home, "check", "--json")
    out, err = capsys.readouterr()

    line = f"{home}/hftd.toml: [risk] lot: expected a number above 0, found 0"
    assert json.loads(out) == {"ok": False, "error": line, "status": 78}
    assert (status, err) == (78, f"hftd: {line}\n")


def test_without_settings_there_is_nothing_to_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The default file is hftd.toml here; where there is none, its name is said."""
    monkeypatch.chdir(tmp_path)

    assert command_line.main(["check"]) == 78
    assert capsys.readouterr().err == "hftd: hftd.toml: no such file, expected the settings\n"


def test_plugins_lists_files_hooks_models_and_hashes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table of one line a model, aligned, with the first 12 digits of the file's SHA-256."""
    status = hftd(home, "plugins")
    heading, ours, *_, model = (line.split() for line in capsys.readouterr().out.splitlines())

    assert status == 0
    assert heading == ["plugin", "hooks", "model", "state", "symbols", "handlers", "hash", "file"]
    assert ours[1] == "register_checks"
    assert model == [
        "m", "register_models", "m", "active", "SPY", "AAPL", "on_trade", "on_fill",
        sha256(MODEL.encode()).hexdigest()[:12], f"{home}/plugins/m.py",
    ]  # fmt: skip


def test_plugins_as_json(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same facts, typed."""
    status = hftd(home, "plugins", "--json")
    ours, *venues, model = json.loads(capsys.readouterr().out)

    assert (status, ours["hooks"], ours["model"]) == (0, ["register_checks"], "")
    assert [venue["plugin"] for venue in venues] == [module.__name__ for module in SHIPPED]
    assert model == {
        "plugin": "m",
        "file": f"{home}/plugins/m.py",
        "hooks": ["register_models"],
        "hash": sha256(MODEL.encode()).hexdigest()[:12],
        "model": "m",
        "state": "active",
        "symbols": ["SPY", "AAPL"],
        "handlers": ["on_trade", "on_fill"],
    }


def test_a_group_this_machine_has_not_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """[runtime] traders and its like name groups of the machine the daemon runs on."""
    (home / "hftd.toml").write_text('[runtime]\ntraders = "no such group"\n')

    assert hftd(home, "check") == 78
    said = f'hftd: {home}/hftd.toml: [runtime] traders: expected a group of this machine or "", found "no such group"\n'
    assert capsys.readouterr().err == said
