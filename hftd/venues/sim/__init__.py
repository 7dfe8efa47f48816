"""The simulated venue: another process that speaks Alpaca's protocol on loopback."""
