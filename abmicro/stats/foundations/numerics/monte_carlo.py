"""A figure from draws, with the standard error they leave it with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abmicro.stats.foundations.validation import Bools, Floats


class Drawn(NamedTuple):
    """A figure and the standard error of its draws; 0 where it is exact."""

    value: Floats
    error: Floats


def exact(value: Floats, shape: tuple[int, ...]) -> Drawn:
    """A figure that needed no draws.

    >>> exact(np.array(0.25), (2,))
    Drawn(value=array([0.25, 0.25]), error=array([0., 0.]))
    """
    return Drawn(np.broadcast_to(value, shape), np.zeros(shape))


def share(events: Bools) -> Drawn:
    """How often something was drawn (first axis); none or all of n draws leave an error of 1 / n.

    >>> share(np.array([True, False, True, True]))
    Drawn(value=np.float64(0.75), error=np.float64(0.33071891388307384))
    """
    draws = events.shape[0]
    drawn = events.mean(axis=0)
    return Drawn(drawn, np.sqrt((drawn * (1 - drawn) + 1 / draws) / draws))


def mean(values: Floats) -> Drawn:
    """The mean over the draws (first axis).

    >>> mean(np.array([1.0, 3.0]))
    Drawn(value=np.float64(2.0), error=np.float64(0.7071067811865475))
    """
    return Drawn(values.mean(axis=0), values.std(axis=0) / np.sqrt(values.shape[0]))
