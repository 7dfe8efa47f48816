"""A daemon that trades measures itself: every order that answers a tick, told when asked and noted at the end."""

import json
import signal
import subprocess
from pathlib import Path

from processes import HFTD, PATIENCE, facts, journal, process, settings, simulated_venue, until

from hftd.core.effects import Submit
from hftd.core.events import Measured

BUYER = '''
from hftd import Model, Options, buy, hookimpl


class Buyer(Model):
    """Buys one share at the first three prints."""

    class Options(Options):
        symbol: str = "SPY"

    def __init__(self, options, view):
        super().__init__(options, view)
        self.bought = 0

    def on_trade(self, trade):
        if self.bought < 3:
            self.bought += 1
            return buy("SPY", 1)


@hookimpl
def register_models():
    return {"buyer": Buyer}
'''


def test_every_order_that_answers_a_tick_is_counted_in_every_stage(tmp_path: Path) -> None:
    with simulated_venue() as port:
        file = settings(tmp_path, port, "[risk]\ncollar = 0.5\n", buyer=BUYER)
        with process("run", "--config", str(file)) as daemon:
            until(lambda: facts(file, "latency")["stages"].get("answer", {}).get("count", 0) >= 3, "three answers")
            argv = [*HFTD, "latency", "--config", str(file), "--json"]
            done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=PATIENCE)
            told = json.loads(done.stdout)
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(PATIENCE) == 0

    assert len(journal(tmp_path, Submit)) == 3
    ways = ("receive", "wait", "decode", "decide", "record", "request", "send", "tick_to_order")
    assert {stage: told["stages"][stage]["count"] for stage in ways} == dict.fromkeys(ways, 3)
    assert told["models"]["buyer"]["count"] >= 3
    # Four of the stages lie between the read and the end of tick to order.
    for stage in ("decode", "decide", "record", "request"):
        assert 0 < told["stages"][stage]["max"] <= told["stages"]["tick_to_order"]["max"], stage
    noted = journal(tmp_path, Measured)
    assert sum(sum(each.spans["tick_to_order"].values()) for each in noted) == 3
