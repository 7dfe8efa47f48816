"""Functions a compiled model calls where numba's own differ from Python's: they fail where Python's fail.

They are plain Python, and numba compiles them as they stand. Where one raises, the engine has the last word.
"""

import math

FAR = 4503599627370496.0  # 2 ** 52: from here on a float64 has no places after the point
SPLIT = 134217729.0  # 2 ** 27 + 1 parts a float64 in two halves of 26 bits


def whole(x: float) -> int:
    """``int(x)``. Raises ValueError where that is no whole number of 64 bits."""
    if not abs(x) < 9.2e18:
        raise ValueError("no whole number of 64 bits")
    return int(x)


def real(x: float) -> float:
    """``float(x)``, also of a truth value, which numba's own does not take."""
    return x * 1.0


def nearest(x: float) -> int:
    """``round(x)``, halves to the even neighbour. Raises ValueError from 2 ** 52 on."""
    if not abs(x) < FAR:
        raise ValueError("too large to round")
    below = math.floor(x)
    above = x - below
    if above > 0.5 or (above == 0.5 and below % 2 == 1):
        return int(below) + 1
    return int(below)


def nearest_place(x: float, places: int) -> float:
    """``round(x, places)`` for 0 to 15 places. Raises ValueError for others, and where x times 10 ** places is large.

    Python rounds the exact value. So what the product's own rounding cut off is counted in (T. J. Dekker, 1971), and
    the quotient of two whole numbers below 2 ** 53 is the float64 nearest to the decimal.
    """
    if not 0 <= places <= 15:
        raise ValueError("places from 0 to 15")
    scale = 1.0
    for _ in range(places):
        scale *= 10.0
    scaled = x * scale
    if not abs(scaled) < FAR:
        raise ValueError("too large to round")
    high = SPLIT * x - (SPLIT * x - x)
    top = SPLIT * scale - (SPLIT * scale - scale)
    low, rest = x - high, scale - top
    cut_off = low * rest - (((scaled - high * top) - low * top) - high * rest)
    below = math.floor(scaled) * 1.0
    over = (scaled - below - 0.5) + cut_off
    up = over > 0.0 or (over == 0.0 and below % 2.0 == 1.0)
    return (below + 1.0) / scale if up else below / scale


def root(x: float) -> float:
    """``math.sqrt(x)``. Raises ValueError below 0."""
    if x < 0:
        raise ValueError("the root of a negative number")
    return math.sqrt(x)


def logarithm(x: float) -> float:
    """``math.log(x)``. Raises ValueError at 0 and below."""
    if x <= 0:
        raise ValueError("the logarithm of a number that is not above 0")
    return math.log(x)


def power_of_e(x: float) -> float:
    """``math.exp(x)``. Raises ValueError where a float64 cannot hold it."""
    if x > 709.0:
        raise ValueError("e to a power too large")
    return math.exp(x)


def floor(x: float) -> int:
    """``math.floor(x)``. Raises ValueError where that is no whole number of 64 bits."""
    if not abs(x) < 9.2e18:
        raise ValueError("no whole number of 64 bits")
    return math.floor(x)


def ceiling(x: float) -> int:
    """``math.ceil(x)``. Raises ValueError where that is no whole number of 64 bits."""
    if not abs(x) < 9.2e18:
        raise ValueError("no whole number of 64 bits")
    return math.ceil(x)
