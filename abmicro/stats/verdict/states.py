"""How goals of treated arms stand, for one test or thousands: what the table of decisions reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abmicro.stats.foundations.validation import Bools
from abmicro.stats.verdict.decision_table import BETTER, OPEN, WORSE

States = NDArray[np.int8]


def goal_state(
    p: ArrayLike,
    estimate: ArrayLike,
    sign: ArrayLike,
    *,
    alpha: ArrayLike,
    steady: ArrayLike = True,
) -> States:
    """BETTER, WORSE or OPEN by a two-sided test; of the broadcast shape.

    p: adjusted, NaN is open. estimate: treated less control. sign: 1 where the goal should rise, -1
    where it should fall. alpha: of the family. steady: whether enough amounts bear a gain.

    >>> goal_state([0.01, 0.01, 0.2], [1.0, -1.0, 1.0], 1, alpha=0.05).tolist()
    [1, -1, 0]
    """
    clear, well = np.less(p, alpha), np.greater(estimate, 0) == np.greater(sign, 0)
    return _states(worse=clear & ~well, better=np.logical_and(clear & well, steady))


def early_state(p: ArrayLike, estimate: ArrayLike, sign: ArrayLike, *, alpha: ArrayLike) -> States:
    """WORSE or OPEN before the end of a test, when only clear harm is asked for.

    p: two-sided, not adjusted. alpha: one-sided. estimate, sign: as `goal_state`.

    >>> early_state([0.001, 0.001], [-1.0, 1.0], 1, alpha=0.001).tolist()
    [-1, 0]
    """
    bad = np.less(estimate, 0) == np.greater(sign, 0)
    return _states(worse=bad & np.less(np.asarray(p) / 2, alpha))


def guard_state(
    p: ArrayLike,
    most: ArrayLike,
    *,
    margin: ArrayLike,
    alpha: ArrayLike,
    steady: ArrayLike = True,
) -> States:
    """BETTER where a guardrail is held within its margin, WORSE where it is beyond it, else OPEN.

    p: one-sided, of a loss at the margin. most: the best end of the lift's interval at level
    1 - 2 alpha, see `best_end`. margin: the largest loss that is accepted, positive.
    steady: as `goal_state`.

    >>> guard_state([0.01, 0.9, 0.3], [0.1, -0.06, 0.1], margin=0.05, alpha=0.05).tolist()
    [1, -1, 0]
    """
    beyond = np.less(most, -np.asarray(margin))
    return _states(worse=beyond, better=np.logical_and(np.less(p, alpha), steady))


def early_guard_state(p: ArrayLike, *, alpha: ArrayLike) -> States:
    """WORSE or OPEN before the end: a loss beyond the margin at a one-sided level of its own.

    p: as in `guard_state`.

    >>> early_guard_state([0.9995, 0.99], alpha=0.001).tolist()
    [-1, 0]
    """
    return _states(worse=np.less(1 - np.asarray(p), alpha))


def best_end(low: ArrayLike, high: ArrayLike, sign: ArrayLike) -> NDArray[np.float64]:
    """The end of an interval that is the best for a goal, as a gain.

    sign: as in `goal_state`.

    >>> best_end([-0.2, -0.2], [0.1, 0.1], [1, -1]).tolist()
    [0.1, 0.2]
    """
    return np.where(np.greater(sign, 0), high, -np.asarray(low))


def lies_inside(low: ArrayLike, high: ArrayLike, bound: float | None) -> Bools:
    """Whether all lifts of an interval are smaller than a bound; never without one.

    >>> lies_inside([-0.05, -0.2], [0.05, 0.05], 0.1).tolist()
    [True, False]
    """
    if bound is None:
        return np.zeros(np.broadcast_shapes(np.shape(low), np.shape(high)), dtype=bool)
    return np.asarray(np.less(-bound, low) & np.less(high, bound))


def gain_lost(
    label: ArrayLike, most: ArrayLike, sign: ArrayLike, *, worthwhile: ArrayLike
) -> Bools:
    """Whether a gain did not arrive, and a macro gain worth having is ruled out.

    label: of the pair that decides. most: the best end of the macro goal's lift, see `best_end`.
    sign: of the macro goal: fewer of a goal of which less is better come with fewer of the micro.
    worthwhile: unsigned; NaN where there is none.

    >>> gain_lost(["not_carried", "carried"], [0.01, 0.2], 1, worthwhile=0.05).tolist()
    [True, False]
    """
    lost = np.asarray(label) == np.where(np.greater(sign, 0), "not_carried", "loss_not_carried")
    return np.asarray(lost & np.less(most, worthwhile))


def _states(*, worse: Bools, better: ArrayLike = False) -> States:
    return np.asarray(np.where(worse, WORSE, np.where(better, BETTER, OPEN)), dtype=np.int8)
