"""Tapes made: of what a daemon recorded, and of the history of a venue."""
