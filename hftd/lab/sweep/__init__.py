"""Sweeps: one model played with many options, on processes of this machine or of others, to find the best of them."""
