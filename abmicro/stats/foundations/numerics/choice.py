"""Choices by a condition, for arrays and as quickly for a single number."""

from __future__ import annotations

from typing import cast

import numpy as np

from abmicro.stats.foundations.validation import Bools, Floats

Number = Floats | float


def choose(condition: Bools, one: Number, other: Number) -> Floats:
    """`np.where` for floats, which takes a fifth of the time where all three are single.

    >>> choose(np.bool_(True), 1.0, 2.0), choose(np.array([True, False]), 1.0, 2.0)
    (np.float64(1.0), array([1., 2.]))
    """
    if np.ndarray in (type(condition), type(one), type(other)):
        return np.where(condition, one, other)
    return cast("Floats", np.float64(one if condition else other))


def anywhere(condition: Bools) -> bool:
    """`np.any`, which takes a tenth of the time where the condition is single.

    >>> anywhere(np.bool_(False)), anywhere(np.array([True, False]))
    (False, True)
    """
    single = type(condition) is not np.ndarray
    return bool(condition if single else np.logical_or.reduce(condition, axis=None))


def together(*values: Floats) -> tuple[Floats, ...]:
    """`np.broadcast_arrays`, which leaves single numbers what they are.

    >>> together(np.float64(1.0), np.array([2.0, 3.0]))
    (array([1., 1.]), array([2., 3.]))
    """
    return tuple(np.broadcast_arrays(*values)) if np.ndarray in map(type, values) else values
