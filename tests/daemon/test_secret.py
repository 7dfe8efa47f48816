"""Options of models that their names call secrets: kept for the model and its journal, and told to nobody."""

import json
import subprocess
from pathlib import Path

import pytest
from processes import HFTD, journal, process, settings, simulated_venue, status, until

from hftd.config.secret import struck, struck_json
from hftd.core.events import Enter

TOKEN = "canarytokencanarytoken"

NEWS = '''
from hftd import Model, Options, buy, hookimpl


class News(Model):
    """Asks a service of its author's, which wants a token."""

    class Options(Options):
        symbol: str = "SPY"
        api_token: str = ""

    def on_trade(self, trade):
        assert self.options.api_token.startswith("canary")
        return buy("SPY", SHARES, limit=round(trade.price * 0.9, 2))


@hookimpl
def register_models():
    return {"news": News}
'''


@pytest.mark.parametrize(
    ("thing", "told"),
    [
        ({"symbol": "SPY", "api_token": "x"}, {"symbol": "SPY", "api_token": "***"}),
        ({"deep": {"Password": "x", "shares": 5}}, {"deep": {"Password": "***", "shares": 5}}),
        ({"services": [{"key": "x"}, {"url": "y"}]}, {"services": [{"key": "***"}, {"url": "y"}]}),
        ({"secrets": ["a", "b"]}, {"secrets": "***"}),
        (["key"], ["key"]),
        (5, 5),
    ],
)
def test_what_is_called_a_secret_is_struck_out(thing: object, told: object) -> None:
    assert struck(thing) == told


def test_options_without_secrets_are_told_as_they_are() -> None:
    assert struck_json('{"b": 1.50,"a":"é"}') == '{"b": 1.50,"a":"é"}'
    assert struck_json('{"b":1.5,"apiKey":"x","a":2}') == '{"b":1.5,"apiKey":"***","a":2}'


def test_a_daemon_tells_nobody_the_secrets_of_a_model(tmp_path: Path) -> None:
    """Neither as it starts and swaps the model, nor as it reloads, rolls back and answers; ``why`` does not either."""

    def said(*words: str) -> str:
        done = subprocess.run([*HFTD, *words, "--config", str(file)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    with simulated_venue() as port:
        more = "[models.news]\napi_token = "
        file = settings(tmp_path, port, f"{more}'{TOKEN}'\n", news=NEWS.replace("SHARES", "1"))
        with process("run", "--config", str(file), said=tmp_path / "log"):
            until(lambda: status(file).get("counts", {}).get("orders"), "an order")
            (tmp_path / "plugins" / "news.py").write_text(NEWS.replace("SHARES", "2"))
            until(lambda: journal(tmp_path, Enter), "the new version")
            settings(tmp_path, port, f"{more}'{TOKEN}2'\n")
            told = said("reload") + said("models", "--json") + said("model", "news", "rollback") + said("models")
            until(lambda: len(journal(tmp_path, Enter)) == 3, "the version before")
        told += said("why", "1")

    log = (tmp_path / "log").read_text()
    assert log.count("model news enters") == 3
    assert log.count('"api_token":"***"') >= 3
    assert '"api_token":"***"' in told
    assert TOKEN not in log + told
    assert json.loads(journal(tmp_path, Enter)[0].version.options)["api_token"] == TOKEN
