"""Building blocks: what a plugin must look like, and how it is found, loaded and checked."""
