"""Research: tapes, replay, reports."""
