"""What the functions of this room ask of their arguments, with the errors that say so.

Every check names the argument and the first value that breaks the rule: a batch of a million
counts is refused for one of them, and the message must say for which.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.array_types import Bools as Bools, Floats as Floats

LARGEST = 2.0**53  # from it on neighbouring whole numbers are one float


def demand(holds: Bools, values: NDArray[Any], name: str, rule: str) -> None:
    """Raise unless `holds` everywhere, naming the first of `values` for which it does not.

    >>> demand(np.array([True, False]), np.array([3.0, -1.0]), "units", "must not be negative")
    Traceback (most recent call last):
        ...
    ValueError: units must not be negative, got -1.0
    """
    if not np.logical_and.reduce(holds, axis=None):  # a method of the array takes twice as long
        worst = np.broadcast_to(values, holds.shape)[~holds].flat[0]
        raise ValueError(f"{name} {rule}, got {worst}")


def whole(values: ArrayLike, name: str) -> Floats:
    """Counts as floats of their own, exactly: whole numbers from 0 to 2**53 - 1.

    >>> whole([3, 4], "units")
    array([3., 4.])
    """
    if (one := _single(values)) is not None and 0 <= one < LARGEST and one == int(one):
        return np.array(one, dtype=np.float64)
    given = numbers(values, name)
    counts = given.astype(np.float64)
    inside = np.asarray((counts >= 0) & (counts < LARGEST))
    if given.dtype.kind == "f":
        inside &= counts == np.floor(counts)
    demand(inside, given, name, "must be whole numbers from 0 to 2**53 - 1")
    return counts


def within(values: ArrayLike, name: str, low: float, high: float) -> Floats:
    """Numbers strictly between two ends; NaN is refused.

    >>> within(1.5, "level", 0, 1)
    Traceback (most recent call last):
        ...
    ValueError: level must lie strictly between 0 and 1, got 1.5
    """
    if (one := _single(values)) is not None and low < one < high:
        return np.asarray(one, dtype=np.float64)[()]
    given = np.asarray(numbers(values, name), dtype=np.float64)
    inside = np.asarray((given > low) & (given < high))
    demand(inside, given, name, f"must lie strictly between {low:g} and {high:g}")
    return given


def _single(values: object) -> float | None:
    """A number of Python, which is seen to be right at a glance; None for anything else."""
    return values if isinstance(values, int | float) else None


def numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    """The values as an array of numbers, whole ones still whole.

    >>> numbers(["3"], "reached")
    Traceback (most recent call last):
        ...
    ValueError: reached must be numbers, got ['3']
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must be of one shape, got {values!r}") from None
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be numbers, got {values!r}")
    return array


def broadcastable(**arrays: NDArray[Any]) -> int:
    """Raise unless the arrays broadcast, naming each with its shape; tell how many axes they have.

    >>> broadcastable(reached=np.ones(2), trials=np.ones(3))
    Traceback (most recent call last):
        ...
    ValueError: shapes do not broadcast: reached (2,), trials (3,)
    """
    try:
        return np.broadcast(*arrays.values()).ndim
    except ValueError:
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(f"shapes do not broadcast: {shapes}") from None
