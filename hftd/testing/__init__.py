"""Test a model in a few lines: the engine, the risk checks and the matching of live trading, without a venue.

``play`` puts a model on a stage and tells it a script of events; the stage knows what came of it. Where pytest runs,
the fixture ``stage`` does the same and shows the story of a test that failed.
"""

from hftd.testing.build import bar, gap, quote, status, trade
from hftd.testing.cues import minutes, wait
from hftd.testing.given import Given
from hftd.testing.load import load
from hftd.testing.stage import Benched, Stage, play

__all__ = [
    "Benched",
    "Given",
    "Stage",
    "bar",
    "gap",
    "load",
    "minutes",
    "play",
    "quote",
    "status",
    "trade",
    "wait",
]
