"""What the model of the proof wishes: a pure function of one print, so that anybody can tell what was asked for."""

from decimal import Decimal

from hftd.core.events import Trade
from hftd.core.intents import Intent, buy, exact, sell

PERIOD = 24
"""The rule repeats itself after so many prints of a symbol: it buys in the first half and sells in the second."""

CENTS = 0.03  # how far from the print a limit order rests; soon reached, often enough not at once


def intents(trade: Trade) -> tuple[Intent, ...]:
    """The orders wished for after ``trade``: none, one, or two at once. It buys a little more than it sells."""
    symbol, shares = trade.symbol, 1 + trade.size % 5
    match trade.id % PERIOD:
        case 1:
            return (buy(symbol, shares + 1),)
        case 3:
            return (buy(symbol, shares, near(trade, -CENTS)), buy(symbol, 2, near(trade, -2 * CENTS)))
        case 6:
            return (buy(symbol, shares + 1), buy(symbol, 1, near(trade, CENTS)))
        case 9:
            return (buy(symbol, shares, near(trade, -CENTS)),)
        case 13:
            return (sell(symbol, shares),)
        case 15:
            return (sell(symbol, shares, near(trade, CENTS)), sell(symbol, 1, near(trade, 2 * CENTS)))
        case 18:
            return (sell(symbol, 1), sell(symbol, 1, near(trade, -CENTS)))
        case 21:
            return (sell(symbol, shares, near(trade, CENTS)),)
        case _:
            return ()


def near(trade: Trade, away: float) -> Decimal:
    """A limit ``away`` dollars from the print, in whole cents."""
    return exact(round(trade.price + away, 2))


def withdraws(trade: Trade) -> bool:
    """Whether everything open in the symbol is to be withdrawn now."""
    return trade.id % (PERIOD // 2) == 0


def amends(trade: Trade) -> bool:
    """Whether the oldest open order of the symbol is to be repriced now."""
    return trade.id % (PERIOD // 2) in {5, 10}
