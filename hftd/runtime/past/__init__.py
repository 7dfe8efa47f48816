"""What was lived, on disk: the journal, and how a day comes back from it."""
