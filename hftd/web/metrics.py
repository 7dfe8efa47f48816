"""A page of metrics for Prometheus, served by a process of its own."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from hftd.errors import HftdError, Unavailable
from hftd.web import families
from hftd.web.following import Following
from hftd.web.tally import Tally

EVERY = 1.0  # seconds between two looks at the journal, and at least between two questions to the daemon

Ask = Callable[[], Mapping[str, Any]]
"""How the daemon is; raises Unavailable where none answers."""


class Metrics(Collector):
    """What a page says: the journal in ``root`` as far as it was read, and how the daemon is."""

    def __init__(self, root: Path, ask: Ask) -> None:
        self._following = Following(root)
        self._tally = Tally()
        self._ask = ask
        self._facts: Mapping[str, Any] | None = None
        self._asked_at = float("-inf")
        self._lock = Lock()  # pages are made in threads of the server's

    def catch_up(self) -> None:
        """Count what was written since. Raises HftdError, Refused as ``Following`` does."""
        with self._lock:
            for record in self._following.records():
                self._tally.add(record)

    def collect(self) -> Iterator[Metric]:
        """Every metric. However often it is asked for, the daemon is asked once a second at most."""
        with self._lock:
            if time.monotonic() - self._asked_at >= EVERY:
                with suppress(HftdError):  # it answers nobody, or not us any more: both show as down
                    self.ask()
            yield families.up(self._facts is not None)
            yield from families.of_journal(self._tally)
            if self._facts is not None:
                yield from families.of_status(self._facts)

    def ask(self) -> None:
        """Ask the daemon how it is. Raises Refused where we lack the right."""
        self._facts, self._asked_at = None, time.monotonic()
        with suppress(Unavailable):
            self._facts = self._ask()


def serve(metrics: Metrics, address: str, port: int, over: Event, say: Callable[[str], None]) -> None:
    """Serve the page until ``over``; ``say`` is told where. Raises HftdError where it cannot be there, Refused."""
    metrics.ask()
    metrics.catch_up()  # first: a page with half a day's counts would look like a burst a moment later
    registry = CollectorRegistry()
    registry.register(metrics)
    try:
        server, thread = start_http_server(port, address, registry)
    except OSError as error:
        raise HftdError(f"{address}:{port}: cannot be listened on: {error.strerror or error}") from error
    say(f"http://{address}:{server.server_port}/metrics")
    try:
        while not over.wait(EVERY):
            metrics.catch_up()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
