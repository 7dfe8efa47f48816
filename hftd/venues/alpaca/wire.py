"""Alpaca's market-data messages as they stand on the wire (stock stream v2, section 5 of its documentation).

One tagged struct a message type, so that msgspec picks the type and checks it in one pass. Unknown keys are ignored:
the venue adds some. In JSON ``t`` is RFC 3339 text, in msgpack a Timestamp extension: both keep their nanoseconds.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct, field
from msgspec.msgpack import Ext

# A print or a bar has a positive, finite price; 10 million dollars a share is beyond anything listed.
Price = Annotated[float, Meta(gt=0, lt=1e7)]
# A side of a quote that nobody fills has price 0.
Side = Annotated[float, Meta(ge=0, lt=1e7)]
# A trade of no shares is no trade (and would divide by every number a model may choose).
Size = Annotated[int, Meta(ge=1, lt=2**53)]
Count = Annotated[int, Meta(ge=0, lt=2**53)]
# Trade ids; the tape and the journal keep 64 bits of them.
Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Symbol = Annotated[str, Meta(min_length=1, max_length=32)]
Stamp = str | Ext
Letters = tuple[str, ...] | None


class Message(Struct, frozen=True, gc=False, tag_field="T"):
    """Any message of the stream."""


class Success(Message, frozen=True, tag="success"):
    """``connected`` or ``authenticated``."""

    msg: str


class Error(Message, frozen=True, tag="error"):
    """Something the venue did not accept; section 4 lists the codes."""

    code: int
    msg: str = ""


class Subscription(Message, frozen=True, tag="subscription"):
    """The whole set the venue will send from now on."""

    trades: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()


class Trade(Message, frozen=True, tag="t"):
    """A print."""

    S: Symbol
    p: Price
    s: Size
    t: Stamp
    c: Letters = None
    x: str = ""
    z: str = ""
    i: Id = 0


class Quote(Message, frozen=True, tag="q"):
    """The best bid and offer."""

    S: Symbol
    bp: Side
    bs: Count
    ap: Side
    as_: Count = field(name="as")
    t: Stamp
    c: Letters = None
    bx: str = ""
    ax: str = ""
    z: str = ""


class _Bar(Message, frozen=True):
    S: Symbol
    o: Price
    h: Price
    l: Price  # noqa: E741 - the venue's own letter
    c: Price
    v: Count
    t: Stamp
    n: Count | None = None
    vw: Side | None = None


class MinuteBar(_Bar, frozen=True, tag="b"):
    """A minute, just over."""


class DailyBar(_Bar, frozen=True, tag="d"):
    """The day so far."""


class UpdatedBar(_Bar, frozen=True, tag="u"):
    """A minute already sent, corrected."""


class Status(Message, frozen=True, tag="s"):
    """A halt, its end, or another word on how a symbol trades."""

    S: Symbol
    sc: str
    t: Stamp
    sm: str = ""
    rc: str = ""
    rm: str = ""
    z: str = ""


class Luld(Message, frozen=True, tag="l"):
    """Limit-up and limit-down prices."""

    S: Symbol
    u: Side
    d: Side
    t: Stamp
    i: str = ""
    z: str = ""


class Correction(Message, frozen=True, tag="c"):
    """A print corrected."""

    S: Symbol
    op: Price
    os: Count
    cp: Price
    cs: Count
    t: Stamp
    oi: Id = 0
    ci: Id = 0
    x: str = ""
    z: str = ""


class Bust(Message, frozen=True, tag="x"):
    """A print cancelled or declared an error."""

    S: Symbol
    p: Price
    s: Count
    t: Stamp
    i: Id = 0
    a: str = ""
    x: str = ""
    z: str = ""


class Imbalance(Message, frozen=True, tag="i"):
    """The order imbalance around a halt: known, and of no use to anybody here yet."""

    S: Symbol
    p: Any = None


Wire = (
    Success | Error | Subscription | Trade | Quote | MinuteBar | DailyBar | UpdatedBar
    | Status | Luld | Correction | Bust | Imbalance
)  # fmt: skip
