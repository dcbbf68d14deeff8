"""What the rows and labels of a look count for: scores, and the sets that claims settle on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import ndtri

from abmicro.stats.carry_through.label import NO_EXPECTATION, NO_SIGNAL

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from abmicro.array_types import Floats


FEWEST = 10  # conversions in both variants together, below which a goal has no look
FEWEST_OF_LABEL = 10  # conversions of the macro goal in each variant, below which a pair has none


class SetsOfLooks(NamedTuple):
    """What `settle` reads, of any shape: labels, ends of the sets, directions.

    sign: 1 where the micro goal rose, -1 where it fell, 0 where the look has no set. macro: 1 where
    the macro goal moved the way of the micro goal, -1 the other way.
    """

    label: NDArray[np.str_]
    low: Floats
    high: Floats
    sign: NDArray[np.int64]
    macro: NDArray[np.int64]


def scores(p_values: ArrayLike, estimates: ArrayLike, reached: ArrayLike) -> Floats:
    """Scores of rows by their two-sided p and direction; NaN where too few have converted.

    reached: conversions of both variants together; NaN for goals that are not counted.
    """
    p, way = np.asarray(p_values, dtype=np.float64), np.asarray(estimates, dtype=np.float64)
    size = np.where(p > 0, -ndtri(np.maximum(p, 1e-300) / 2), np.where(np.isnan(p), np.nan, np.inf))
    return np.where(np.asarray(reached) < FEWEST, np.nan, np.copysign(size, way))


def sets_of_looks(
    labels: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    bounded: ArrayLike,
    moved: ArrayLike,
    few: ArrayLike,
) -> SetsOfLooks:
    """What labels and sets of looks count for.

    bounded: whether the set is an interval. moved: 1 where the macro goal's own row found it up, -1
    down, 0 neither. few: whether too few have reached the macro goal for the look to say anything.
    """
    ends = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    label = np.where(few, "too_early", np.asarray(labels))
    judged = np.asarray(bounded) & np.isfinite(ends[0]) & np.isfinite(ends[1])
    judged &= ~np.isin(label, ("too_early", NO_SIGNAL, NO_EXPECTATION))
    way = np.where(judged, np.where(np.char.startswith(label, "loss_"), -1, 1), 0)
    least, most = (np.where(judged, end, np.nan) for end in ends)
    return SetsOfLooks(label, least, most, way, np.asarray(moved) * way)
