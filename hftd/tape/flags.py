"""Lean's tick conditions as the tapes' letters.

Lean writes them as hexadecimal bit flags (QuantConnect's ``TradeConditionFlags`` and ``QuoteConditionFlags``). Bits
without a letter of their own are left out: among them 20000000, which only marks a print as exempt from the
trade-through rule, and 20000, bunched, whose letter B means an average price on other tapes.
"""

from functools import lru_cache

TRADE_LETTERS: tuple[tuple[int, str], ...] = (
    (0x1, "@"),  # regular
    (0x2, "C"),  # cash sale
    (0x4, "N"),  # next day
    (0x8, "R"),  # seller
    (0x10, "Y"),  # yellow flag
    (0x20, "F"),  # intermarket sweep
    (0x40, "O"),  # opening print
    (0x80, "6"),  # closing print
    (0x100, "5"),  # reopening print
    (0x200, "4"),  # derivatively priced
    (0x400, "T"),  # Form T
    (0x800, "L"),  # sold last
    (0x2000, "T"),  # extended hours
    (0x4000, "Z"),  # out of sequence
    (0x10000, "A"),  # acquisition
    (0x40000, "V"),  # stock and option, now called contingent
    (0x80000, "D"),  # distribution
    (0x100000, "W"),  # average price
    (0x200000, "X"),  # cross
    (0x400000, "H"),  # price variation
    (0x800000, "K"),  # rule 155
    (0x1000000, "M"),  # official close
    (0x2000000, "P"),  # prior reference price
    (0x4000000, "Q"),  # official open
    (0x10000000, "E"),  # automatic execution
    (0x80000000, "I"),  # odd lot
)

QUOTE_LETTERS: tuple[tuple[int, str], ...] = (
    (0x1, "R"),  # regular
    (0x8, "C"),  # closing
    (0x80, "I"),  # order imbalance
    (0x400, "N"),  # non-firm
    (0x800, "O"),  # opening
    (0x200000, "F"),  # fast trading
)


@lru_cache(maxsize=4096)
def trade_conditions(flags: str) -> tuple[str, ...]:
    """The sale-condition letters of a print's flags; ValueError where ``flags`` is no hexadecimal number."""
    letters = _letters(flags, TRADE_LETTERS)
    if "Z" in letters and "T" in letters:  # the tapes have one letter for both
        letters = tuple("U" if letter == "Z" else letter for letter in letters if letter != "T")
    return letters


@lru_cache(maxsize=4096)
def quote_conditions(flags: str) -> tuple[str, ...]:
    """The condition letters of a quote's flags; ValueError where ``flags`` is no hexadecimal number."""
    return _letters(flags, QUOTE_LETTERS)


def _letters(flags: str, table: tuple[tuple[int, str], ...]) -> tuple[str, ...]:
    bits = int(flags, 16) if flags else 0
    return tuple(dict.fromkeys(letter for bit, letter in table if bits & bit))
