"""Sale conditions: what a print may do to a bar and to the last price.

The table is Alpaca's for bar construction, which follows the consolidated tapes' own (CTA and UTP). A print that
carries several letters obeys the strictest of them; a letter the table does not know counts as regular.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from msgspec import Struct

TAPES = "ABCO"
MOST_TAPES, MOST_CONDITIONS = 64, 4096
"""What a table of last prices knows at the most; venues have some twenty combinations."""


class Rule(Struct, frozen=True, gc=False):
    """What a print may set in a bar. ``first``: it may set open and close while the bar has no price yet."""

    open_close: bool
    high_low: bool
    volume: bool
    first: bool = False


REGULAR = Rule(True, True, True)
VOLUME = Rule(False, False, True)
RANGE = Rule(True, True, False)
FIRST = Rule(False, True, True, first=True)
NOTHING = Rule(False, False, False)

# Letter, meaning, tapes that use it so, rule for minute bars, rule for daily bars.
CONDITIONS: tuple[tuple[str, str, str, Rule, Rule], ...] = (
    (" ", "regular", "AB", REGULAR, REGULAR),
    ("@", "regular", "ABCO", REGULAR, REGULAR),
    ("A", "acquisition", "C", REGULAR, REGULAR),
    ("B", "average price", "AB", VOLUME, VOLUME),
    ("B", "bunched", "C", REGULAR, REGULAR),
    ("C", "cash sale", "ABCO", VOLUME, VOLUME),
    ("D", "distribution", "C", REGULAR, REGULAR),
    ("E", "automatic execution", "AB", REGULAR, REGULAR),
    ("F", "intermarket sweep", "ABC", REGULAR, REGULAR),
    ("G", "bunched sold", "C", VOLUME, FIRST),
    ("H", "price variation", "ABC", VOLUME, VOLUME),
    ("I", "odd lot", "ABCO", VOLUME, VOLUME),
    ("K", "rule 127 or 155", "ABC", REGULAR, REGULAR),
    ("L", "sold last", "ABC", REGULAR, REGULAR),
    ("M", "official close", "ABC", NOTHING, NOTHING),
    ("N", "next day", "ABCO", VOLUME, VOLUME),
    ("O", "opening trade", "ABC", REGULAR, REGULAR),
    ("P", "prior reference price", "ABCO", VOLUME, FIRST),
    ("Q", "official open", "ABC", NOTHING, NOTHING),
    ("R", "seller", "ABCO", VOLUME, VOLUME),
    ("T", "extended hours", "ABCO", REGULAR, VOLUME),
    ("U", "extended hours, out of sequence", "ABCO", VOLUME, VOLUME),
    ("V", "contingent", "ABC", VOLUME, VOLUME),
    ("W", "average price", "CO", VOLUME, VOLUME),
    ("X", "cross", "ABC", REGULAR, REGULAR),
    ("Y", "yellow flag", "C", REGULAR, REGULAR),
    ("Z", "out of sequence", "ABC", VOLUME, FIRST),
    ("4", "derivatively priced", "ABC", VOLUME, FIRST),
    ("5", "reopening trade", "ABC", REGULAR, REGULAR),
    ("6", "closing trade", "ABC", REGULAR, REGULAR),
    ("7", "qualified contingent", "ABC", VOLUME, VOLUME),
    ("9", "corrected consolidated close", "ABC", NOTHING, RANGE),
)


@lru_cache(maxsize=4096)
def rule(tape: str, conditions: tuple[str, ...]) -> Rule:
    """What a print may do to a minute bar. On a tape that is not A, B, C or O every tape's meaning counts."""
    return _strictest(row[3] for row in CONDITIONS if row[0] in conditions and _used(row[2], tape))


@lru_cache(maxsize=4096)
def daily_rule(tape: str, conditions: tuple[str, ...]) -> Rule:
    """What a print may do to a daily bar. On a tape that is not A, B, C or O every tape's meaning counts."""
    return _strictest(row[4] for row in CONDITIONS if row[0] in conditions and _used(row[2], tape))


@lru_cache(maxsize=4096)
def sets_last(tape: str, conditions: tuple[str, ...], regular_hours: bool = False) -> bool:
    """Whether a print may move the last price: where its minute rule lets it set open and close.

    Extended-hours prints (T) move it outside the regular session only; during it they are late reports. Pass
    ``regular_hours`` when the print's time is known to lie between the regular open and close.
    """
    return rule(tape, conditions).open_close and not (regular_hours and "T" in conditions)


@dataclass(slots=True)
class LastPrices:
    """``sets_last`` on the way of every tick: look in ``known``, by tape and conditions; ``learn`` what is not there.

    The look-up costs a quarter of a call of ``sets_last``.
    """

    regular_hours: bool = False
    known: dict[str, dict[tuple[str, ...], bool]] = field(default_factory=dict, repr=False, compare=False)
    """Whoever was asked less answers the same."""

    def learn(self, tape: str, conditions: tuple[str, ...]) -> bool:
        """Whether such a print may move the last price, and know it from now on."""
        if len(self.known) >= MOST_TAPES or len(self.known.get(tape, ())) >= MOST_CONDITIONS:
            self.known.clear()  # no venue has that many, so what comes is noise, and must not fill the memory
        found = sets_last(tape, conditions, self.regular_hours)
        self.known.setdefault(tape, {})[conditions] = found
        return found


def _used(tapes: str, tape: str) -> bool:
    return tape not in TAPES or tape in tapes


def _strictest(rules: Iterable[Rule]) -> Rule:
    found = tuple(rules)
    open_close = all(each.open_close for each in found)
    return Rule(
        open_close,
        all(each.high_low for each in found),
        all(each.volume for each in found),
        not open_close and all(each.open_close or each.first for each in found),
    )
