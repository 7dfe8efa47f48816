"""The names plugin authors import, and nothing else."""
