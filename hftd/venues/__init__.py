"""Venues: each a feed, a broker and an office, none of which opens a socket of its own."""
