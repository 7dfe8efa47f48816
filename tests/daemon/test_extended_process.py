"""The daemon and the simulated venue before the open: what goes out is meant for these hours, and is filled in them."""

from pathlib import Path

from processes import at_venue, journal, process, settings, simulated_venue, until

from hftd.core.effects import Refuse, Submit

WISHES = '''
from hftd import Model, Options, buy, hookimpl


class Wishes(Model):
    """Wishes for the market at each odd print, and bids well above the last price at the others, up to three times."""

    class Options(Options):
        symbol: str = "SPY"

    def start(self):
        self.prints = 0

    def on_trade(self, trade):
        self.prints += 1
        if self.prints % 2:
            return buy("SPY", 1)
        return buy("SPY", 1, limit=round(trade.price * 1.01, 2)) if self.prints <= 6 else None


@hookimpl
def register_models():
    return {"wishes": Wishes}
'''


def test_before_the_open_limit_orders_trade_and_others_are_refused(tmp_path: Path) -> None:
    with simulated_venue("--phases", "all", "--date", "2026-11-20") as port:
        more = '[session]\nphases = ["pre", "regular", "post"]\n'
        with process("run", "--config", str(settings(tmp_path, port, more, wishes=WISHES))):
            until((tmp_path / "state" / "journal").exists, "a journal")
            until(lambda: len(journal(tmp_path, Refuse)) >= 3, "refusals")
            orders = until(lambda: len(done := at_venue(port, "orders?status=closed")) == 3 and done, "three fills")
            clock = at_venue(port, "clock")

    assert not clock["is_open"], "the clock tells of the regular session"
    assert {(order["type"], order["extended_hours"]) for order in orders} == {("limit", True)}
    assert {order["status"] for order in orders} == {"filled"}
    assert {each.order.extended for each in journal(tmp_path, Submit)} == {True}
    assert {(each.code, each.wish.limit) for each in journal(tmp_path, Refuse)} == {("session", None)}
