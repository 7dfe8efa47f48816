"""The crash proof: no order is ever lost or doubled, whatever dies, whenever. Run as ``python -m crashproof``."""
