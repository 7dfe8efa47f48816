"""The venues and calendars that come with hftd. They register through the same hooks as anybody's."""

from types import ModuleType

from hftd.venues import calendars
from hftd.venues.alpaca import plugin as alpaca
from hftd.venues.sim import plugin as sim

SHIPPED: tuple[ModuleType, ...] = (alpaca, sim, calendars)
