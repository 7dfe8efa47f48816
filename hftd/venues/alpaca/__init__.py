"""Alpaca: stock stream v2, trading API v2, trade updates. Paper only."""
