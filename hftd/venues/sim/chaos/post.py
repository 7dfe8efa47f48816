"""Where order updates meet their trouble: between the broker's desk and those who follow it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from hftd.venues.sim.chaos.updates import UpdateFates
from hftd.venues.sim.followers import Followers

Update = Mapping[str, Any]


class UnreliablePost:
    """Carries updates to ``followers``. Delays are seconds of real time, whatever speed the tape has."""

    def __init__(self, fates: UpdateFates, followers: Followers) -> None:
        self._fates = fates
        self._followers = followers
        self._held: list[Update] = []

    def publish(self, data: Update) -> None:
        """Carry one update, or not. What it says does not change afterwards."""
        fate = self._fates.next()
        # The desk goes on writing in the order object; a letter that is under way keeps what it said.
        letter: Update = {**data, "order": dict(data["order"])}
        held, self._held = self._held, []
        if fate.cut:
            self._followers.hang_up()
        elif fate.swapped:
            self._held = [letter]
            asyncio.get_running_loop().call_later(fate.delays[0], self._release, letter)
        else:
            for delay in fate.delays:
                self._send(letter, delay)
        for each in held:
            self._send(each, 0.0)

    def _send(self, letter: Update, delay: float) -> None:
        if delay:
            asyncio.get_running_loop().call_later(delay, self._followers.publish, letter)
        else:
            self._followers.publish(letter)

    def _release(self, letter: Update) -> None:
        if any(each is letter for each in self._held):
            self._held = []
            self._send(letter, 0.0)
