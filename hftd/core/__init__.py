"""Pure trading logic: events in, effects out. Nothing here reads a clock, opens a socket or writes a log."""
