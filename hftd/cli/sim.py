"""``hftd sim``: the simulated venue. It speaks Alpaca's protocol on a loopback port and plays a tape."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from zoneinfo import ZoneInfo

from hftd.core.events import Gap
from hftd.core.session import Day
from hftd.errors import OK, HftdError
from hftd.runtime.people.notify import Notify
from hftd.tape import open_tape
from hftd.tape.layout import Kind
from hftd.venues.calendar_cache import cached_days
from hftd.venues.sim.chaos import Scenario, catalogue, plan
from hftd.venues.sim.greeting import greeting
from hftd.venues.sim.programme import around, first_day, latest, made_up, starting
from hftd.venues.sim.venue import Setup, SimVenue
from hftd.venues.sim.wire import Market

NEW_YORK = ZoneInfo("America/New_York")
SECOND = 1_000_000_000
PHASES = {"regular": ("regular",), "all": ("pre", "regular", "post")}
SYMBOLS = ("SPY", "AAPL")
PLAYED: tuple[Kind, ...] = ("trades", "quotes", "halves", "statuses", "bands", "corrections", "busts")
"""What of a tape is played: bars the venue makes of the trades."""

Programme = tuple[Iterator[Market], Sequence[Day], Sequence[Day]]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "sim", help="the simulated venue: plays a tape, speaks Alpaca's protocol", description=__doc__.replace("``", "")
    )
    option = parser.add_argument
    option("--tape", type=Path, nargs="+", default=[], metavar="FILE", help="trades or quotes to play (made up)")
    option("--symbols", type=_symbols, default=(), metavar="A,B", help="symbols to play (the tape's; SPY,AAPL made up)")
    option("--seed", type=int, default=7, help="of a made-up tape (7)")
    option("--rate", type=_rate, default=2.0, help="made-up trades a second in each symbol (2)")
    option("--date", type=_day, metavar="YYYY-MM-DD", help="first made-up day (the latest session)")
    option("--speed", type=_speed, default=1.0, help="times real time, or max: as fast as market data is read (1)")
    option("--host", type=_loopback, default="127.0.0.1", help="a loopback address (127.0.0.1)")
    option("--port", type=_port, default=8790, help="0: any that is free (8790)")
    option("--cash", type=_dollars, default=Decimal(100_000), help="dollars the account begins with (100000)")
    option("--lead", type=_seconds, default=10.0, help="seconds before the open the clock begins (10)")
    option("--phases", choices=sorted(PHASES), default="regular", help="phases of the day to play (regular)")
    option("--symbol-limit", type=int, metavar="N", help="trades and quotes a stream may ask for, as on a plan (any)")
    option("--chaos", type=_chaos, default=(), metavar="A,B=0.2", help="what goes wrong, and how much; list: all of it")
    option("--chaos-seed", type=int, default=7, help="of what goes wrong (7)")
    option("--die-with-parent", action="store_true", help="end when standard input is closed")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop, or list the scenarios."""
    if arguments.chaos is None:
        print(catalogue())
        return OK
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(OK))
    programme = _programme(arguments)
    setup = Setup(
        host=arguments.host,
        port=arguments.port,
        cash=arguments.cash,
        speed=arguments.speed,
        lead=arguments.lead,
        phases=PHASES[arguments.phases],
        symbols=arguments.symbols or (() if arguments.tape else SYMBOLS),
        symbol_limit=arguments.symbol_limit,
        chaos=arguments.chaos,
        chaos_seed=arguments.chaos_seed,
    )
    asyncio.run(_serve(setup, programme, arguments))
    return OK


def _programme(arguments: argparse.Namespace) -> Programme:
    """What is played, the days it is played on, and the days the venue's calendar knows."""
    if arguments.tape:
        told = open_tape(arguments.tape, arguments.symbols or None, PLAYED)
        tape, day = first_day(event for event in told if not isinstance(event, Gap))
        known = cached_days(*around(day))
        return tape, starting(known, day), known
    day = arguments.date or datetime.now(NEW_YORK).date()
    known = cached_days(*around(day))
    days = starting(known, day) if arguments.date else latest(known, day)
    phases, symbols = PHASES[arguments.phases], arguments.symbols or SYMBOLS
    return made_up(days, phases, symbols, arguments.seed, arguments.rate), days, known


async def _serve(setup: Setup, programme: Programme, arguments: argparse.Namespace) -> None:
    venue = SimVenue(setup, *programme)
    port = await venue.start()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if arguments.die_with_parent:
        Thread(target=_outlive_input, args=(loop, stop), daemon=True).start()
    print(_greeting(setup.host, port, venue.clock.now(), arguments), flush=True)
    Notify().ready()
    stopped, ended = asyncio.create_task(stop.wait()), asyncio.create_task(venue.ended())
    await asyncio.wait((stopped, ended), return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        ended.result()
        await stop.wait()
    ended.cancel()
    await venue.stop()


def _greeting(host: str, port: int, now: int, arguments: argparse.Namespace) -> str:
    """Where the venue listens, what time it is there, and what is played."""
    moment = datetime.fromtimestamp(now // SECOND, NEW_YORK).strftime("%Y-%m-%d %H:%M:%S")
    count = len(arguments.tape)
    played = f"{count} tape{'s' if count > 1 else ''}" if count else f"made up from seed {arguments.seed}"
    return f"hftd sim: {greeting(host, port)}, clock {moment} New York, {played}"


def _outlive_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Wait for the end of standard input, then ask to stop."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


def _symbols(text: str) -> tuple[str, ...]:
    return tuple(each.strip().upper() for each in text.split(",") if each.strip())


def _chaos(text: str) -> tuple[Scenario, ...] | None:
    """The scenarios named; None: a list of them is asked for."""
    if text == "list":
        return None
    try:
        return plan(text)
    except HftdError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _number(text: str, least: str) -> float:
    try:
        figure = float(text)
    except ValueError:
        figure = -1.0
    if not 0 <= figure < float("inf"):
        raise argparse.ArgumentTypeError(f"found {text}, expected {least}")
    return figure


def _seconds(text: str) -> float:
    return _number(text, "seconds, 0 or more")


def _rate(text: str) -> float:
    if rate := _number(text, "trades a second above 0"):
        return rate
    raise argparse.ArgumentTypeError(f"found {text}, expected trades a second above 0")


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    if speed := _number(text, "a number above 0, or max"):
        return speed
    raise argparse.ArgumentTypeError(f"found {text}, expected a number above 0, or max")


def _port(text: str) -> int:
    if text.isdecimal() and int(text) <= 65_535:
        return int(text)
    raise argparse.ArgumentTypeError(f"found {text}, expected a port from 0 to 65535")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"found {text}, expected a date such as 2026-11-20") from None


def _loopback(text: str) -> str:
    try:
        loopback = ip_address(text).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise argparse.ArgumentTypeError(f"found {text}, expected a loopback address such as 127.0.0.1")
    return text


def _dollars(text: str) -> Decimal:
    try:
        figure = Decimal(text)
    except InvalidOperation:
        figure = Decimal("NaN")
    if not (figure.is_finite() and figure > 0):
        raise argparse.ArgumentTypeError(f"found {text}, expected dollars above 0")
    return figure
