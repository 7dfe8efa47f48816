"""The figures as the documentation's page: every number on it comes out of ``build/bench.json``."""

from collections.abc import Iterable, Sequence

from bench.figures import Row
from bench.nautilus import VERSION as NAUTILUS
from bench.report import Figures, figure

PAGE = """\
Benchmarks
==========

What the daemon itself takes, beside the least a Python program could take and beside the vendor's own client.
``make bench`` measures it on your machine, prints a table and writes ``build/bench.json``; ``python -m bench --report``
makes this page of that file. Absolute figures belong to the machine. The ratios are what counts.

Ratios
------

{ratios}

Tick to order
-------------

A venue of the benchmark's own sends one trade as JSON (alpaca-py: as msgpack, which is all it reads) over a WebSocket
and notes the time just before ``send``. The program answers with a market order over HTTP, and the venue notes the
time just after the ``recv`` that completes the request. The next trade follows 150 to 450 µs after the venue's answer.
Every trade makes an order, which is the worst case. The venue polls on one core, the program has another.

What is called ``tls`` is the same over TLS 1.3 on every connection, with a certificate the program checks: in the
time are then the venue encrypting the trade and decrypting the order, and the program doing the opposite. hftd's own
simulated venue is plain, so for this a plugin file puts the same feeds and the same broker at secure addresses.

``bare`` is the limit: a Python program that sends a prepared order for whatever arrives, unread. ``least`` is thirty
lines of Python that decode the trade, ask the rule, write both into a file and send an order; there are no checks, no
account, no log, and no answer is read. What it takes longer than ``bare`` is the price of so little work between a
wake-up and an order. ``hftd`` is the daemon as it ships, ``hftd run`` with a settings file: decode, model, every risk
check, journal written, order sent, log line, the order's answer and its fill. ``alpaca-py`` is ``StockDataStream`` with
``TradingClient.submit_order`` on an order built beforehand; ``raw`` is both without their models. It waits in the
kernel and has no other way, whichever way of hftd it is compared with. {ticks:,} trades a run, after {dropped:,} that
do not count.

{tick_to_order}

Rare ticks
----------

The same in plain text with {rare:,} trades some 20 ms apart. A market that makes an order now and then is like this:
code and data have gone from the processor's caches, for every program alike.

{rarely}

Being watched
-------------

Tick to order of one daemon, in turns of {ticks:,} trades with nobody reading and with three who do: one asks for
``hftd status`` once a second as a dashboard does, one for ``hftd latency``, and one follows the journal as an exporter
does. They run when no other process wants the core, as the unit of ``hftd metrics`` has it. ``cpu`` is processor
time of the daemon for a trade, its order, the answer and the fill.

{readers}

Ingest
------

The venue sends {prints:,} trades as fast as they are read. Each is decoded and given to a model that looks at its size;
the last one makes an order, and that order ends the measurement. hftd keeps its journal meanwhile. ``cpu`` is
processor time of the process for one trade.

{ingest}

Pieces
------

What the pieces of that way take by themselves, without the kernel but for the journal's own write. Some are compiled
where there is a compiler (:doc:`decisions/0005-compiled-steps`); the others are Python everywhere. ``hot`` is
processor time of one call among {calls:,}; ``rested`` is the median time of a call before which other data went
through the caches, as a tick finds them after a pause. Beside the way lie what is measured (``stopwatch``: each
decision; ``stages``: the moments of each order; ``duration``: one duration counted) and what is told (``log line``: of
an order, when no tick waits).

{pieces}

Risk
----

Processor time of one call among {calls:,}, nothing else running. Each check is asked as the chain asks it, with the
account's sums made already; ``valuation`` is what making them takes. A step of the engine is that of a print nobody
orders on, of one that becomes an order, and of one that becomes an order and of the fill that ends it.

{risk}

Replay
------

{tape}, with the model ``volume_modulo`` in plain Python: the engine of the live daemon with every risk check, orders
matched by the simulated venue, fills booked. ``memory`` is replay alone, ``file`` includes reading the tape.

{replay}

Replay beside nautilus_trader
-----------------------------

``python -m bench --only nautilus``: the prints of the same day that may set a price, the rule of ``volume_modulo``, a
market order for each of its decisions; through ``hftd replay``, and through nautilus_trader {nautilus} with its
low-level interface, logging and its risk checks bypassed and its analysis off. Processor time of the run, with the tape
in memory. :doc:`explain/nautilus` says what both make of the tape, and why hftd sends fewer orders.

{beside}

Compiled replay
---------------

The same model on the same tape, repeated until it has {tiled:,} events, as ``hftd replay --compiled`` plays it:
decisions, fills and figures, on one core, from memory, without the check against the engine. ``by hand`` is a loop
written for this one rule that does the same. ``machine code`` is the time to compile the model, once in a process.

{compiled}

Start and memory
----------------

From the start of ``hftd run`` to its connections being up and ``READY=1``, on all cores, calendar and account asked
for. Resident memory after {rested:g} s of trading. The back office is the daemon's other process, which holds alpaca-py
and pandas so that the one that trades does not.

{start}

Machine and method
------------------

{machine}

{runs} runs of everything, in another random order each time; a figure is the median of the runs' figures, beside it
the lowest and the highest of them. Percentiles are of one run's trades.

What is not claimed
-------------------

* Nothing about the way to the venue. Over the internet Alpaca is milliseconds away, which is a hundred times all of
  this; no daemon makes that shorter.
* Nothing about a network card: everything here is loopback. Nothing about how long connecting takes, which with TLS is
  some round trips more: every connection is open before the first trade.
* Nothing about the slowest thousandth. On a virtual machine that is the host's scheduler, for every program alike.
* No comparison of what the programs do beyond an order for a trade: alpaca-py has no risk checks, no journal and no
  recovery, and a bare socket has nothing at all.
"""


def page(figures: Figures) -> str:
    """The page in reStructuredText."""
    plan = figures.plan
    return PAGE.format(
        ratios=_table(("ratio", "of medians"), [(ratio.name, f"{ratio.value:.2f}") for ratio in figures.ratios]),
        tick_to_order=_rows(figures.rows, "tick to order", ("program", "waits", "figure")),
        rarely=_rows(figures.rows, "rare ticks", ("program", "waits", "figure")), rare=plan.rare,
        readers=_rows(figures.rows, "readers", ("readers", "figure")),
        ingest=_rows(figures.rows, "ingest", ("program", "trades", "figure")),
        pieces=_rows(figures.rows, "pieces", ("piece", "made of", "figure")),
        risk=_rows(figures.rows, "risk", ("what", "how")),
        replay=_rows(figures.rows, "replay", ("from", "figure")),
        beside=_rows(figures.rows, "nautilus", ("program", "figure")), nautilus=NAUTILUS,
        compiled=_rows(figures.rows, "compiled", ("loop", "figure")),
        start=_rows([row for row in figures.rows if row.name.startswith(("start", "memory"))], "", ("", "figure")),
        machine=_machine(figures),
        ticks=plan.ticks, dropped=plan.dropped, prints=plan.prints, rested=plan.rested, runs=plan.runs,
        calls=plan.calls, tiled=plan.tiled,
        tape=f"{plan.rows:,} generated trades" if not figures.machine["recorded"] else "A recorded day of SPY",
    )  # fmt: skip


def _machine(figures: Figures) -> str:
    found = figures.machine
    packages = ", ".join(f"{name} {version}" for name, version in found["packages"].items())
    lines = [
        ("CPU", f"{found['cpu']}, {found['cores']} cores"),
        ("system", f"{found['kernel']}, Python {found['python']}"),
        ("packages", packages),
        ("load before", ", ".join(f"{load:.2f}" for load in found["load"]) + " (over 1, 5 and 15 minutes)"),
    ]
    return _table(("", ""), lines, header=False)


def _rows(rows: Iterable[Row], part: str, names: Sequence[str]) -> str:
    chosen = [row for row in rows if row.name.startswith(part)]
    body = [
        (
            *(row.name.removeprefix(f"{part}/").split("/")),
            f"{figure(row.median)} {row.unit}",
            f"{figure(row.min)} … {figure(row.max)}",
        )
        for row in chosen
    ]
    return _table((*names, "median", "all runs"), body)


def _table(head: Sequence[str], body: Sequence[Sequence[str]], *, header: bool = True) -> str:
    if not body:
        return "Not measured."
    lines = [".. list-table::", *(["   :header-rows: 1"] if header else []), ""]
    for cells in ([head] if header else []) + list(body):
        lines += [f"   {'* -' if place == 0 else '  -'} {cell}".rstrip() for place, cell in enumerate(cells)]
    return "\n".join(lines)
