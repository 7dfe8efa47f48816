"""Checks every intent must pass. One file an idea; first refusal wins."""
