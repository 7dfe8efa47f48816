"""The simulated venue misbehaves on request. What its books say stays the truth, whatever happens on the wire."""

from hftd.venues.sim.chaos.plan import SCENARIOS, catalogue, plan
from hftd.venues.sim.chaos.scenario import Scenario

__all__ = ["SCENARIOS", "Scenario", "catalogue", "plan"]
