"""The one live line of a terminal, and the summary at the end."""

import sys
from collections.abc import Callable
from shutil import get_terminal_size
from typing import Any

from hftd.runtime.loop import Loop

EVERY = 0.5  # seconds between repaints; where output is no terminal, lines come ten times more rarely


class LiveLine:
    """Repaints ``text()`` in place; without a terminal, prints it now and then."""

    def __init__(self, loop: Loop, text: Callable[[], str]) -> None:
        self._loop = loop
        self._text = text
        self._terminal = sys.stdout.isatty()
        self._open = True
        self._paint()

    def close(self) -> None:
        """Leave the last line standing."""
        self._open = False
        if self._terminal:
            print()

    def _paint(self) -> None:
        if not self._open:
            return
        try:
            if self._terminal:
                print(f"\r\x1b[K{self._text()[: get_terminal_size().columns - 1]}", end="", flush=True)
            else:
                print(self._text(), flush=True)
        except OSError:  # nobody reads any more; trading goes on
            self._open = False
            return
        self._loop.after(EVERY if self._terminal else 10 * EVERY, self._paint)


def summary(facts: dict[str, Any]) -> str:
    """What the run came to, in a few lines."""
    counts, latency = facts["counts"], facts["tick_to_order_us"]
    held = ", ".join(f"{each['shares']} {symbol}" for symbol, each in facts["positions"].items()) or "flat"
    lines = [
        f"session   {facts['day'] or 'none'}, now {facts['phase']}",
        f"market    {counts['trades']:,} trades, {counts['quotes']:,} quotes, {counts['bars']:,} bars",
        f"decided   {counts['buy_intents']:,} buys, {counts['sell_intents']:,} sells",
        f"orders    {counts['orders']:,} sent, {counts['refused']:,} refused, {counts['fills']:,} fills",
        f"position  {held}, profit ${facts['profit']}",
    ]
    if latency["count"]:
        lines.append(f"latency   tick to order p50 {latency['p50']:.0f} µs, p99 {latency['p99']:.0f} µs")
    if facts["refusals"]:
        lines.append("refused   " + ", ".join(f"{code} {count}" for code, count in sorted(facts["refusals"].items())))
    for name, model in facts["models"].items():
        if model["state"] == "benched":
            lines.append(f"benched   {name}: {model['reason']}")
    return "\n".join(lines)
