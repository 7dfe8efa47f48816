"""From a tick leaving the venue to the last byte of its order being back: closed loop, one order for every tick."""

import gc
import time
from collections.abc import Iterator, Sequence
from functools import partial
from random import Random

from bench.clients import trading
from bench.figures import Reading, quantile
from bench.plan import Measure, Plan
from bench.ticks import LOUD, frame
from bench.venue import Venue
from bench.wire import BINARY, TEXT
from bench.wire import frame as framed

PAUSE = (150_000, 450_000)  # ns from an answer to the next tick, drawn evenly
LONG = (18_000_000, 22_000_000)  # the same where ticks are rare: whatever the caches held is gone


def measures(plan: Plan) -> Iterator[Measure]:
    """Each program in each wait mode it has, in plain text and most over TLS."""
    for tls, waits in ((False, plan.waits), (True, plan.tls)):
        for wait in waits:
            for name in ("bare", "hftd") if tls else ("bare", "least", "hftd"):
                yield partial(_run, plan, name, wait, tls=tls)
        for client in plan.clients if waits else ():
            yield partial(_run, plan, client, "block", tls=tls)
    for name in ("bare", "hftd"):
        for wait in plan.waits:
            yield partial(_run_rarely, plan, name, wait)
    for client in plan.clients:
        yield partial(_run_rarely, plan, client, "block")


def _run(plan: Plan, name: str, wait: str, *, tls: bool) -> Sequence[Reading]:
    with trading(name, wait, tls=tls) as (venue, _):
        samples = closed_loop(venue, plan.dropped + plan.ticks, PAUSE)[plan.dropped :]
    row = f"tick to order/{name}{' tls' if tls else ''}/{wait}"
    return [Reading(f"{row}/p{share * 100:.0f}", "µs", quantile(samples, share) / 1000) for share in (0.5, 0.99)]


def _run_rarely(plan: Plan, name: str, wait: str) -> Sequence[Reading]:
    with trading(name, wait) as (venue, _):
        closed_loop(venue, plan.dropped, PAUSE)
        samples = closed_loop(venue, plan.rare, LONG)
    return [Reading(f"rare ticks/{name}/{wait}/p50", "µs", quantile(samples, 0.5) / 1000)]


def closed_loop(venue: Venue, count: int, pause: tuple[int, int]) -> list[int]:
    """Send ``count`` ticks, each some nanoseconds (drawn from ``pause``) after the order for the one before.

    How long each order took, ns: from just before ``send`` to just after the ``recv`` that completed the request.
    Raises TimeoutError where an order does not come.
    """
    line = venue.market
    assert line is not None, "closed_loop needs a client that has subscribed"
    opcode, random, samples = BINARY if line.msgpack else TEXT, Random(17), []
    gc.disable()
    for number in range(1, count + 1):
        due = time.monotonic_ns() + random.randint(*pause)
        tick = framed(opcode, frame(number, venue.clock.now(), [LOUD], msgpack=line.msgpack))
        venue.until(lambda due=due: time.monotonic_ns() >= due, "the next tick", 0)  # type: ignore[misc]
        before, sent = venue.orders, time.monotonic_ns()
        line.socket.sendall(tick)
        venue.until(lambda before=before: venue.orders > before, f"the order for tick {number}", 0)  # type: ignore[misc]
        samples.append(venue.received_at - sent)
    gc.enable()
    return samples
