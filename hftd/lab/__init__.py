"""Research on tapes and journals: making tapes, playing them, searching them for options, and what they prove."""
