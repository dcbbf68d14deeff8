"""What the functions of this room ask of their arguments, with the errors that say so.

Every check names the argument and the first value that breaks the rule: a batch of a million
counts is refused for one of them, and the message must say for which.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LARGEST = 2.0**53  # beyond it neighbouring whole numbers are one float


def demand(holds: Bools, values: Floats, name: str, rule: str) -> None:
    """Raise unless `holds` everywhere, naming the first of `values` for which it does not.

    >>> demand(np.array([True, False]), np.array([3.0, -1.0]), "units", "must not be negative")
    Traceback (most recent call last):
        ...
    ValueError: units must not be negative, got -1.0
    """
    if not np.all(holds):
        worst = np.broadcast_to(values, np.shape(holds))[~holds].flat[0]
        raise ValueError(f"{name} {rule}, got {worst}")


def whole(values: ArrayLike, name: str) -> Floats:
    """Counts as floats: whole, not negative, at most 2**53.

    >>> whole([3, 4], "units")
    array([3., 4.])
    """
    counts = np.asarray(values)
    exact = counts.dtype.kind in "iub"
    counts = np.asarray(counts, dtype=np.float64)
    demand(counts >= 0, counts, name, "must not be negative or NaN")
    demand(counts <= LARGEST, counts, name, "must be at most 2**53")
    if not exact:
        demand(counts == np.floor(counts), counts, name, "must be whole numbers")
    return counts


def within(values: ArrayLike, name: str, low: float, high: float) -> Floats:
    """Numbers strictly between two ends; NaN is refused.

    >>> within(1.5, "level", 0, 1)
    Traceback (most recent call last):
        ...
    ValueError: level must lie strictly between 0 and 1, got 1.5
    """
    given = np.asarray(values, dtype=np.float64)
    inside = np.asarray((given > low) & (given < high))
    demand(inside, given, name, f"must lie strictly between {low} and {high}")
    return given
