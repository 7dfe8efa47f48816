"""The compiled steps between a tick and its order: ``hftd._wire``, or None where there was no compiler to build it.

Each of them has a twin in Python that does the same; the twin is what runs without it.
"""

try:
    from hftd import _wire
except ImportError:
    _wire = None  # type: ignore[assignment]

wire = _wire
