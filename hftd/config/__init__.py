"""Settings: what may be set, and how the file is read."""
