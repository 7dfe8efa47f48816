"""A tape played: the engine of the live daemon, and between it and the market the simulated venue's matching."""
