"""Connections to the venue: streams, the order path, and whether they are really alive."""
