"""How many prints a second one core takes in, decoded, with a model called for each.

The venue sends as fast as it is read. No print but the last makes an order, and that order ends the measurement. For
hftd alone: what a print costs of a symbol no model listens to, where only one symbol of 5,000 has a model.
"""

import gc
import time
from collections.abc import Iterator, Sequence
from functools import partial

from bench import ticks
from bench.clients import trading
from bench.figures import Reading
from bench.plan import Measure, Plan
from bench.venue import Venue
from bench.wire import BINARY, TEXT
from bench.wire import frame as framed

A_FRAME = (1, 50)
CHUNK = 1 << 20
SYMBOLS = 5_000


def measures(plan: Plan) -> Iterator[Measure]:
    """Each program; a run of one is both frame sizes."""
    for name in ("hftd", *plan.clients):
        yield partial(_run, plan, name)
    yield partial(_unwanted, plan)


def _run(plan: Plan, name: str) -> Sequence[Reading]:
    readings = []
    with trading(name) as (venue, client):
        blast(venue, plan.prints // 50, 1)  # the first calls and the first connection cost more
        for a_frame in A_FRAME:
            before = client.cpu()
            seconds = blast(venue, plan.prints, a_frame)
            row = f"ingest/{name}/{a_frame} a frame"
            readings.append(Reading(f"{row}/rate", "prints/s", plan.prints / seconds))
            readings.append(Reading(f"{row}/cpu", "ns/print", (client.cpu() - before) / plan.prints))
    return readings


def _unwanted(plan: Plan) -> Sequence[Reading]:
    count = min(SYMBOLS, plan.prints)
    symbols = [f"S{number}" for number in range(count - 1)] + [ticks.SYMBOL]  # the last print is the interesting one
    with trading("hftd") as (venue, client):
        blast(venue, plan.prints // 50, 1)
        before = client.cpu()
        blast(venue, plan.prints, 50, symbols)
        cost = (client.cpu() - before) / plan.prints
    return [Reading("ingest/hftd/50 a frame, nobody listens/cpu", "ns/print", cost)]


def blast(venue: Venue, count: int, a_frame: int, symbols: Sequence[str] = (ticks.SYMBOL,)) -> float:
    """Send ``count`` prints, so many a frame; the seconds until the order for the last one is complete.

    Raises TimeoutError where it does not come.
    """
    line = venue.market
    assert line is not None, "blast needs a client that has subscribed"
    wanted = venue.orders + 1
    data = memoryview(_frames(count, a_frame, venue.clock.now(), symbols, msgpack=line.msgpack))
    gc.disable()
    line.begin()
    began = time.monotonic_ns()
    while data:
        try:
            data = data[line.socket.send(data[:CHUNK]) :]
        except BlockingIOError:
            venue.turn()
    line.end()
    venue.until(lambda: venue.orders >= wanted, "the order for the last print", 0)
    gc.enable()
    return (venue.received_at - began) / 1e9


def _frames(count: int, a_frame: int, now: int, symbols: Sequence[str], *, msgpack: bool) -> bytes:
    sizes = [ticks.QUIET] * (count - 1) + [ticks.LOUD]
    opcode = BINARY if msgpack else TEXT
    return b"".join(
        framed(opcode, ticks.frame(
            first, now + 1000 * first, sizes[first : first + a_frame], msgpack=msgpack, symbols=symbols,
        ))
        for first in range(0, count, a_frame)
    )
