"""Models that know the future of the tape they are played on, caught."""
