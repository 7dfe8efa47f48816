"""How much a price moves in a day, from how much it moves in a minute.

The estimator is that of RiskMetrics (J.P. Morgan/Reuters, Technical Document, 4th edition, 1996, section 5.2): the
exponentially weighted mean of squared log returns, their mean taken as zero, with the decay factor 0.94. A step is a
minute here, so what is an hour old hardly counts.
"""

from decimal import Decimal
from math import log, sqrt

from msgspec import Struct

DECAY = 0.94
ENOUGH = 30  # returns; fewer say too little
MINUTES = 390  # minutes of a regular session, 9:30 to 16:00 in New York: what makes a day of a minute


class Moves(Struct, gc=False):
    """One symbol's one-minute log returns since the day began, weighted so that the weights sum to one.

    The return of a minute is that of its last price over the last price of the minute before it that had one, so a
    quiet minute is no return of 0: where a symbol trades seldom, the estimate errs on the high side.
    """

    close: float = 0.0
    """The last price of the last minute that had one; 0 before it."""
    returns: int = 0
    squares: float = 0.0
    weights: float = 0.0

    def add(self, close: float) -> None:
        """Take a minute's last price, in dollars."""
        if close <= 0:
            return
        if self.close:
            self.squares = DECAY * self.squares + log(close / self.close) ** 2
            self.weights = DECAY * self.weights + 1
            self.returns += 1
        self.close = close

    @property
    def of_a_day(self) -> Decimal:
        """The standard deviation of a day's return, as a fraction to six places; 0 while there are too few to tell."""
        day = sqrt(MINUTES * self.squares / self.weights) if self.returns >= ENOUGH else 0.0
        return Decimal(f"{day:.6f}")
