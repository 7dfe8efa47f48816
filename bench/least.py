"""The least that trades and can tell of it, beside the bare sockets: `python -m bench.least PORT WAIT [tls]`.

It decodes a tick, asks a rule, writes both into a file and sends an order of its own making. It checks nothing, keeps
no account and reads no answer.
"""

import os
import sys
from itertools import count
from tempfile import TemporaryFile

import msgspec

from bench.bare import HEAD, trade

LONG = 126  # a frame that says so here has its length in two bytes more (RFC 6455 section 5.2)


class Tick(msgspec.Struct, frozen=True, gc=False):
    """A print, in Alpaca's keys."""

    S: str
    p: float
    s: int
    t: str


class Placing(msgspec.Struct, frozen=True, gc=False):
    """An order at the market."""

    symbol: str
    side: str
    client_order_id: str
    qty: str = "5"
    type: str = "market"
    time_in_force: str = "day"


def main(port: int, wait: str, *, tls: bool) -> None:
    """Trade until the venue hangs up."""
    decode, encode, numbers = msgspec.json.Decoder(list[Tick]).decode, msgspec.json.Encoder().encode, count(1)
    with TemporaryFile() as file:

        def order(frame: bytes) -> bytes:
            (found,) = decode(frame[4 if frame[1] == LONG else 2 :])
            side = "sell" if found.s % 17 == 0 else "buy"
            body = encode(Placing(found.S, side, f"20260916-abcdef-{next(numbers):06d}"))
            os.write(file.fileno(), frame + body)
            return HEAD % len(body) + body

        trade(port, wait, order, tls=tls)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], tls="tls" in sys.argv[3:])
