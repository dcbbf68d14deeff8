"""A figure from draws, with the standard error they leave it with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from abmicro.stats.foundations.validation import Bools, Floats


class MonteCarloEstimate(NamedTuple):
    """A figure and the standard error of its draws; 0 where it is exact."""

    value: Floats
    error: Floats


def exact(value: Floats, shape: tuple[int, ...]) -> MonteCarloEstimate:
    """A figure that needed no draws.

    >>> exact(np.array(0.25), (2,))
    MonteCarloEstimate(value=array([0.25, 0.25]), error=array([0., 0.]))
    """
    return MonteCarloEstimate(np.broadcast_to(value, shape), np.zeros(shape))


def share(events: Bools) -> MonteCarloEstimate:
    """How often something was drawn (first axis); none or all of n draws leave an error of 1 / n.

    >>> share(np.array([True, False, True, True]))
    MonteCarloEstimate(value=np.float64(0.75), error=np.float64(0.33071891388307384))
    """
    draws = events.shape[0]
    drawn = events.mean(axis=0)
    return MonteCarloEstimate(drawn, np.sqrt((drawn * (1 - drawn) + 1 / draws) / draws))


def mean(values: Floats) -> MonteCarloEstimate:
    """The mean over the draws (first axis).

    >>> mean(np.array([1.0, 3.0]))
    MonteCarloEstimate(value=np.float64(2.0), error=np.float64(0.7071067811865475))
    """
    return MonteCarloEstimate(values.mean(axis=0), values.std(axis=0) / np.sqrt(values.shape[0]))
