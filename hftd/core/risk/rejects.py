"""What the venue turns away again and again is not sent again and again."""

from hftd.core.intents import Intent
from hftd.core.risk.check import Check, opening
from hftd.core.risk.limits import Limits
from hftd.core.state import State


def rejects(limits: Limits) -> Check:
    """The venue has not rejected too many orders of the symbol in a row, or the last of them is long enough ago.

    A rejection counts whoever's order it was. An order the venue takes ends the row; so does a new day. When the pause
    is over one order may try, and if that is rejected too, the next pause begins. A model whose own orders are rejected
    in a row, in whatever symbols, is benched.

    Passes nevertheless: what closes a position.
    """
    return Patience(limits.max_rejects, int(limits.cool_down_seconds * 1e9), limits.bench_after_rejects)


class Patience:
    """How many rejections in a row are borne: ``a_symbol`` until it pauses for ``pause`` ns, by a model ``a_model``."""

    def __init__(self, a_symbol: int, pause: int, a_model: int) -> None:
        self._a_symbol = a_symbol
        self._pause = pause
        self._a_model = a_model

    def __call__(self, intent: Intent, state: State) -> str | None:
        """As every check: why the intent may not pass, or None."""
        if not state.rejects:
            return None
        row = state.rejects.get(intent.symbol)
        if row is None or row.count < self._a_symbol:
            return None
        left = row.at + self._pause - state.now
        if left <= 0 or not opening(intent, state):
            return None
        return f"the venue rejected {row.count} orders in {intent.symbol} in a row, next try in {left / 1e9:.1f} s"

    def lost(self, rejected: int) -> str | None:
        """Why a model must be benched that had ``rejected`` orders in a row rejected; None while it may go on."""
        return f"{rejected} orders in a row were rejected" if rejected >= self._a_model else None
