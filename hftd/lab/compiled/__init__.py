"""Compiled replay: the decisions of a model at hundreds of millions of events a second, where numba can."""
