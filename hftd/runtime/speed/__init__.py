"""How fast it is, measured by itself, and what keeps it so."""
